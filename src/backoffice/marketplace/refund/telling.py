"""What the journal is told of a refund before its gateway hears of it."""

from backoffice.kernel.journal.book import Kind, Line, line
from backoffice.marketplace.refund.actions import order_of
from backoffice.marketplace.refund.store import RefundRow

REFUND = "refund"


def told_refund(refund: RefundRow) -> Line:
    return line(
        Kind.MONEY,
        what=REFUND,
        refund=str(refund.id),
        payment=refund.payment_id,
        gateway=refund.gateway,
        key=order_of(refund).key,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
    )
