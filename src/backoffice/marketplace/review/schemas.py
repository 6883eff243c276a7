"""What the doors of reviews take, and what the platform is given."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictInt
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID, Moment, QueryString
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.marketplace.fields import ExternalId, Line, Order, Reference, Sorted, Text, Url
from backoffice.marketplace.review.rules import Status


class NewReviewIn(In):
    """What a customer says of a booking that was completed."""

    external_id: ExternalId
    booking_id: Reference
    rating: Annotated[StrictInt, Field(ge=1, le=5)]
    title: Line | None = None
    comment: Text | None = None
    photos: Annotated[tuple[Url, ...], Field(max_length=20)] = ()
    created_at: Moment | None = None


class ResponseIn(In):
    """What the vendor answers; sent again it replaces what was answered."""

    response: Text
    responded_at: Moment | None = None


class HelpfulIn(In):
    """How many found the review helpful by now."""

    helpful_count: Annotated[StrictInt, Field(ge=0, le=1_000_000_000)]


class Sort(StrEnum):
    CREATED_AT = "created_at"
    RATING = "rating"


class ReviewFilters(QueryString):
    """The dates are those of the review."""

    status: Status | None = None
    rating: int | None = Field(None, ge=1, le=5)
    vendor_id: int | None = Field(None, ge=1, le=LARGEST_ID)
    user_id: int | None = Field(None, ge=1, le=LARGEST_ID)
    service_id: str | None = Field(None, max_length=128)
    has_response: bool | None = None
    has_takedown: bool | None = None
    from_date: From | None = None
    to_date: Until | None = None
    search: str | None = Field(None, max_length=200, description="Words of title and comment")
    _period = in_order("from_date", "to_date")


class ReviewsQuery(ReviewFilters, Sorted, default=25):
    sort_by: Sort = Sort.CREATED_AT
    sort_order: Order = Order.DESC

    @property
    def sort(self) -> str:
        return f"{self.sort_by}_{self.sort_order}"


Why = Annotated[str, Field(min_length=1, max_length=2000)]


class ModerateIn(In):
    """Why: kept in the history of the review."""

    reason: Why | None = None


class RemoveQuery(QueryString):
    """Why: kept in the history of the review."""

    reason: Why | None = None


class ReviewOut(TypedDict):
    id: int
    external_id: str | None
    booking_id: str
    user_id: int
    vendor_id: int
    status: Status
    rating: int
    helpful_count: int
    vendor_responded_at: datetime | None
    created_at: datetime
