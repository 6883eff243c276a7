"""From rows to what staff are shown, notes included."""

from collections import defaultdict
from collections.abc import Callable

from backoffice.kernel.actor import Actor
from backoffice.kernel.database.rows import built, values_of
from backoffice.kernel.web import Call
from backoffice.kernel.web.files import Sign, signer
from backoffice.marketplace.customer.answers import share
from backoffice.marketplace.dispute.listing import ListedRow, SumsRow, UserSumsRow
from backoffice.marketplace.dispute.notes import NoteRow
from backoffice.marketplace.dispute.outside import FILES
from backoffice.marketplace.dispute.rules import Event, Sender
from backoffice.marketplace.dispute.shapes import (
    DetailOut,
    DisputeOut,
    EventOut,
    MessageOut,
    SummaryOut,
    UserSummaryOut,
)
from backoffice.marketplace.dispute.told import MessageRow
from backoffice.marketplace.dispute.whole import EventRow, Whole
from backoffice.marketplace.masking import masked_email, masked_phone
from backoffice.marketplace.permissions import Market

ACTORS = {"customer": "user", "vendor": "vendor", "staff": "admin", "system": "system"}
"""The contract's words for who did something."""
SENTENCES = {
    "dispute_created": "Dispute opened",
    "status_changed": "Status changed from {before} to {status}",
    "notes_changed": "Admin notes changed",
    "note_added": "Internal note added",
    "message_added": "Message added",
    "evidence_added": "Evidence added",
    "vendor_responded": "Vendor responded",
    "assigned": "Assigned to {to_name}",
    "priority_changed": "Priority changed from {before} to {priority}",
    "refund_approved": "Refund {refund} approved",
    "refund_awaits_approval": "Refund {refund} waits for a second approval",
    "refund_rejected": "Refund {refund} rejected",
    "deadline_reminder": "Reminded of the deadline",
    "escalated": "Not decided in time: priority raised from {before} to {priority}",
}

URGENT_ALREADY = "Not decided in time, and urgent already"


def lister(call: Call) -> Callable[[ListedRow], DisputeOut]:
    """Makes rows into what this person may see of them, with links to the evidence."""
    sign, actor = signer(call, FILES), call.caller
    return lambda row: listed_out(row, sign, actor=actor)


def listed_out(row: ListedRow, sign: Sign, *, actor: Actor) -> DisputeOut:
    shown = dict(vars(row))
    shown["evidence"] = [
        {**{name: value for name, value in one.items() if name != "file_id"}, "url": sign(one["file_id"])}
        for one in row.evidence
    ]
    if not actor.can(Market.USERS_VIEW_PII):
        shown |= {"user_email": masked_email(row.user_email), "user_phone": masked_phone(row.user_phone)}
    return built(DisputeOut, shown)


def message_out(row: MessageRow) -> MessageOut:
    return {
        "id": row.id,
        "dispute_id": row.dispute_id,
        "message": row.message,
        "sender": row.sender,
        "sender_id": row.sender_id,
        "sender_name": row.sender_name,
        "is_internal": False,
        "attachments": row.attachments,
        "created_at": row.created_at,
    }


def note_out(row: NoteRow) -> MessageOut:
    return {
        "id": row.id,
        "dispute_id": row.dispute_id,
        "message": row.note,
        "sender": Sender.ADMIN,
        "sender_id": row.staff_id,
        "sender_name": row.staff_name,
        "is_internal": True,
        "attachments": row.attachments,
        "created_at": row.created_at,
    }


def event_out(row: EventRow) -> EventOut:
    sentence = SENTENCES.get(row.event, row.event.replace("_", " ").capitalize())
    if row.event == Event.ESCALATED and row.details["before"] == row.details["priority"]:
        sentence = URGENT_ALREADY
    return {
        "event": row.event,
        "timestamp": row.at,
        "actor": ACTORS[row.actor_kind],
        "details": sentence.format_map(defaultdict(lambda: "unknown", row.details, to_name=row.to_name or "somebody")),
        "actor_name": row.actor_name,
        "facts": row.details,
    }


def detail_out(whole: Whole, call: Call) -> DetailOut:
    said = [*map(message_out, whole.messages), *map(note_out, whole.notes)]
    return DetailOut(
        **values_of(lister(call)(whole.dispute)),
        resolution_details=whole.dispute.resolution,
        messages=sorted(said, key=lambda one: one["id"]),
        timeline=[event_out(one) for one in whole.events],
        resolution_history=whole.decisions,
        related_bookings=whole.bookings,
        related_payments=whole.payments,
    )


def summary_out(sums: SumsRow, *, unassigned: int, overdue: int, mine: int) -> SummaryOut:
    return {
        "open": sums.open,
        "in_progress": sums.in_progress,
        "resolved": sums.resolved,
        "closed": sums.closed,
        "rejected": sums.rejected,
        "urgent": sums.urgent,
        "unassigned": unassigned,
        "overdue": overdue,
        "mine": mine,
    }


def user_summary_out(sums: UserSumsRow) -> UserSummaryOut:
    decided = sums.resolved + sums.closed + sums.rejected
    return {
        "open": sums.open,
        "in_progress": sums.in_progress,
        "resolved": sums.resolved,
        "closed": sums.closed,
        "rejected": sums.rejected,
        "avg_resolution_time_hours": None if sums.hours is None else round(sums.hours, 1),
        "user_win_rate": share(sums.won, decided),
    }
