"""From rows to the shapes of the contract. E-mail and phone are masked for staff who may not see personal data."""

from dataclasses import replace

from backoffice.marketplace.customer import rules
from backoffice.marketplace.customer.listing import DetailRow
from backoffice.marketplace.customer.rules import Status
from backoffice.marketplace.customer.schemas import (
    DetailOut,
    EngagementOut,
    ListedOut,
    RiskOut,
    SummaryOut,
    TrustOut,
)
from backoffice.marketplace.masking import masked_email, masked_phone


def share(part: int, whole: int) -> float | None:
    """A rate of 0 to 1 with two decimals; None where there is nothing to go by."""
    return round(part / whole, 2) if whole else None


def _summary_out(row: DetailRow) -> SummaryOut:
    return {
        "total_bookings": row.bookings,
        "completed_bookings": row.bookings_completed,
        "cancelled_bookings": row.bookings_cancelled,
        "pending_bookings": row.bookings_open,
        "total_spent": row.paid_minor - row.refunded_minor,
        "total_reviews": row.reviews,
        "average_rating_given": share(row.ratings, row.reviews),
        "total_disputes": row.disputes,
        "open_disputes": row.disputes_open,
        "wallet_balance": row.wallet_minor,
        "loyalty_points": row.loyalty_points,
    }


def _engagement_out(row: DetailRow) -> EngagementOut:
    return {
        "total_logins": row.logins,
        "days_since_registration": (row.read_at - row.registered_at).days,
        "days_since_last_activity": (row.read_at - row.last_active_at).days if row.last_active_at else None,
        "favorite_categories": row.favorite_categories,
        "preferred_payment_method": row.preferred_method,
        "device_type": row.device_type,
    }


def _trust_out(row: DetailRow) -> TrustOut:
    completion, payment, disputes, rating, age = (float(round(term, 2)) for term in row.trust_terms)
    return {
        "booking_completion": completion,
        "payment_success": payment,
        "few_disputes": disputes,
        "rating_given": rating,
        "account_age": age,
        "computed": row.trust_computed,
        "set_by_hand": row.trust_by_hand,
        "reason": row.trust_reason,
        "restrictions": row.is_restricted,
    }


def _risk_out(row: DetailRow) -> RiskOut:
    return {
        "has_payment_failures": row.payments_failed > 0,
        "failed_payment_count": row.payments_failed,
        "has_disputes": row.disputes > 0,
        "dispute_win_rate": share(row.disputes_won, row.disputes_decided),
        "cancellation_rate": share(row.bookings_cancelled, row.bookings),
        "trust_score": row.trust_computed if row.trust_by_hand is None else row.trust_by_hand,
        "trust_breakdown": _trust_out(row),
        "flags": rules.flags(cancelled=row.bookings_cancelled, bookings=row.bookings, disputes=row.disputes),
    }


def listed_out(row: ListedOut, *, shows_pii: bool) -> ListedOut:
    return row if shows_pii else replace(row, email=masked_email(row.email), phone=masked_phone(row.phone))


def detail_out(row: DetailRow, *, shows_pii: bool) -> DetailOut:
    return {
        "id": row.id,
        "external_id": row.external_id,
        "email": row.email if shows_pii else masked_email(row.email),
        "phone": row.phone if shows_pii else masked_phone(row.phone),
        "name": row.name,
        "profile_picture_url": row.profile_picture_url,
        "is_active": row.status is Status.ACTIVE,
        "is_suspended": row.status is Status.SUSPENDED,
        "suspension_reason": row.suspension_reason,
        "suspended_until": row.suspended_until,
        "email_verified": row.email_verified_at is not None,
        "phone_verified": row.phone_verified_at is not None,
        "account_status": row.status,
        "created_at": row.registered_at,
        "last_login_at": row.last_login_at,
        "last_active_at": row.last_active_at,
        "activity_summary": _summary_out(row),
        "verification": {
            "email_verified_at": row.email_verified_at,
            "phone_verified_at": row.phone_verified_at,
            "identity_verified": row.identity_verified_at is not None,
            "identity_document_type": row.identity_document_type,
            "identity_verified_at": row.identity_verified_at,
        },
        "engagement": _engagement_out(row),
        "risk_indicators": _risk_out(row),
    }
