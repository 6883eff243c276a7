"""What a refund may become. Pure: no SQL, no clock, no HTTP.

pending --> approved --> processed       decided by staff, confirmed by the gateway
   |          |   ^          ^
   v          v   |          |
rejected    failed __________|           tried again, or found to have been done after all
"""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from backoffice.kernel import moves
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, NotFound, Refusal
from backoffice.kernel.lanes import JobName, Lane
from backoffice.kernel.moves import Transitions

SEND = JobName("marketplace.send_refund", Lane.SENDING)
LONGEST_REASON = 500
FROZEN = "a chargeback of the payment is open: a refund beside it would pay twice"
UNDERWAY = "the gateway took it and has not told yet what became of it"
LEFT = "it left before the database was restored, and what became of it is not known yet"
LOST_BESIDE = "another refund of the payment left before the database was restored and is not in the books"
GIVEN_BEYOND = "a gateway gave money of the payment back otherwise than our books say: see refund-differences"
BACK_IN_BOOKS = "It is in the books as what left"


class Status(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    PROCESSED = "processed"
    FAILED = "failed"


TRANSITIONS: Transitions[Status] = {
    Status.PENDING: frozenset({Status.APPROVED, Status.REJECTED}),
    Status.APPROVED: frozenset({Status.PROCESSED, Status.FAILED}),
    Status.FAILED: frozenset({Status.APPROVED, Status.PROCESSED}),
    Status.REJECTED: frozenset(),
    Status.PROCESSED: frozenset(),
}


class Origin(StrEnum):
    """Through which door somebody asked for it."""

    REQUEST = "request"
    DISPUTE = "dispute"
    PAYMENT = "payment"
    BOOKING = "booking"


class RequestedBy(StrEnum):
    USER = "user"
    VENDOR = "vendor"
    ADMIN = "admin"


class RefundAct(Act):
    REQUESTED = "refund.requested"
    APPROVED = "refund.approved"
    REJECTED = "refund.rejected"
    PROCESSED = "refund.processed"
    FAILED = "refund.failed"
    LOST_SETTLED = "lost_refund.settled"


class RefundNotFound(NotFound):
    """Refund not found"""

    refund_id: str


class RefundExists(Conflict):
    """The external_id names another refund already"""

    external_id: str


class AlreadyResolved(Conflict):
    """This refund is {current_status} already"""

    current_status: str


class NothingCaptured(Conflict):
    """This payment was never captured: there is nothing to give back"""

    payment_id: str


class PaymentFrozen(Conflict):
    """A chargeback of this payment is open: a refund beside it would pay twice"""

    payment_id: str


class LeftBeforeRestore(Conflict):
    """Money of this payment went back before the database was restored, and its refund is not in the books: nothing

    more goes back of it until that is settled, by `backoffice money compare` or `backoffice refunds settle-lost`
    """

    payment_id: str
    refund_ids: list[str]


class RestoreNotSettled(Conflict):
    """The database was restored, and what left it before is not known yet: run `backoffice recover`, then ask again"""


class GatewayGaveMore(Conflict):
    """A gateway gave money of this payment back otherwise than our books say: nothing more goes back of it until that

    difference is closed, at refund-differences
    """

    payment_id: str
    difference_ids: list[int]


class NothingLost(NotFound):
    """No refund {refund_id} was lost and waits to be settled"""

    refund_id: str


class RefundExceedsBalance(Conflict):
    """No more than {left_cents} paise of this payment can still be given back"""

    left_cents: int
    held_by: list[str]
    """Numbers of the refunds that wait or are on their way, the latest first."""

    @property
    def sentence(self) -> str:
        return f"{super().sentence}: held by {', '.join(self.held_by)}" if self.held_by else super().sentence


class RefundExceedsRequest(Conflict):
    """No more than the requested {requested_cents} paise can be approved"""

    requested_cents: int


def key_of(refund_id: UUID, tries: int) -> str:
    """Under which a gateway is asked for a refund: its id, and a new name only once the try before is known to have
    failed, because a gateway answers a name that it knows as it did the first time.
    """
    return str(refund_id) if tries == 1 else f"{refund_id}.{tries}"


def tries_of(key: str) -> int:
    """Which try of its refund a key is of. ValueError where it is none of ours."""
    return int(key.partition(".")[2] or 1)


def refund_of(key: str) -> UUID | None:
    """Whose name this is; None where it is none of ours."""
    try:
        return UUID(key.partition(".")[0])
    except ValueError:
        return None


def check_move(current: Status, requested: Status) -> None:
    moves.check(TRANSITIONS, old=current, new=requested, refusal=lambda: AlreadyResolved(current_status=current))


def needs_two(given_back: int, currency: str, *, thresholds: Mapping[str, int]) -> bool:
    """Whether two different people must approve: all that goes back of one booking counts, however it
    was paid and is parted.

    A currency without a threshold always needs them.
    """
    return given_back > thresholds.get(currency, 0)


ASKING_ERRORS: tuple[type[Refusal], ...] = (
    RefundExceedsBalance,
    NothingCaptured,
    PaymentFrozen,
    LeftBeforeRestore,
    GatewayGaveMore,
    RestoreNotSettled,
)
"""Of a door by which money is asked back."""


def check_refundable(payment_id: str, *, captured: int, is_frozen: bool) -> None:
    """Whether anything at all may be asked of a payment: nothing while a chargeback is open."""
    if is_frozen:
        raise PaymentFrozen(payment_id=payment_id)
    if captured == 0:
        raise NothingCaptured(payment_id=payment_id)


def check_known(payment_id: str, *, is_unsettled: bool, lost: list[str], beyond: list[int]) -> None:
    """Whether all that went back of a payment is in the books: after a restore more may have left than they say, and a
    gateway may have done what failed here.
    """
    if is_unsettled:
        raise RestoreNotSettled
    if lost:
        raise LeftBeforeRestore(payment_id=payment_id, refund_ids=lost)
    if beyond:
        raise GatewayGaveMore(payment_id=payment_id, difference_ids=beyond)
