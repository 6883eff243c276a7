"""What the lists of a customer's history are asked and give (users and disputes, 2 to 4). Amounts are minor units."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.web.paging import Paged
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.marketplace.booking.rules import PaymentStatus, ShownStatus
from backoffice.marketplace.fields import Order, Sorted
from backoffice.marketplace.payment.rules import Gateway, Method
from backoffice.marketplace.payment.rules import Status as PaymentState
from backoffice.marketplace.product import Items
from backoffice.marketplace.review.rules import Status as ReviewStatus


class BookingSort(StrEnum):
    CREATED_AT = "created_at"
    BOOKING_DATE = "booking_date"
    AMOUNT = "amount"


class BookingsQuery(Sorted):
    """`from_date` and `to_date` are about the day of the booking."""

    status: ShownStatus | None = None
    from_date: From | None = None
    to_date: Until | None = None
    sort_by: BookingSort = Field(BookingSort.CREATED_AT, alias="sort")
    sort_order: Order = Field(Order.DESC, alias="order")
    _period = in_order("from_date", "to_date")

    @property
    def sort(self) -> str:
        return f"{self.sort_by}_{self.sort_order}"


@dataclass(frozen=True)
class BookingOut:
    id: str
    booking_reference: str
    service_id: str
    service_name: str
    vendor_id: int
    vendor_name: str
    status: ShownStatus
    booking_date: datetime
    amount: int
    payment_status: PaymentStatus
    payment_method: Method | None
    has_review: bool
    review_rating: int | None
    has_dispute: bool
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True)
class BookingsSummary:
    """Over all bookings of the customer, whatever is filtered; `total_amount` without the cancelled ones."""

    total: int
    pending: int
    confirmed: int
    in_progress: int
    completed: int
    cancelled: int
    disputed: int
    refunded: int
    total_amount: int


class BookingsPage(Items[BookingOut]):
    summary: BookingsSummary


class ReviewsQuery(Paged):
    rating: int | None = Field(None, ge=1, le=5)
    has_response: bool | None = None


@dataclass(frozen=True)
class ReviewOut:
    """`is_verified`: it is about a booking that was made here, as all are."""

    id: int
    booking_id: str
    service_id: str
    service_name: str
    vendor_id: int
    vendor_name: str
    status: ReviewStatus
    rating: int
    title: str | None
    comment: str | None
    photos: list[str]
    helpful_count: int
    vendor_response: str | None
    vendor_responded_at: datetime | None
    is_verified: bool
    created_at: datetime


class ReviewsSummary(TypedDict):
    """Over all reviews of the customer."""

    total_reviews: int
    average_rating: float | None


class ReviewsPage(Items[ReviewOut]):
    summary: ReviewsSummary


class PaymentsQuery(Paged):
    status: PaymentState | None = None
    payment_method: Method | None = None
    from_date: From | None = None
    to_date: Until | None = None
    _period = in_order("from_date", "to_date")


@dataclass(frozen=True)
class PaymentOut:
    """`refund_amount` is what has gone back, by refund or chargeback."""

    id: str
    booking_id: str
    booking_reference: str
    amount: int
    payment_method: Method
    payment_gateway: Gateway
    gateway_transaction_id: str | None
    status: PaymentState
    failure_reason: str | None
    refund_amount: int
    refund_reason: str | None
    created_at: datetime
    completed_at: datetime | None


class PaymentsSummary(TypedDict):
    """Over all payments of the customer; the rate is of 0 to 1, null where nothing was tried."""

    total_paid: int
    total_refunded: int
    success_rate: float | None
    failed_count: int


class PaymentsPage(Items[PaymentOut]):
    summary: PaymentsSummary
