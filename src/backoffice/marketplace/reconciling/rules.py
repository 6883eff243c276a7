"""Where a gateway's books may differ from ours. Pure: no SQL, no clock, no HTTP.

open --> gone         the books agree again
   |---> closed       somebody looked into it and says what came of it
"""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs, and by which word of the gateway."""

    kind: Kind
    told: Said


def differences(ours: RefundStatus, said: Sequence[Said], *, reference: str | None = None) -> list[Difference]:
    """All of our word that the gateway's contradicts. `said` is of each try, of which all but the last one failed here.

    One that is on its way contradicts nothing but by its amount: what the gateway says of it is its outcome. An earlier
    try may well have been of another amount than the latest. `reference` is the gateway's name of what we know as done:
    another amount under another name was given beside it.
    """
    *earlier, latest = said
    found = [Difference(Kind.DONE_THOUGH_FAILED, one) for one in earlier if isinstance(one, Refunded | OtherAmount)]
    kind = _of_latest(ours, latest, reference=reference)
    return [*found, Difference(kind, latest)] if kind else found


def _of_latest(ours: RefundStatus, said: Said, *, reference: str | None) -> Kind | None:
    is_done = ours is RefundStatus.PROCESSED
    if isinstance(said, OtherAmount):
        return Kind.AMOUNT_DIFFERS if not is_done or said.reference == reference else None
    if ours is RefundStatus.FAILED and isinstance(said, Refunded):
        return Kind.DONE_THOUGH_FAILED
    if is_done and said is None:
        return Kind.NOT_AT_GATEWAY
    if is_done and isinstance(said, Refused):
        return Kind.REFUSED_AT_GATEWAY
    return None


def name_of(told: Said) -> str | None:
    """By which name a difference tells of it: the gateway's own of what it gave, or why it gave nothing."""
    if told is None:
        return None
    return told.code if isinstance(told, Refused) else told.reference


def figures_of(told: Said) -> tuple[int | None, str | None]:
    """Amount and currency, where they are others than ours."""
    return (told.amount_minor, told.currency) if isinstance(told, OtherAmount) else (None, None)
