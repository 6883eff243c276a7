"""How long a suspension lasts, what an account may become, how often staff write. Pure: no SQL, no clock, no HTTP."""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from backoffice.kernel import moves
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Invalid
from backoffice.kernel.notify.rules import Channel
from backoffice.marketplace.customer.rules import NO_BOOKINGS_BELOW, PREPAID_ONLY_BELOW, TRANSITIONS, Status

LONGEST_DAYS = 3_650
MESSAGES_AN_HOUR = 10
"""How many messages staff write to one customer in an hour, all of them together."""


class AccountAct(Act):
    SUSPENDED = "user.suspended"
    SUSPENSION_ENDED = "user.suspension_ended"
    REACTIVATED = "user.reactivated"
    BANNED = "user.banned"
    LOGGED_OUT = "user.logged_out"
    TRUST_SET = "user.trust_set"
    NOTIFIED = "user.notified"


class Bookings(StrEnum):
    """What a customer's score lets them book."""

    ALL = "all"
    PREPAID = "prepaid"
    NONE = "none"


class InvalidStatusTransition(Invalid):
    """A user who is {current_status} can't become {requested_status}"""

    current_status: str
    requested_status: str
    allowed_transitions: list[str]


class NoAddress(Conflict):
    """This user has no address for {channel}"""

    channel: str


class SubjectMissing(Invalid):
    """An e-mail needs a subject"""


def check_may_become(current: Status, wanted: Status) -> None:
    """An active account is suspended or banned, a suspended one also for another time; InvalidStatusTransition."""
    if current is wanted is Status.SUSPENDED:
        return
    moves.check(
        TRANSITIONS,
        old=current,
        new=wanted,
        refusal=lambda: InvalidStatusTransition(
            current_status=current, requested_status=wanted, allowed_transitions=sorted(TRANSITIONS[current])
        ),
    )


def suspended_until(now: datetime, days: int | None) -> datetime | None:
    """The last second of the last day, UTC; None is for good."""
    if days is None:
        return None
    return datetime.combine((now + timedelta(days=days)).astimezone(UTC).date(), time(23, 59, 59), UTC)


def last_day(until: datetime | None) -> datetime | None:
    """When the last day of a suspension begins."""
    return until and until.replace(hour=0, minute=0, second=0)


def wait_after(earlier: datetime, now: datetime) -> int | None:
    """Seconds until one more message may follow, `earlier` being the first of as many as an hour may have."""
    left = earlier + timedelta(hours=1) - now
    return max(1, round(left.total_seconds())) if left > timedelta(0) else None


def check_subject(channel: Channel, subject: str | None) -> None:
    if channel is Channel.EMAIL and not subject:
        raise SubjectMissing


def bookings_of(trust: int, *, is_restricted: bool) -> Bookings:
    if not is_restricted or trust >= PREPAID_ONLY_BELOW:
        return Bookings.ALL
    return Bookings.NONE if trust < NO_BOOKINGS_BELOW else Bookings.PREPAID
