"""What staff are shown of reviews."""

from datetime import datetime
from uuid import UUID

from typing_extensions import TypedDict

from backoffice.marketplace.review.rules import Status


class UserOut(TypedDict):
    """E-mail and phone are masked for whoever may not see personal data."""

    id: int
    name: str | None
    email: str | None
    phone: str | None
    total_reviews: int
    trust_score: int


class NamedOut(TypedDict):
    id: int
    name: str


class ServiceOut(TypedDict):
    id: str
    name: str


class ModeratedOut(TypedDict):
    """The last time that staff hid, restored or removed it."""

    at: datetime
    by: int | None
    by_name: str | None
    reason: str | None


class ReviewOut(TypedDict):
    """`body` is `comment` under the name that takedown requests have for it; `open_takedown` the number of a request
    that waits."""

    id: int
    external_id: str | None
    status: Status
    rating: int
    title: str | None
    comment: str | None
    body: str | None
    photos: list[str]
    helpful_count: int
    booking_id: str
    booking_number: str
    user_id: int
    user_name: str | None
    user: UserOut
    vendor_id: int
    vendor_name: str
    vendor: NamedOut
    service_id: str
    service_name: str
    service: ServiceOut
    vendor_response: str | None
    vendor_responded_at: datetime | None
    is_verified: bool
    moderated: ModeratedOut | None
    open_takedown: str | None
    created_at: datetime
    updated_at: datetime


class ModerationOut(TypedDict):
    status: Status
    reason: str | None
    request_id: UUID | None
    request_number: str | None
    moderated_by: int | None
    moderated_by_name: str | None
    moderated_at: datetime


class WholeOut(ReviewOut):
    """Oldest first."""

    moderation_history: list[ModerationOut]
