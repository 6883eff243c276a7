"""What a broadcast may become, who gets it in which way, and how much of it waits in the outbox at once. Pure.

pending --> in_progress --> completed
   |             |  '-----> failed           nobody got it
   '-------------'--------> cancelled
"""

from dataclasses import dataclass
from enum import StrEnum

from backoffice.helpdesk.outbox.rules import OPTED_OUT
from backoffice.kernel import moves
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Invalid, NotFound
from backoffice.kernel.moves import Transitions

BATCH = 50
"""Recipients handed over in one write."""
MOST_IN_OUTBOX = 100
"""Messages of one broadcast that wait in the outbox at once: customers' answers never queue behind thousands,
and cancelling stops nearly everything."""

WINDOW_CLOSED = "Outside the 24-hour window, and no template is configured"
NOT_A_NUMBER = "Not a phone number"


class Status(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


TRANSITIONS: Transitions[Status] = {
    Status.PENDING: frozenset({Status.IN_PROGRESS, Status.CANCELLED}),
    Status.IN_PROGRESS: frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED}),
    Status.COMPLETED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
}
LIVE = frozenset({Status.PENDING, Status.IN_PROGRESS})


class Way(StrEnum):
    """How a recipient gets the message."""

    TEXT = "text"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Why a recipient gets nothing."""

    reason: str


class BroadcastAct(Act):
    STARTED = "broadcast.started"
    CANCELLED = "broadcast.cancelled"


class BroadcastNotFound(NotFound):
    """Broadcast with ID {broadcast_id} not found"""

    broadcast_id: int


class BroadcastOver(Invalid):
    """A {status} broadcast can't be cancelled"""

    status: str


class NobodyToSendTo(Invalid):
    """None of the recipients is a phone number"""


def way_to(*, opted_out: bool, in_window: bool, has_template: bool) -> Way | Unreachable:
    """WhatsApp takes free text only within 24 hours of the customer's last message; later only templates."""
    if opted_out:
        return Unreachable(OPTED_OUT)
    if in_window:
        return Way.TEXT
    return Way.TEMPLATE if has_template else Unreachable(WINDOW_CLOSED)


def check_can_cancel(status: Status) -> None:
    moves.check(TRANSITIONS, old=status, new=Status.CANCELLED, refusal=lambda: BroadcastOver(status=status))


def end_of(sent: int) -> Status:
    """What a broadcast becomes once every recipient is settled."""
    return Status.COMPLETED if sent else Status.FAILED
