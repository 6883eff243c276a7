"""What a chargeback may become. Pure: no SQL, no clock, no HTTP.

open --> won       the bank left the money with us
   |---> lost      the bank took it
"""

from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict
from backoffice.kernel.moves import Transitions


class Status(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


TRANSITIONS: Transitions[Status] = {
    Status.OPEN: frozenset({Status.WON, Status.LOST}),
    Status.WON: frozenset(),
    Status.LOST: frozenset(),
}


class ChargebackAct(Act):
    OPENED = "chargeback.opened"
    ENDED = "chargeback.ended"


class ChargebackDiffers(Conflict):
    """The gateway told of this chargeback before, but another {fact}"""

    fact: str
