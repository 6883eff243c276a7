"""What the journal is told of a refund before its gateway hears of it: all that makes the same refund again."""

from backoffice.kernel.journal.book import Kind, Line, at_of, line
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.refund.actions import order_of
from backoffice.marketplace.refund.left_store import LeftRow
from backoffice.marketplace.refund.rules import Origin, refund_of, tries_of
from backoffice.marketplace.refund.store import RefundRow

REFUND = "refund"


def told_refund(refund: RefundRow) -> Line:
    return line(
        Kind.MONEY,
        what=REFUND,
        refund=str(refund.id),
        number=refund.number,
        payment=refund.payment_id,
        gateway=refund.gateway,
        gateway_payment=refund.gateway_payment_id,
        key=order_of(refund).key,
        amount_minor=refund.amount_minor,
        requested_minor=refund.requested_minor,
        currency=refund.currency,
        origin=refund.origin,
        external=refund.external_id,
        dispute=refund.dispute_id,
    )


def left_of(told: Line) -> LeftRow:
    """The refund that a line tells of. Lines of before told less."""
    refund_id = refund_of(told["key"])
    assert refund_id is not None, "the key is ours"
    return LeftRow(
        refund_id=refund_id,
        payment_id=told["payment"],
        gateway=Gateway(told["gateway"]),
        gateway_payment_id=told.get("gateway_payment"),
        tries=tries_of(told["key"]),
        amount_minor=told["amount_minor"],
        requested_minor=max(told.get("requested_minor", 0), told["amount_minor"]),
        left_at=at_of(told),
        number=told.get("number"),
        origin=Origin(told.get("origin", Origin.PAYMENT)),
        external_id=told.get("external"),
        dispute_id=told.get("dispute"),
    )
