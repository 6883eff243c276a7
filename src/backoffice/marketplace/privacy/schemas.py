"""What the doors of privacy take and give, and the parts of a customer's record.

A part shows what the customer gave, did or was told. What staff note for themselves, what vendors say, who of staff it
was: those are other people's, and no field here could hold them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from typing_extensions import TypedDict

from backoffice.marketplace.customer.rules import Status


class AnonymizedOut(TypedDict):
    user_id: int
    status: Status


@dataclass(frozen=True)
class Profile:
    id: int
    external_id: str | None
    name: str | None
    email: str | None
    phone: str | None
    profile_picture_url: str | None
    account_status: Status
    suspension_reason: str | None
    suspended_until: datetime | None
    email_verified_at: datetime | None
    phone_verified_at: datetime | None
    identity_document_type: str | None
    identity_verified_at: datetime | None
    registered_at: datetime
    last_login_at: datetime | None
    last_active_at: datetime | None
    total_logins: int
    wallet_balance: int
    loyalty_points: int
    trust_score: int
    is_restricted: bool


@dataclass(frozen=True)
class Booking:
    id: str
    booking_reference: str
    service_id: str
    service_name: str
    vendor_id: int
    vendor_name: str
    status: str
    scheduled_at: datetime
    time_zone: str
    street: str | None
    apartment: str | None
    city: str | None
    state: str | None
    pincode: str | None
    landmark: str | None
    latitude: float | None
    longitude: float | None
    amount: int
    currency: str
    payment_status: str
    notes: str | None
    requirements: list[str]
    images: list[dict[str, str]]
    cancelled_by: str | None
    cancellation_reason: str | None
    created_at: datetime
    completed_at: datetime | None
    cancelled_at: datetime | None


@dataclass(frozen=True)
class Payment:
    id: str
    booking_id: str
    amount: int
    refunded: int
    currency: str
    payment_method: str
    payment_gateway: str
    gateway_transaction_id: str | None
    status: str
    failure_reason: str | None
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True)
class Refund:
    id: UUID
    refund_number: str
    payment_id: str
    booking_id: str
    amount: int
    currency: str
    status: str
    reason: str
    requested_by: str
    description: str | None
    evidence: list[dict[str, Any]]
    requested_at: datetime
    processed_at: datetime | None


@dataclass(frozen=True)
class Dispute:
    id: int
    dispute_reference: str
    booking_id: str | None
    payment_id: str | None
    type: str
    category: str | None
    status: str
    subject: str | None
    description: str | None
    amount_disputed: int
    refund_requested: bool
    resolution_type: str | None
    created_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True)
class Said:
    """What the customer said in a dispute, or staff to them."""

    id: int
    dispute_id: int
    sender: str
    message: str
    created_at: datetime


@dataclass(frozen=True)
class Evidence:
    id: int
    dispute_id: int
    type: str
    filename: str
    description: str | None
    uploaded_at: datetime


@dataclass(frozen=True)
class Review:
    id: int
    booking_id: str
    service_id: str
    status: str
    rating: int
    title: str | None
    comment: str | None
    photos: list[str]
    created_at: datetime


@dataclass(frozen=True)
class Appeal:
    """What they said against a decision to take their review down."""

    id: UUID
    number: str
    review_id: int
    appeal: str | None
    appealed_at: datetime | None
    status: str


@dataclass(frozen=True)
class WalletEntry:
    id: int
    ledger: str
    amount: int
    cause: str
    at: datetime


@dataclass(frozen=True)
class Referral:
    """Whom they brought or who brought them, without saying who that is: that is the other one's."""

    id: UUID
    role: str
    referral_code: str
    status: str
    reward: int
    currency: str
    created_at: datetime
    expires_at: datetime
    credited_at: datetime | None


@dataclass(frozen=True)
class Session:
    id: str
    device_type: str
    device_name: str | None
    browser: str | None
    ip_address: str | None
    user_agent: str | None
    location: str | None
    began_at: datetime
    last_activity_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Activity:
    id: int
    type: str
    is_success: bool
    changed: list[str]
    ip_address: str | None
    user_agent: str | None
    device_type: str | None
    location: str | None
    at: datetime


class Told(TypedDict):
    """A message to the customer, as long as its text is kept."""

    id: str
    channel: str
    subject: str
    message: str
    action_url: str | None
    created_at: datetime
