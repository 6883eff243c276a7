"""What the doors of customers take and give (users and disputes, 1)."""

from dataclasses import dataclass
from datetime import datetime

from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import Moment
from backoffice.marketplace.customer.rules import DeviceType, Status
from backoffice.marketplace.fields import Email, ExternalId, Name, Phone, ReferralCode, Slug, Url
from backoffice.marketplace.product import Items, Meta


class NewCustomerIn(In):
    """`external_id` is the platform's name of the customer: sent again, nobody is made twice."""

    external_id: ExternalId
    name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    profile_picture_url: Url | None = None
    email_verified_at: Moment | None = None
    phone_verified_at: Moment | None = None
    identity_document_type: Slug | None = None
    identity_verified_at: Moment | None = None
    registered_at: Moment | None = None


class SignUpIn(NewCustomerIn):
    """`referral_code` is the code of whoever brought them."""

    referral_code: ReferralCode | None = None


class CreatedOut(TypedDict):
    id: int
    external_id: str


@dataclass(frozen=True)
class ListedOut:
    """`last_activity_at` is `last_active_at` under its other name."""

    id: int
    external_id: str | None
    email: str | None
    phone: str | None
    name: str | None
    is_active: bool
    is_suspended: bool
    account_status: Status
    email_verified: bool
    phone_verified: bool
    identity_verified: bool
    verification_level: int
    trust_score: int
    total_bookings: int
    total_spent: int
    total_disputes: int
    open_disputes: int
    flags: list[str]
    created_at: datetime
    last_login_at: datetime | None
    last_active_at: datetime | None
    last_activity_at: datetime | None


class UsersPage(Items[ListedOut]):
    meta: Meta


class SummaryOut(TypedDict):
    total_bookings: int
    completed_bookings: int
    cancelled_bookings: int
    pending_bookings: int
    total_spent: int
    total_reviews: int
    average_rating_given: float | None
    total_disputes: int
    open_disputes: int
    wallet_balance: int
    loyalty_points: int


class VerificationOut(TypedDict):
    email_verified_at: datetime | None
    phone_verified_at: datetime | None
    identity_verified: bool
    identity_document_type: str | None
    identity_verified_at: datetime | None


class EngagementOut(TypedDict):
    total_logins: int
    days_since_registration: int
    days_since_last_activity: int | None
    favorite_categories: list[str]
    preferred_payment_method: str | None
    device_type: DeviceType | None


class TrustOut(TypedDict):
    """The five terms as they add up: 30, 25, 20, 15 and 10 at the most."""

    booking_completion: float
    payment_success: float
    few_disputes: float
    rating_given: float
    account_age: float
    computed: int
    set_by_hand: int | None
    reason: str | None
    restrictions: bool


class RiskOut(TypedDict):
    has_payment_failures: bool
    failed_payment_count: int
    has_disputes: bool
    dispute_win_rate: float | None
    cancellation_rate: float | None
    trust_score: int
    trust_breakdown: TrustOut
    flags: list[str]


class DetailOut(TypedDict):
    id: int
    external_id: str | None
    email: str | None
    phone: str | None
    name: str | None
    profile_picture_url: str | None
    is_active: bool
    is_suspended: bool
    suspension_reason: str | None
    suspended_until: datetime | None
    email_verified: bool
    phone_verified: bool
    account_status: Status
    created_at: datetime
    last_login_at: datetime | None
    last_active_at: datetime | None
    activity_summary: SummaryOut
    verification: VerificationOut
    engagement: EngagementOut
    risk_indicators: RiskOut
