"""From rows to what staff see of a bank's records. No database, no decisions."""

from collections.abc import Mapping

from backoffice.kernel.gateways.return_codes import meaning
from backoffice.kernel.money import dollars
from backoffice.shield.access.answers import actor_out
from backoffice.shield.bank_account.rules import last_digits, masked_number
from backoffice.shield.bank_record.rules import SENTENCES, Correction, shown_text
from backoffice.shield.bank_record.schemas import ExceptionDetailOut, ExceptionOut, ExceptionStatus, WantedOut
from backoffice.shield.bank_record.store import ExceptionRow


def exception_out(row: ExceptionRow) -> ExceptionOut:
    return {
        "id": row.id,
        "status": ExceptionStatus(row.status),
        "cause": row.cause,
        "explanation": f"{SENTENCES[row.cause]}: {row.why}" if row.why else SENTENCES[row.cause],
        "code": row.code,
        "meaning": meaning(row.code) if row.code else None,
        "trace_number": row.original_trace,
        "amount": dollars(row.amount_minor) if row.amount_minor is not None else None,
        "payout_id": row.payout_id,
        "payout_status": row.payout_status,
        "claim_id": row.claim_id,
        "user_id": row.member_id,
        "user_name": row.user_name,
        "received_date": row.received_at,
        "decision": row.decision,
        "reason": row.reason,
        "closed_date": row.closed_at,
        "closed_by": actor_out(row.closer_public_id, row.closer_name),
    }


def detail_out(row: ExceptionRow, *, text: str, correction: Correction | None) -> ExceptionDetailOut:
    wanted = _wanted_out(correction.details) if correction else None
    return {**exception_out(row), "record": shown_text(text), "correction": wanted}


def _wanted_out(details: Mapping[str, str]) -> WantedOut:
    account, routing = details.get("account_number"), details.get("routing_number")
    return {
        "account_number_masked": masked_number(last_digits(account)) if account else None,
        "routing_number_masked": masked_number(last_digits(routing)) if routing else None,
        "account_type": details.get("account_type"),
        "account_holder_name": details.get("account_holder_name"),
    }
