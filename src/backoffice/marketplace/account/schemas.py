"""What the doors of accounts take and give (users and disputes, 12-15 and 17)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StrictInt
from typing_extensions import TypedDict

from backoffice.kernel.notify.rules import Channel
from backoffice.kernel.urgency import Priority
from backoffice.kernel.web import In
from backoffice.marketplace.account.rules import LONGEST_DAYS, Bookings
from backoffice.marketplace.customer.rules import Status
from backoffice.marketplace.fields import Line, Text

SecureUrl = Annotated[str, Field(min_length=9, max_length=2000, pattern=r"^https://[^\s]+$")]


class SuspendIn(In):
    """Without `duration_days` the suspension lasts until it is taken back. `internal_notes` stay with staff."""

    reason: Text
    duration_days: Annotated[StrictInt, Field(ge=1, le=LONGEST_DAYS)] | None = None
    notify_user: bool = True
    internal_notes: Text | None = None


class BanIn(In):
    reason: Text
    notify_user: bool = True
    internal_notes: Text | None = None


class ReactivateIn(In):
    notes: Text | None = None
    notify_user: bool = True


class TrustIn(In):
    """A `score` of null gives the account back to the computed one."""

    score: Annotated[StrictInt, Field(ge=0, le=100)] | None
    reason: Text
    apply_restrictions: bool = False


class MessageIn(In):
    channel: Channel
    subject: Line | None = None
    message: Text
    priority: Priority = Priority.MEDIUM
    action_url: SecureUrl | None = None


class SuspendedOut(TypedDict):
    user_id: int
    status: Status
    suspended_until: datetime | None
    can_reactivate_at: datetime | None


class StatusOut(TypedDict):
    user_id: int
    status: Status


class LoggedOutOut(TypedDict):
    user_id: int
    sessions_terminated: int


class TrustSetOut(TypedDict):
    """`bookings_allowed` is what the score lets them book, where restrictions apply."""

    user_id: int
    trust_score: int
    computed: int
    set_by_hand: int | None
    restrictions: bool
    bookings_allowed: Bookings


class QueuedOut(TypedDict):
    user_id: int
    channel: Channel
    queued: bool


class AppMessageOut(TypedDict):
    id: str
    subject: str
    message: str
    priority: Priority
    action_url: str | None
    created_at: datetime


class AppMessagesOut(TypedDict):
    items: list[AppMessageOut]
