"""From rows to answers."""

from backoffice.marketplace.goodwill.rules import Status
from backoffice.marketplace.goodwill.schemas import CreditOut
from backoffice.marketplace.goodwill.store import GoodwillRow


def credit_out(row: GoodwillRow) -> CreditOut:
    return {
        "id": row.id,
        "user_id": row.customer_id,
        "status": row.status,
        "amount_cents": row.amount_minor,
        "currency": row.currency,
        "reason": row.reason,
        "requested_by": row.requested_by,
        "requested_at": row.requested_at,
        "decided_by": row.decided_by,
        "decided_at": row.decided_at,
        "approvals_required": row.quorum or 1,
        "approvals_received": int(row.status is Status.GRANTED) if row.votes is None else row.votes,
    }
