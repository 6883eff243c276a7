"""What the doors of bulk acts take and give. What an act says of itself is the body of its single door."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, StrictInt
from typing_extensions import TypedDict

from backoffice.kernel.bulk.rules import MOST_ROWS, Outcome
from backoffice.kernel.export import Format
from backoffice.kernel.task import Status
from backoffice.kernel.urgency import Priority
from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID
from backoffice.kernel.web.paging import Paged
from backoffice.marketplace.account.schemas import BanIn, MessageIn, ReactivateIn, SuspendIn
from backoffice.marketplace.customer.filters import UserFilters
from backoffice.marketplace.dispute.schemas import AssignIn, DisputeFilters
from backoffice.marketplace.fields import Text
from backoffice.marketplace.handling.filters import BookingFilters
from backoffice.marketplace.handling.rules import REASON_LENGTHS
from backoffice.marketplace.product import Meta
from backoffice.marketplace.review.schemas import ModerateIn, ReviewFilters

SHORTEST, LONGEST = REASON_LENGTHS


def _nothing_blank(given: Any) -> Any:
    """What is blank would filter nothing, and so choose everything."""
    sent = given.items() if isinstance(given, dict) else ()
    blank = [name for name, value in sent if value is None or (isinstance(value, str) and not value.strip())]
    if blank:
        raise ValueError(f"{blank[0]} is empty: leave it out")
    return given


Ids = Annotated[list[Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]], Field(min_length=1, max_length=MOST_ROWS)]


class SelectedIn(In):
    """Rows by `ids`, or all that fit a `filter` of their list; then `expected_count` says how many were seen."""

    expected_count: Annotated[StrictInt, Field(ge=1, le=MOST_ROWS)] | None = None
    file_format: Format = Format.CSV


class SuspendUsers(SuspendIn):
    act: Literal["users.suspend"]


class BanUsers(BanIn):
    act: Literal["users.ban"]


class ReactivateUsers(ReactivateIn):
    act: Literal["users.reactivate"]


class NotifyUsers(MessageIn):
    act: Literal["users.notify"]


class NothingIn(In):
    """An act that says nothing more."""


class LogOutUsers(NothingIn):
    act: Literal["users.logout"]


class UsersFilter(UserFilters):
    model_config = ConfigDict(extra="forbid")


class UsersBulkIn(SelectedIn):
    do: Annotated[SuspendUsers | BanUsers | ReactivateUsers | NotifyUsers | LogOutUsers, Field(discriminator="act")]
    ids: Ids | None = None
    filter: Annotated[UsersFilter, BeforeValidator(_nothing_blank)] | None = None


class CloseIn(In):
    admin_notes: Text | None = None
    notify_user: bool = True
    notify_vendor: bool = True


class PriorityIn(In):
    priority: Priority


class AssignDisputes(AssignIn):
    act: Literal["disputes.assign"]


class CloseDisputes(CloseIn):
    act: Literal["disputes.close"]


class PrioritizeDisputes(PriorityIn):
    act: Literal["disputes.priority"]


class DisputesFilter(DisputeFilters):
    model_config = ConfigDict(extra="forbid")


class DisputesBulkIn(SelectedIn):
    do: Annotated[AssignDisputes | CloseDisputes | PrioritizeDisputes, Field(discriminator="act")]
    ids: Ids | None = None
    filter: Annotated[DisputesFilter, BeforeValidator(_nothing_blank)] | None = None


class HideReviews(ModerateIn):
    act: Literal["reviews.hide"]


class RestoreReviews(ModerateIn):
    act: Literal["reviews.restore"]


class ReviewsFilter(ReviewFilters):
    model_config = ConfigDict(extra="forbid")


class ReviewsBulkIn(SelectedIn):
    do: Annotated[HideReviews | RestoreReviews, Field(discriminator="act")]
    ids: Ids | None = None
    filter: Annotated[ReviewsFilter, BeforeValidator(_nothing_blank)] | None = None


class CancelIn(In):
    """Without force_refund: what goes back of each is what the policy says of it."""

    cancellation_reason: Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]
    notify_user: bool = True
    notify_vendor: bool = True


class NoteIn(In):
    admin_notes: Annotated[str, Field(min_length=1, max_length=2000)]


class CancelBookings(CancelIn):
    act: Literal["bookings.cancel"]


class NoteBookings(NoteIn):
    act: Literal["bookings.note"]


class BookingsFilter(BookingFilters):
    model_config = ConfigDict(extra="forbid")


BookingIds = Annotated[
    list[Annotated[str, Field(pattern=r"^bkg_[0-9a-f]{32}$")]], Field(min_length=1, max_length=MOST_ROWS)
]


class BookingsBulkIn(SelectedIn):
    do: Annotated[CancelBookings | NoteBookings, Field(discriminator="act")]
    ids: BookingIds | None = None
    filter: Annotated[BookingsFilter, BeforeValidator(_nothing_blank)] | None = None


class RowsQuery(Paged, default=25):
    outcome: Outcome | None = None


class ActOut(TypedDict):
    """`allowed` is whether the caller may."""

    act: str
    permission: str
    allowed: bool
    can_be_undone: bool


class ReasonOut(TypedDict):
    """`ids` are the first of them."""

    code: str
    message: str
    count: int
    ids: list[str]


class PreviewOut(TypedDict):
    """What the act would do to the rows as they are now: `would` of `total` would change, `would_not` would refuse."""

    act: str
    total: int
    would: int
    would_not: int
    reasons: list[ReasonOut]


class StartedOut(TypedDict):
    job_id: UUID
    status: Status
    total: int


class UndoOut(TypedDict):
    job_id: UUID
    status: Status
    undo_of: UUID


class RowOut(TypedDict):
    id: str
    outcome: Outcome
    code: str | None
    message: str | None
    at: datetime | None
    can_be_undone: bool


class CountsOut(TypedDict):
    waiting: int
    done: int
    refused: int
    failed: int


class RowsMeta(Meta):
    summary: CountsOut


class RowsPage(TypedDict):
    success: bool
    data: list[RowOut]
    meta: RowsMeta
