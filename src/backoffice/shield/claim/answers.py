"""From rows to the shapes of the contract: the claimant, documents with their links, the history. No decisions."""

from uuid import UUID

from backoffice.kernel.files.links import FilesDoor
from backoffice.kernel.identifiers import shown
from backoffice.kernel.money import dollars, dollars_or_none
from backoffice.kernel.web.files import Sign
from backoffice.shield.access.answers import actor_out
from backoffice.shield.claim import rules
from backoffice.shield.claim.documents import DocumentRow
from backoffice.shield.claim.listing import DetailRow, ListedRow, MoveRow, NoteRow
from backoffice.shield.claim.rules import Status
from backoffice.shield.claim.schemas import DetailOut, DocumentOut, ListedOut, MoveOut, NoteOut, VerifiedDocumentOut
from backoffice.shield.claim.store import Note
from backoffice.shield.product import SHIELD

FILES = FilesDoor(SHIELD.name, "/v1/files")
"""Opens the documents of claims."""


def document_out(row: DocumentRow, sign: Sign) -> DocumentOut:
    return {
        "id": row.id,
        "type": row.type,
        "filename": row.filename,
        "uploaded_date": row.uploaded_at,
        "url": sign(row.file_id),
    }


def verified_document_out(row: DocumentRow, sign: Sign) -> VerifiedDocumentOut:
    return {**document_out(row, sign), "verified": row.verified_at is not None}


def listed_out(row: ListedRow, documents: list[DocumentRow], *, sign: Sign) -> ListedOut:
    return {
        "id": row.id,
        "user_id": row.member_id,
        "user_name": f"{row.first_name} {row.last_name}",
        "user_email": row.email,
        "status": row.status,
        "type": row.type,
        "submitted_date": row.submitted_at,
        "amount_requested": dollars(row.amount_requested_minor),
        "amount_approved": dollars_or_none(row.amount_approved_minor),
        "plan_coverage_amount": dollars(row.coverage_amount_minor),
        "documents": [document_out(one, sign) for one in documents],
        "last_updated": row.updated_at,
    }


def note_out(row: Note, author_id: UUID, *, author_name: str) -> NoteOut:
    return {
        "id": row.id,
        "admin_id": shown("admin", author_id),
        "admin_name": author_name,
        "content": row.content,
        "timestamp": row.created_at,
        "internal": row.is_internal,
    }


def _history_out(row: DetailRow, moves: list[MoveRow]) -> list[MoveOut]:
    """The submission, then every move."""
    submitted: MoveOut = {
        "status": Status.PENDING,
        "timestamp": row.submitted_at,
        "changed_by": None,
        "notes": rules.SUBMITTED,
    }
    return [submitted, *map(_move_out, moves)]


def _move_out(move: MoveRow) -> MoveOut:
    return {
        "status": move.became,
        "timestamp": move.changed_at,
        "changed_by": shown("admin", move.changed_by) if move.changed_by else None,
        "notes": move.notes,
    }


def detail_out(
    row: DetailRow, moves: list[MoveRow], *, documents: list[VerifiedDocumentOut], notes: list[NoteRow]
) -> DetailOut:
    waiting = rules.waiting_period(
        row.enrolled_at, row.waiting_period_days, termination_date=row.termination_date, was_enrolled=row.was_enrolled
    )
    return {
        "id": row.id,
        "user": {
            "id": row.member_id,
            "name": f"{row.first_name} {row.last_name}",
            "email": row.email,
            "plan": row.plan_name,
        },
        "status": row.status,
        "status_history": _history_out(row, moves),
        "type": row.type,
        "reason": row.reason,
        "termination_date": row.termination_date,
        "submitted_date": row.submitted_at,
        "amount_requested": dollars(row.amount_requested_minor),
        "amount_approved": dollars_or_none(row.amount_approved_minor),
        "amount_paid": dollars_or_none(row.amount_paid_minor or None),
        "plan_coverage_amount": dollars(row.coverage_amount_minor),
        "remaining_coverage": dollars(row.remaining_minor),
        "waiting_period": {"ends_at": waiting.ends_at, "satisfied": waiting.is_satisfied},
        "coverage_window": {"from": row.window_from, "to": row.window_to, "inside": row.window_inside},
        "duplicate_warning": row.duplicates,
        "documents": documents,
        "notes": [note_out(note, note.author_id, author_name=note.author_name) for note in notes],
        "assigned_to": actor_out(row.assignee_id, row.assignee_name),
    }
