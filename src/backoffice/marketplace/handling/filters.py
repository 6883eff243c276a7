"""How the list of bookings is filtered and sorted."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from backoffice.kernel.web.inputs import LARGEST_ID, QueryString
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.marketplace.booking.rules import ShownStatus, Status, in_our_spelling
from backoffice.marketplace.fields import Order, Sorted

Ours = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class SortBy(StrEnum):
    CREATED_AT = "created_at"
    SCHEDULED_AT = "scheduled_at"
    AMOUNT = "amount"


class BookingFilters(QueryString):
    """`from_date` and `to_date` are about the day of the booking, `created_from` and `created_to` about its making.

    `status` is how it is shown, `booking_status` what became of it, whether or not its money is back.
    """

    search: str | None = Field(
        None,
        max_length=200,
        description="The beginning of the booking's number, or words of the customer's and the vendor's name",
    )
    status: Annotated[ShownStatus, BeforeValidator(in_our_spelling)] | None = None
    vendor_id: Ours | None = None
    user_id: Ours | None = None
    service_id: str | None = Field(None, max_length=128)
    category: str | None = Field(None, max_length=100)
    booking_status: Annotated[Status, BeforeValidator(in_our_spelling)] | None = None
    city: str | None = Field(None, max_length=200)
    from_date: From | None = None
    to_date: Until | None = None
    created_from: From | None = None
    created_to: Until | None = None
    _period = in_order("from_date", "to_date")
    _made = in_order("created_from", "created_to")


class BookingsQuery(BookingFilters, Sorted, default=25):
    sort_by: SortBy = SortBy.CREATED_AT
    sort_order: Order = Order.DESC

    @property
    def sort(self) -> str:
        return f"{self.sort_by}_{self.sort_order}"
