"""From rows to answers."""

from backoffice.marketplace.reconciling.listing import ListedRow
from backoffice.marketplace.reconciling.rules import Status
from backoffice.marketplace.reconciling.schemas import DifferenceOut


def difference_out(row: ListedRow) -> DifferenceOut:
    return {
        "id": row.id,
        "kind": row.kind,
        "status": row.status,
        "our_status": row.our_status,
        "gateway_said": row.said,
        "our_amount_cents": row.our_minor,
        "gateway_amount_cents": row.said_minor,
        "gateway_currency": row.said_currency,
        "refund_id": row.refund_id,
        "refund_number": row.refund_number,
        "refund_status": row.refund_status,
        "amount_cents": row.amount_minor,
        "currency": row.currency,
        "payment_id": row.payment_id,
        "user_id": row.customer_id,
        "found_at": row.found_at,
        "ended_at": row.ended_at,
        "ended_by": row.ended_by,
        "reason": row.ended_why,
        "approvals_required": row.quorum or 1,
        "approvals_received": int(row.status is Status.CLOSED) if row.votes is None else row.votes,
    }
