"""From rows to the shapes of the contract: what somebody did, as a sentence and as facts."""

from collections.abc import Callable
from typing import Any

from backoffice.marketplace.activity.listing import ActivityRow
from backoffice.marketplace.activity.rules import ActivityType
from backoffice.marketplace.activity.schemas import ActivityOut


def _rupees(minor: int | None) -> str:
    return f"{(minor or 0) // 100}.{(minor or 0) % 100:02d} INR"


def _login(row: ActivityRow) -> str:
    if row.is_success:
        return "Signed in"
    return f"Failed to sign in: {row.state}" if row.state else "Failed to sign in"


def _review(row: ActivityRow) -> str:
    return f"Reviewed {row.service_name} with {row.rating} of 5"


SENTENCES: dict[ActivityType, Callable[[ActivityRow], str]] = {
    ActivityType.LOGIN: _login,
    ActivityType.LOGOUT: lambda _: "Signed out",
    ActivityType.PROFILE_UPDATE: lambda row: "Changed " + ", ".join(row.changed or []),
    ActivityType.BOOKING_CREATED: lambda row: f"Created booking {row.reference} for {row.service_name}",
    ActivityType.PAYMENT: lambda row: f"Payment of {_rupees(row.amount_minor)}: {row.state}",
    ActivityType.REVIEW: _review,
    ActivityType.DISPUTE: lambda row: f"Dispute {row.reference}: {row.state}",
}
FACTS: dict[ActivityType, Callable[[ActivityRow], dict[str, Any]]] = {
    ActivityType.LOGIN: lambda row: {
        "session_id": row.subject_id,
        "success": row.is_success,
        "failure_reason": row.state,
    },
    ActivityType.LOGOUT: lambda row: {"session_id": row.subject_id},
    ActivityType.PROFILE_UPDATE: lambda row: {"session_id": row.subject_id, "fields": row.changed},
    ActivityType.BOOKING_CREATED: lambda row: {
        "booking_id": row.subject_id,
        "booking_reference": row.reference,
        "service_name": row.service_name,
        "amount": row.amount_minor,
    },
    ActivityType.PAYMENT: lambda row: {
        "payment_id": row.subject_id,
        "booking_id": row.reference,
        "amount": row.amount_minor,
        "status": row.state,
    },
    ActivityType.REVIEW: lambda row: {
        "review_id": int(row.subject_id or 0),
        "booking_id": row.reference,
        "service_name": row.service_name,
        "rating": row.rating,
    },
    ActivityType.DISPUTE: lambda row: {
        "dispute_id": int(row.subject_id or 0),
        "dispute_reference": row.reference,
        "type": row.state,
        "amount": row.amount_minor,
    },
}


def activity_out(row: ActivityRow) -> ActivityOut:
    return {
        "id": row.id,
        "user_id": row.customer_id,
        "activity_type": row.activity_type,
        "description": SENTENCES[row.activity_type](row),
        "metadata": FACTS[row.activity_type](row),
        "ip_address": row.ip_address,
        "user_agent": row.user_agent,
        "device_type": row.device_type,
        "location": row.location,
        "created_at": row.at,
    }
