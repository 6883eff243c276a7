"""From rows to the shapes of the contract. E-mail is masked for staff who may not see personal data."""

from collections.abc import Mapping

from backoffice.marketplace.masking import masked_email
from backoffice.marketplace.refund import rules
from backoffice.marketplace.refund.listing import ListedRow, SummaryRow
from backoffice.marketplace.refund.rules import Status
from backoffice.marketplace.refund.schemas import DecisionOut, RefundOut, SummaryOut

GOING = frozenset({Status.APPROVED, Status.PROCESSED, Status.FAILED})
"""Somebody decided that the money goes back."""


def decision_out(row: ListedRow, thresholds: Mapping[str, int]) -> DecisionOut:
    """How a refund stands; a pending one says how many must approve it even before anybody has."""
    is_going, is_rejected = row.status in GOING, row.status is Status.REJECTED
    return {
        "id": row.id,
        "refund_number": row.number,
        "status": row.status,
        "approved_amount_cents": row.amount_minor if is_going else None,
        "currency": row.currency,
        "approved_at": row.decided_at if is_going else None,
        "approved_by": row.decided_by if is_going else None,
        "rejected_at": row.decided_at if is_rejected else None,
        "rejected_by": row.decided_by if is_rejected else None,
        "refund_processed": row.status is Status.PROCESSED,
        "transaction_id": row.gateway_refund_id,
        "failure_code": row.failure_code,
        "failure_reason": row.failure_reason,
        "waits_because": row.waits_because,
        "approvals_required": row.quorum or 1 + _needs_another(row, thresholds),
        "approvals_received": int(is_going) if row.votes is None else row.votes,
    }


def _needs_another(row: ListedRow, thresholds: Mapping[str, int]) -> bool:
    return row.status is Status.PENDING and rules.needs_two(row.back_minor, row.currency, thresholds=thresholds)


def refund_out(row: ListedRow, thresholds: Mapping[str, int], *, shows_pii: bool) -> RefundOut:
    email = row.customer_email if shows_pii else masked_email(row.customer_email)
    return {
        **decision_out(row, thresholds),
        "origin": row.origin,
        "payment": {
            "id": row.payment_id,
            "amount_cents": row.payment_minor,
            "currency": row.currency,
            "paid_at": row.paid_at,
        },
        "booking": {"id": row.booking_id, "booking_number": row.booking_reference},
        "user": {"id": row.customer_id, "name": row.customer_name, "email": email},
        "vendor": {"id": row.vendor_id, "name": row.vendor_name},
        "dispute_id": row.dispute_id,
        "requested_amount_cents": row.requested_minor,
        "reason": row.reason,
        "description": row.description,
        "evidence": row.evidence,
        "requested_at": row.requested_at,
        "requested_by": row.requested_by,
        "priority": row.priority,
        "admin_notes": row.admin_notes,
        "decision_reason": row.decision_reason,
        "offered_alternative": row.offered_instead,
        "processed_at": row.processed_at,
    }


def summary_out(sums: SummaryRow) -> SummaryOut:
    return {
        "pending": sums.pending,
        "approved": sums.approved,
        "rejected": sums.rejected,
        "processed": sums.processed,
        "failed": sums.failed,
        "total_amount_pending_cents": sums.pending_minor,
    }
