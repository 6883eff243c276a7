"""What a payment may become. Pure: no SQL, no clock, no HTTP.

pending --> failed --> success --> partially_refunded <--> refunded
   |____________________^  |____________________________________^

It is less than refunded again where a gateway turns out to have given less than our books say.
"""

from enum import StrEnum

from backoffice.kernel import moves
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.moves import Transitions


class Status(StrEnum):
    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


TRANSITIONS: Transitions[Status] = {
    Status.PENDING: frozenset({Status.SUCCESS, Status.FAILED}),
    Status.FAILED: frozenset({Status.SUCCESS}),
    Status.SUCCESS: frozenset({Status.PARTIALLY_REFUNDED, Status.REFUNDED}),
    Status.PARTIALLY_REFUNDED: frozenset({Status.REFUNDED}),
    Status.REFUNDED: frozenset({Status.PARTIALLY_REFUNDED}),
}


class Method(StrEnum):
    CARD = "card"
    UPI = "upi"
    WALLET = "wallet"
    NETBANKING = "netbanking"


class Gateway(StrEnum):
    SANDBOX = "sandbox"
    RAZORPAY = "razorpay"
    STRIPE = "stripe"


class CapturedLate(StrEnum):
    """Why money should not have come. It is shown as to be returned; nothing goes back by itself."""

    BOOKING_CANCELLED = "booking_cancelled"
    PAID_ALREADY = "paid_already"


class PaymentAct(Act):
    RECORDED = "payment.recorded"


class PaymentNotFound(NotFound):
    """Payment not found"""

    payment_id: str


class PaymentExists(Conflict):
    """The external_id or the gateway's id names another payment already"""

    external_id: str


class PaymentSettled(Conflict):
    """A payment that is {current_status} can't become {requested_status}"""

    current_status: str
    requested_status: str


class CaptureDiffers(Conflict):
    """The gateway captured {told_cents} paise, but this payment is of {amount_cents}"""

    told_cents: int
    amount_cents: int


def check_move(current: Status, requested: Status) -> None:
    moves.check(
        TRANSITIONS,
        old=current,
        new=requested,
        refusal=lambda: PaymentSettled(current_status=current, requested_status=requested),
    )
