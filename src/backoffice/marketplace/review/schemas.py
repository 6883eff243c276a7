"""What the platform's doors of reviews take and give."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StrictInt
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import Moment
from backoffice.marketplace.fields import ExternalId, Line, Reference, Text, Url
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
