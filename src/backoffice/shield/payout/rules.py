"""What a payout and a try to pay it may become. Pure: no SQL, no clock, no HTTP.

pending --> processing --> completed        by rail, or completed by hand from either
   |  ^          |             |
   |  |______ failed <-------->|            a return fails it, even later, unless it is refused; a retry begins again
   v
cancelled
"""

from enum import StrEnum

from backoffice.kernel import moves
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.moves import Transitions

ACCOUNT_CHANGED = (
    "The bank account was changed: somebody who neither changed it nor approved the claim must confirm it, "
    "however long it takes"
)
"""Why payouts are held that were promised to another version of the account."""


class Status(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


TRANSITIONS: Transitions[Status] = {
    Status.PENDING: frozenset({Status.PROCESSING, Status.COMPLETED, Status.FAILED, Status.CANCELLED}),
    Status.PROCESSING: frozenset({Status.COMPLETED, Status.FAILED}),
    Status.COMPLETED: frozenset({Status.FAILED}),
    Status.FAILED: frozenset({Status.PENDING, Status.COMPLETED}),
    Status.CANCELLED: frozenset(),
}


class AttemptStatus(StrEnum):
    INTENDED = "intended"
    SENT = "sent"
    SETTLED = "settled"
    RETURNED = "returned"
    REJECTED = "rejected"  # with the file it was in


ATTEMPT_TRANSITIONS: Transitions[AttemptStatus] = {
    AttemptStatus.INTENDED: frozenset({AttemptStatus.SENT, AttemptStatus.REJECTED}),
    AttemptStatus.SENT: frozenset({AttemptStatus.SETTLED, AttemptStatus.RETURNED, AttemptStatus.REJECTED}),
    AttemptStatus.SETTLED: frozenset({AttemptStatus.RETURNED, AttemptStatus.REJECTED}),
    AttemptStatus.RETURNED: frozenset(),
    AttemptStatus.REJECTED: frozenset(),
}


class Method(StrEnum):
    ACH = "ach"
    WIRE = "wire"
    CHECK = "check"


class RailName(StrEnum):
    SANDBOX = "sandbox"
    NACHA = "nacha"
    BY_HAND = "by_hand"


class PayoutAct(Act):
    CREATED = "payout.created"
    CANCELLED = "payout.cancelled"
    RETRIED = "payout.retried"
    HELD = "payout.held"
    RELEASED = "payout.released"
    PROCESSING = "payout.processing"
    COMPLETED = "payout.completed"
    FAILED = "payout.failed"


class PayoutNotFound(NotFound):
    """Payout {payout_id} not found"""

    payout_id: str


class IllegalMove(Conflict):
    """A payout that is {status} can't be {to}"""

    status: str
    to: str


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def check_move(status: Status, to: Status) -> None:
    moves.check(TRANSITIONS, old=status, new=to, refusal=lambda: IllegalMove(status=status, to=to))
