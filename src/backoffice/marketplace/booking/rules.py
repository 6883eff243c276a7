"""What a booking may become, and who moves it. Pure: no SQL, no clock, no HTTP.

pending --> confirmed --> in_progress --> completed <--> disputed
   |            |             |  |___________________________^ |
   |____________v_____________v______________________________  v
                            cancelled
"""

from enum import StrEnum

from backoffice.kernel import moves
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.moves import Transitions


class Status(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DISPUTED = "disputed"


CANCELED = {"canceled": "cancelled"}
"""The other spelling, which clients send, too."""


def in_our_spelling(status: object) -> object:
    return CANCELED.get(status, status) if isinstance(status, str) else status


class ShownStatus(StrEnum):
    """How a booking stands; `refunded` once the whole of what was paid is back, whatever became of it."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DISPUTED = "disputed"
    REFUNDED = "refunded"


TRANSITIONS: Transitions[Status] = {
    Status.PENDING: frozenset({Status.CONFIRMED, Status.CANCELLED}),
    Status.CONFIRMED: frozenset({Status.IN_PROGRESS, Status.CANCELLED}),
    Status.IN_PROGRESS: frozenset({Status.COMPLETED, Status.CANCELLED, Status.DISPUTED}),
    Status.COMPLETED: frozenset({Status.DISPUTED}),
    Status.DISPUTED: frozenset({Status.COMPLETED, Status.CANCELLED}),
    Status.CANCELLED: frozenset(),
}


class MovedBy(StrEnum):
    CUSTOMER = "customer"
    VENDOR = "vendor"
    STAFF = "staff"
    SYSTEM = "system"


class PaymentStatus(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class BookingAct(Act):
    CREATED = "booking.created"
    MOVED = "booking.moved"
    NOTED = "booking.noted"


class BookingNotFound(NotFound):
    """Booking not found"""

    booking_id: str


class BookingExists(Conflict):
    """The external_id names another booking already"""

    external_id: str


class InvalidStatusTransition(Invalid):
    """A booking that is {current_status} can't become {requested_status}"""

    current_status: str
    requested_status: str
    allowed_transitions: list[str]


class CancellationReasonMissing(Invalid):
    """Cancelling a booking needs a cancellation_reason"""


def check_move(current: Status, requested: Status) -> None:
    moves.check(
        TRANSITIONS,
        old=current,
        new=requested,
        refusal=lambda: InvalidStatusTransition(
            current_status=current, requested_status=requested, allowed_transitions=sorted(TRANSITIONS[current])
        ),
    )
