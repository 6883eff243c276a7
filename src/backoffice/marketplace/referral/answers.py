"""From rows to the shapes of the contract. E-mail is masked for staff who may not see personal data."""

from backoffice.marketplace.masking import masked_email
from backoffice.marketplace.referral import rules
from backoffice.marketplace.referral.listing import ListedRow, SummaryRow
from backoffice.marketplace.referral.rules import Flag, Status
from backoffice.marketplace.referral.schemas import ReferralOut, ReferredOut, ReferrerOut, SummaryOut


def _referrer_out(row: ListedRow, *, shows_pii: bool) -> ReferrerOut:
    return {
        "id": row.referrer_id,
        "name": row.referrer_name,
        "email": row.referrer_email if shows_pii else masked_email(row.referrer_email),
        "total_referrals": row.referrals,
        "total_earned_cents": row.earned_minor,
    }


def _referred_out(row: ListedRow, *, shows_pii: bool) -> ReferredOut:
    return {
        "id": row.referred_id,
        "name": row.referred_name,
        "email": row.referred_email if shows_pii else masked_email(row.referred_email),
        "signup_date": row.registered_at,
        "first_booking_date": row.first_booking_at,
    }


def referral_out(row: ListedRow, *, shows_pii: bool) -> ReferralOut:
    is_ended = row.status is Status.EXPIRED
    return {
        "id": row.id,
        "referrer": _referrer_out(row, shows_pii=shows_pii),
        "referred_user": _referred_out(row, shows_pii=shows_pii),
        "referral_code": row.code,
        "status": row.status,
        "reward_amount_cents": row.reward_minor,
        "currency": row.currency,
        "completed_at": row.completed_at,
        "credited_at": row.credited_at,
        "payout_status": rules.payout(row.status, is_held=row.is_held, was_paid=row.paid_minor > 0),
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "conditions_met": {
            "signup": True,
            "email_verified": row.email_verified_at is not None,
            "first_booking": row.first_booking_at is not None,
            "minimum_spend": row.first_booking_at is not None and row.spent_minor >= row.minimum_spend_minor,
        },
        "minimum_spend_cents": row.minimum_spend_minor,
        "spent_cents": row.spent_minor,
        "is_held": row.is_held,
        "flags": [Flag(one) for one in row.flags],
        "decision": row.decision,
        "decided_by": row.decided_by,
        "decided_at": row.decided_at,
        "decision_reason": row.decision_reason,
        "ended_at": row.ended_at,
        "ended_because": row.ended_because,
        "taken_back_cents": row.taken_minor,
        "owed_cents": row.paid_minor - row.taken_minor if is_ended else 0,
    }


def summary_out(sums: SummaryRow) -> SummaryOut:
    return {
        "pending": sums.pending,
        "completed": sums.completed,
        "expired": sums.expired,
        "paid": sums.paid,
        "held": sums.held,
        "total_rewards_cents": sums.rewards_minor,
        "total_paid_cents": sums.paid_minor,
    }
