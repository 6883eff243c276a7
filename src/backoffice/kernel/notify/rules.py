"""How a message travels, and how long it is tried. Pure: no SQL, no clock, no network.

queued --> sending --> sent           inside an app at once
   ^         | |  \\      ^
   |         | |   +--> failed        the server refused it, or could not be reached for a day
   |         | v
   +---------+ unknown                interrupted: it may have been sent, so only a person sends it again
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.lanes import JobName, Lane
from backoffice.kernel.moves import Transitions

SEND = JobName("kernel.send_notification", Lane.BULK)
GIVE_UP_AFTER = timedelta(hours=24)
SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=15)
TEXT_KEPT_DAYS = 30
INTERRUPTED = "The sending was interrupted: it may have arrived"
SENT_BEFORE = "It was being sent before the database was restored: it may have arrived"
ERASED = "The recipient's data were erased, or no key of the ring opens them"


class Channel(StrEnum):
    """By which way somebody is told."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    IN_APP = "in_app"
    """Kept for the app to ask for: it is sent as soon as it is written."""


class Status(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


TRANSITIONS: Transitions[Status] = {
    Status.QUEUED: frozenset({Status.SENDING}),
    Status.SENDING: frozenset({Status.SENT, Status.FAILED, Status.QUEUED, Status.UNKNOWN}),
    Status.UNKNOWN: frozenset({Status.SENT, Status.FAILED, Status.QUEUED}),
    Status.FAILED: frozenset({Status.QUEUED}),
    Status.SENT: frozenset(),
}


class NotifyAct(Act):
    RESENT = "notification.resent"


class NoticeNotFound(NotFound):
    """There is no notification {notice_id}"""

    notice_id: str


class NotResendable(Conflict):
    """Only a failed or unknown notification is sent again; this one is {status}"""

    status: str


class TextEmptied(Conflict):
    """The text of this notification was emptied after {days} days; it can't be sent again"""

    days: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try came to."""

    status: Status
    error: str | None = None


def lock_of(notice_id: str) -> str:
    return f"notice:{notice_id}"


def postponed(waited: timedelta, why: str) -> Outcome:
    """Nobody took it for now: later again, until it was tried for a day."""
    return Outcome(Status.QUEUED if waited < GIVE_UP_AFTER else Status.FAILED, why)


def next_wait(waited: timedelta) -> timedelta:
    """As long again as it has waited already: 5 s, 10 s, 20 s ... and then every quarter of an hour."""
    return min(max(waited, SHORTEST_WAIT), LONGEST_WAIT)


def check_resendable(status: Status, *, has_text: bool) -> None:
    if status not in (Status.FAILED, Status.UNKNOWN):
        raise NotResendable(status=status)
    if not has_text:
        raise TextEmptied(days=TEXT_KEPT_DAYS)


def one_line(text: str) -> str:
    """A text that can stand in a header: nothing in it ends the line."""
    return " ".join(text.split())
