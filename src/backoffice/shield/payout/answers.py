"""From rows to the shapes of the contract. No database, no decisions."""

from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.gateways.return_codes import meaning
from backoffice.kernel.identifiers import shown
from backoffice.kernel.money import dollars
from backoffice.shield.access.answers import actor_out
from backoffice.shield.free_text import masked
from backoffice.shield.payout.listing import DetailRow, ListedRow, SummaryRow, TriedRow
from backoffice.shield.payout.rules import Status
from backoffice.shield.payout.schemas import CorrectionOut, DestinationOut, ListedOut, PayoutOut, SummaryOut, TryOut

NOT_GONE = frozenset({Status.PENDING, Status.CANCELLED})
"""What has not left (again) shows the account it is meant for, not one where an earlier try went."""


def listed_out(row: ListedRow) -> ListedOut:
    return {
        "id": row.id,
        "user_id": row.member_id,
        "user_name": row.user_name,
        "claim_id": row.claim_id,
        "amount": dollars(row.amount_minor),
        "status": row.status,
        "method": row.method,
        "bank_account_last_four": row.account_last_four,
        "initiated_date": row.initiated_at,
        "completed_date": row.completed_at,
        "initiated_by": shown("admin", row.creator_public_id) if row.creator_public_id else None,
    }


def summary_out(row: SummaryRow) -> SummaryOut:
    return {
        "total_pending": dollars(row.pending_minor),
        "total_processing": dollars(row.processing_minor),
        "total_completed_this_month": dollars(row.completed_this_month_minor),
    }


def payout_out(row: DetailRow, tries: list[TriedRow], *, keys: KeyRing) -> PayoutOut:
    destination = _destination_out(tries[0] if tries and row.status not in NOT_GONE else row)
    return {
        "id": row.id,
        "claim_id": row.claim_id,
        "user_id": row.member_id,
        "user_name": row.user_name,
        "amount": dollars(row.amount_minor),
        "currency": row.currency,
        "status": row.status,
        "method": row.method,
        "bank_account_last_four": destination["account_last_four"] if destination else None,
        "destination": destination,
        "notes": row.notes,
        "initiated_date": row.initiated_at,
        "estimated_arrival": row.estimated_arrival,
        "completed_date": row.completed_at,
        "initiated_by": actor_out(row.creator_public_id, row.creator_name),
        "completed_by": actor_out(row.completer_public_id, row.completer_name),
        "held_because": row.held_because,
        "held_until": row.held_until,
        "attempts": [_try_out(one, keys) for one in tries],
    }


def _try_out(row: TriedRow, keys: KeyRing) -> TryOut:
    code = row.return_code
    return {
        "id": row.id,
        "number": row.number,
        "rail": row.rail,
        "status": row.status,
        "trace_number": row.trace_number,
        "destination": _destination_out(row),
        "started_at": row.started_at,
        "sent_at": row.sent_at,
        "settles_on": row.settles_on,
        "ended_at": row.ended_at,
        "returned": {"code": code, "reason": meaning(code)} if code else None,
        "correction": _correction_out(row, keys),
    }


def _correction_out(row: TriedRow, keys: KeyRing) -> CorrectionOut | None:
    code = row.correction_code
    if code is None or row.correction_key_id is None or row.correction_sealed is None:
        return None
    corrected = keys.decrypt(row.correction_key_id, row.correction_sealed, bound_to=row.id).decode()
    return {"code": code, "reason": meaning(code), "corrected": masked(corrected)}


def _destination_out(row: DetailRow | TriedRow) -> DestinationOut | None:
    if row.account_last_four is None:
        return None
    return {
        "bank_name": row.bank_name,
        "account_last_four": row.account_last_four,
        "routing_last_four": row.routing_last_four,
    }
