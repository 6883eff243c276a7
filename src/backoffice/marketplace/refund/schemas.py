"""What the doors of refunds take and give (remaining endpoints, 5). Amounts are minor units."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from backoffice.kernel.urgency import Priority
from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID, or_missing
from backoffice.kernel.web.paging import Paged
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.marketplace.fields import ExternalId, Reference, Slug, Some, Text, Url
from backoffice.marketplace.product import Meta
from backoffice.marketplace.refund.rules import Origin, RefundNotFound, RequestedBy, Status

MOST_EVIDENCE = 20
RefundId = Annotated[UUID, or_missing(lambda written: RefundNotFound(refund_id=written))]


class RefundsQuery(Paged, default=25):
    """`min_amount` is of what was requested."""

    status: Status | None = None
    user_id: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None
    vendor_id: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None
    from_date: From | None = None
    to_date: Until | None = None
    min_amount: Annotated[int, Field(ge=0, le=LARGEST_ID)] | None = None

    _period = in_order("from_date", "to_date")


class ApproveIn(In):
    """All of it may be left out; `notes` is another word for `admin_notes`."""

    approved_amount_cents: Some | None = None
    reason: Text | None = None
    admin_notes: Text | None = None
    notes: Text | None = None
    notify_user: StrictBool = True
    notify_vendor: StrictBool = True


class RejectIn(In):
    """`offer_alternative` is kept as what the customer is offered instead; no money moves by it."""

    reason: Text | None = None
    admin_notes: Text | None = None
    notes: Text | None = None
    notify_user: StrictBool = True
    offer_alternative: Slug | None = None


class RefundPaymentIn(In):
    """Without an amount all that is left of the payment goes back."""

    amount_cents: Some | None = None
    reason: Text | None = None
    admin_notes: Text | None = None
    notes: Text | None = None
    notify_user: StrictBool = True


class EvidenceIn(In):
    """Where something can be seen: the file stays with the platform."""

    type: Literal["image", "video", "document", "link"] = "image"
    url: Url


class NewRefundIn(In):
    """A request as the platform sends it; without an amount it is for all that is left of the payment."""

    external_id: ExternalId
    payment_id: Reference
    amount_cents: Some | None = None
    reason: Slug
    description: Text | None = None
    evidence: Annotated[list[EvidenceIn], Field(max_length=MOST_EVIDENCE)] = Field(default_factory=list)
    priority: Priority = Priority.MEDIUM
    requested_by: Literal[RequestedBy.USER, RequestedBy.VENDOR] = RequestedBy.USER


class PaymentOut(TypedDict):
    id: str
    amount_cents: int
    currency: str
    paid_at: datetime | None


class BookingOut(TypedDict):
    id: str
    booking_number: str


class UserOut(TypedDict):
    id: int
    name: str | None
    email: str | None


class VendorOut(TypedDict):
    id: int
    name: str


class DecisionOut(TypedDict):
    """How a refund stands. `refund_processed` once the gateway confirmed it; `transaction_id` is its own name of it.

    Of `approvals_required` different people `approvals_received` have approved it.
    """

    id: UUID
    refund_number: str
    status: Status
    approved_amount_cents: int | None
    currency: str
    approved_at: datetime | None
    approved_by: int | None
    rejected_at: datetime | None
    rejected_by: int | None
    refund_processed: bool
    transaction_id: str | None
    failure_code: str | None
    failure_reason: str | None
    waits_because: str | None
    approvals_required: int
    approvals_received: int


class RefundOut(DecisionOut):
    origin: Origin
    payment: PaymentOut
    booking: BookingOut
    user: UserOut
    vendor: VendorOut
    dispute_id: int | None
    requested_amount_cents: int
    reason: str
    description: str | None
    evidence: list[dict[str, Any]]
    requested_at: datetime
    requested_by: RequestedBy
    priority: Priority
    admin_notes: str | None
    decision_reason: str | None
    offered_alternative: str | None
    processed_at: datetime | None


class RequestedOut(TypedDict):
    id: UUID
    external_id: str
    refund_number: str
    status: Status
    payment_id: str
    requested_amount_cents: int
    currency: str


class SummaryOut(TypedDict):
    pending: int
    approved: int
    rejected: int
    processed: int
    failed: int
    total_amount_pending_cents: int


class RefundMeta(Meta):
    summary: SummaryOut


class RefundPage(TypedDict):
    success: bool
    data: list[RefundOut]
    meta: RefundMeta
