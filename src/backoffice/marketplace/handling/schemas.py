"""What the doors of bookings give (bookings, analytics, takedowns: bookings). Amounts are minor units."""

from datetime import datetime
from typing import Any, Literal

from typing_extensions import TypedDict

from backoffice.marketplace.booking.rules import PaymentStatus, ShownStatus, Status
from backoffice.marketplace.dispute.rules import Resolution
from backoffice.marketplace.dispute.rules import Status as DisputeStatus
from backoffice.marketplace.payment.rules import Gateway, Method
from backoffice.marketplace.payment.rules import Status as PaidStatus
from backoffice.marketplace.refund.rules import Status as RefundStatus
from backoffice.marketplace.review.rules import Status as ReviewStatus

Actor = Literal["user", "vendor", "admin", "system"]
"""Who did something, in the contract's words."""


class UserOut(TypedDict):
    id: int
    name: str | None
    email: str | None
    phone: str | None


class VendorOut(TypedDict):
    id: int
    name: str
    display_name: str


class ServiceOut(TypedDict):
    id: str
    name: str
    category: str


class AddressOut(TypedDict):
    street: str | None
    city: str | None
    state: str | None
    pincode: str | None
    landmark: str | None


class ListedOut(TypedDict):
    """`cancelled_by` is the id of the customer, vendor or staff member that `cancelled_by_kind` says."""

    id: str
    booking_number: str
    status: ShownStatus
    user: UserOut
    vendor: VendorOut
    service: ServiceOut
    scheduled_at: datetime
    address: AddressOut
    amount_cents: int
    currency: str
    payment_status: PaymentStatus
    payment_method: Method | None
    created_at: datetime
    updated_at: datetime
    notes: str | None
    has_dispute: bool
    dispute_status: DisputeStatus | None
    cancellation_reason: str | None
    cancelled_by: int | None
    cancelled_by_kind: Actor | None
    cancelled_at: datetime | None


class MoveOut(TypedDict):
    """`changed_by` is an id as text, or `system`; `changed_by_kind` says whose."""

    status: Status
    changed_at: datetime
    changed_by: str
    changed_by_kind: Actor
    changed_by_name: str | None


class WholeUserOut(UserOut):
    profile_image: str | None
    total_bookings: int
    trust_score: int


class WholeVendorOut(VendorOut):
    email: str | None
    phone: str | None
    logo: str | None
    rating: float | None
    total_bookings: int
    verification_status: str


class WholeServiceOut(ServiceOut):
    subcategory: str | None
    description: str | None
    pricing_type: str
    base_price_cents: int


class CoordinatesOut(TypedDict):
    lat: float
    lng: float


class WholeAddressOut(AddressOut):
    apartment: str | None
    coordinates: CoordinatesOut | None


class PriceLineOut(TypedDict):
    description: str
    amount_cents: int


class PricingOut(TypedDict):
    """What is to be paid is base + tax + platform fee - discount, and so are the lines."""

    base_amount_cents: int
    tax_cents: int
    platform_fee_cents: int
    discount_cents: int
    total_amount_cents: int
    currency: str
    breakdown: list[PriceLineOut]


class PaymentOut(TypedDict):
    """The booking's payments as one; `refund_status` is that of the latest refund."""

    status: PaymentStatus
    method: Method | None
    transaction_id: str | None
    paid_at: datetime | None
    refund_status: RefundStatus | None
    refunded_amount_cents: int


class EachPaymentOut(TypedDict):
    """`is_late`: it came when the booking was off or paid already, and is shown until somebody gives it back."""

    id: str
    status: PaidStatus
    method: Method
    gateway: Gateway
    transaction_id: str | None
    amount_cents: int
    captured_cents: int
    refunded_cents: int
    failure_reason: str | None
    is_late: bool
    created_at: datetime
    completed_at: datetime | None


class EachRefundOut(TypedDict):
    id: str
    refund_number: str
    payment_id: str
    status: RefundStatus
    amount_cents: int
    requested_at: datetime


class ImageOut(TypedDict):
    url: str
    uploaded_at: datetime
    uploaded_by: Literal["user", "vendor"]


class ShownOut(TypedDict):
    type: str
    url: str
    description: str | None


class DisputeOut(TypedDict):
    """The dispute that is being looked into, or the latest; `reason` is its category, or its type without one."""

    id: int
    dispute_reference: str
    type: str
    status: DisputeStatus
    raised_by: Actor
    reason: str
    description: str
    evidence: list[ShownOut]
    created_at: datetime
    resolution_type: Resolution | None
    resolution_notes: str | None
    resolved_at: datetime | None
    resolved_by: int | None


class CancellationOut(TypedDict):
    """`refund_issued`: it was decided; what waits for a second person's approval is counted, but not issued."""

    reason: str | None
    cancelled_by: int | None
    cancelled_by_kind: Actor
    cancelled_at: datetime
    refund_issued: bool
    refund_amount_cents: int


class CompletionOut(TypedDict):
    """`duration_minutes` is from the beginning of the work to its end, where both were told."""

    completed_at: datetime
    completed_by: int | None
    completed_by_kind: Actor | None
    duration_minutes: int | None


class ReviewOut(TypedDict):
    id: int
    status: ReviewStatus
    rating: int
    title: str | None
    comment: str | None
    created_at: datetime


class EventOut(TypedDict):
    event: str
    timestamp: datetime
    actor: Actor
    details: str
    actor_id: int | None
    actor_name: str | None
    facts: dict[str, Any]


class DetailOut(ListedOut):
    """A booking with all that staff may know of it; what lists show of user, vendor, service and address, and more."""

    external_id: str | None
    time_zone: str
    prepaid: bool
    status_history: list[MoveOut]
    estimated_duration_minutes: int | None
    pricing: PricingOut
    payment: PaymentOut
    payments: list[EachPaymentOut]
    refunds: list[EachRefundOut]
    admin_notes: str | None
    updated_by: int | None
    customer_requirements: list[str]
    images: list[ImageOut]
    dispute: DisputeOut | None
    cancellation: CancellationOut | None
    completion: CompletionOut | None
    review: ReviewOut | None
    timeline: list[EventOut]
