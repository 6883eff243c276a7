"""What goodwill may become. Pure: no SQL, no clock, no HTTP.

pending --> granted        it is in the wallet
   |------> rejected
"""

from enum import StrEnum

from backoffice.kernel import moves
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.moves import Transitions

COUNTED_DAYS = 30
"""What a customer got in so many days counts together, however it is parted."""


class Status(StrEnum):
    PENDING = "pending"
    GRANTED = "granted"
    REJECTED = "rejected"


TRANSITIONS: Transitions[Status] = {
    Status.PENDING: frozenset({Status.GRANTED, Status.REJECTED}),
    Status.GRANTED: frozenset(),
    Status.REJECTED: frozenset(),
}


class GoodwillAct(Act):
    REQUESTED = "goodwill.requested"
    GRANTED = "goodwill.granted"
    REJECTED = "goodwill.rejected"


class GoodwillNotFound(NotFound):
    """Goodwill credit not found"""

    goodwill_id: str


class GoodwillDecided(Conflict):
    """This credit is {current_status} already"""

    current_status: str


def check_move(current: Status, requested: Status) -> None:
    moves.check(TRANSITIONS, old=current, new=requested, refusal=lambda: GoodwillDecided(current_status=current))
