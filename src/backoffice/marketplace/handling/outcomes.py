"""What whoever previews or makes a change is answered."""

from backoffice.marketplace.handling.actions import Terms
from backoffice.marketplace.handling.answers import GIVEN
from backoffice.marketplace.handling.bodies import CancelledOut, GivenOut, PreviewOut, UpdatedOut
from backoffice.marketplace.handling.preview import token_of
from backoffice.marketplace.handling.rules import Figure, sentence_of
from backoffice.marketplace.handling.store import GivenRow, StandingRow, TimesRow
from backoffice.marketplace.handling.timeline import ACTORS
from backoffice.marketplace.refund.rules import Status as RefundStatus
from backoffice.marketplace.refund.rules import needs_two


def preview_out(times: TimesRow, figure: Figure, *, terms: Terms) -> PreviewOut:
    return {
        "booking_id": times.id,
        "booking_number": times.reference,
        "current_status": times.status,
        "scheduled_at": times.scheduled_at,
        "hours_before": round((times.scheduled_at - times.read_at).total_seconds() / 3600, 2),
        "currency": times.currency,
        "paid_cents": figure.paid_minor,
        "refunded_already_cents": figure.back_minor,
        "refund_amount_cents": figure.refund_minor,
        "fee_cents": figure.fee_minor,
        "withheld_cents": figure.frozen_minor,
        "policy": {
            "rule": figure.rule,
            "refund_percent": figure.percent,
            "notice_hours": figure.hours,
            "description": sentence_of(figure),
        },
        "needs_second_approval": bool(figure.parts)
        and needs_two(times.given_minor + figure.refund_minor, times.currency, thresholds=terms.thresholds),
        "preview_token": token_of(terms.secret, times.id, figure=figure),
    }


def updated_out(row: StandingRow, given: list[GivenRow]) -> UpdatedOut:
    return {
        "id": row.id,
        "booking_number": row.reference,
        "status": row.status,
        "admin_notes": row.admin_notes,
        "cancellation": _cancelled_out(row, given),
        "updated_at": row.updated_at,
        "updated_by": row.updated_by,
    }


def _cancelled_out(row: StandingRow, given: list[GivenRow]) -> CancelledOut | None:
    if row.cancelled_by is None or row.cancelled_at is None:
        return None
    counted = [one for one in given if one.status in GIVEN or one.status is RefundStatus.PENDING]
    return {
        "reason": row.cancellation_reason,
        "cancelled_by": row.canceller_id,
        "cancelled_by_kind": ACTORS[row.cancelled_by],
        "cancelled_at": row.cancelled_at,
        "refund_issued": any(one.status in GIVEN for one in given),
        "refund_amount_cents": sum(one.amount_minor for one in counted),
        "rule": row.cancellation_rule,
        "fee_cents": row.cancellation_fee_minor,
        "refunds": [_given_out(one) for one in given],
    }


def _given_out(row: GivenRow) -> GivenOut:
    return {
        "id": row.id,
        "refund_number": row.number,
        "payment_id": row.payment_id,
        "status": row.status,
        "amount_cents": row.amount_minor,
        "requested_at": row.requested_at,
        "approvals_required": row.quorum or 1,
        "approvals_received": int(row.status in GIVEN) if row.votes is None else row.votes,
    }
