"""Where a gateway's books may differ from ours. Pure: no SQL, no clock, no HTTP.

open --> gone         the books agree again
   |---> closed       somebody looked into it and says what came of it
"""

from collections.abc import Sequence
from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.gateways.payments import OtherAmount, Refunded, RefundOutcome, Refused
from backoffice.kernel.moves import Transitions
from backoffice.marketplace.refund.rules import Status as RefundStatus


class Status(StrEnum):
    OPEN = "open"
    GONE = "gone"
    CLOSED = "closed"


TRANSITIONS: Transitions[Status] = {
    Status.OPEN: frozenset({Status.GONE, Status.CLOSED}),
    Status.GONE: frozenset(),
    Status.CLOSED: frozenset(),
}


Said = RefundOutcome | OtherAmount | None
"""What a gateway says of one try of a refund; None where it never heard of it."""


class Kind(StrEnum):
    """We say it was done and the gateway doesn't know it, or refused it; we say it failed and the gateway did it; it
    gave another amount, or took another one to give; it gave what none of our refunds stands for.
    """

    NOT_AT_GATEWAY = "not_at_gateway"
    REFUSED_AT_GATEWAY = "refused_at_gateway"
    DONE_THOUGH_FAILED = "done_though_failed"
    AMOUNT_DIFFERS = "amount_differs"
    UNKNOWN_HERE = "unknown_here"


REOPENS = frozenset({Kind.DONE_THOUGH_FAILED, Kind.AMOUNT_DIFFERS, Kind.UNKNOWN_HERE})
"""While one of these is open its payment gives nothing back: whoever closes it lets it give back again."""


class DifferenceAct(Act):
    FOUND = "difference.found"
    GONE = "difference.gone"
    CLOSED = "difference.closed"


class DifferenceNotFound(NotFound):
    """Difference not found"""

    difference_id: int


class DifferenceEnded(Conflict):
    """This difference is {current_status} already"""

    current_status: str


def difference(ours: RefundStatus, said: Said, *, earlier: tuple[Said, ...] = ()) -> Kind | None:
    """What of our word the gateway's contradicts. `earlier` is what it says of tries that we know to have failed.

    One that is on its way contradicts nothing but by its amount: what the gateway says of it is its outcome. An earlier
    try may well have been of another amount than the latest.
    """
    if any(isinstance(one, Refunded | OtherAmount) for one in earlier):
        return Kind.DONE_THOUGH_FAILED
    if isinstance(said, OtherAmount):
        return Kind.AMOUNT_DIFFERS
    if ours is RefundStatus.FAILED and isinstance(said, Refunded):
        return Kind.DONE_THOUGH_FAILED
    if ours is RefundStatus.PROCESSED and said is None:
        return Kind.NOT_AT_GATEWAY
    if ours is RefundStatus.PROCESSED and isinstance(said, Refused):
        return Kind.REFUSED_AT_GATEWAY
    return None


def contradiction(kind: Kind, said: Sequence[Said]) -> Said:
    """The gateway's word by which this differs: of the latest try, or of the one that it did though it had failed."""
    if kind is Kind.DONE_THOUGH_FAILED:
        return next(one for one in said if isinstance(one, Refunded | OtherAmount))
    return said[-1]
