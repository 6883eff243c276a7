"""A refund of which its gateway gave another amount than was approved: the books follow what left."""

from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.refund import left_store, rules, store
from backoffice.marketplace.refund.rules import RefundAct, Status
from backoffice.marketplace.refund.store import RefundRow

TAKES = (Status.PENDING, Status.APPROVED, Status.PROCESSED)
"""A refund that is one of these takes its amount of the payment."""


async def count_given(tx: Tx, refund: RefundRow, *, reference: str, amount_minor: int) -> RefundRow:
    """Note it as done with what the gateway gave, never more than the payment brought.

    Other refunds that hold what it takes have to end first: RefundExceedsBalance names them. The refund is held.
    """
    payment = await payments.hold(tx, refund.payment_id)
    own = refund.amount_minor if refund.status in TAKES else 0
    room = payment.captured_minor - payment.refunded_minor - payment.reserved_minor + own
    if amount_minor > room and (others := await store.list_holding(tx, payment.id, but=refund.id)):
        raise rules.RefundExceedsBalance(left_cents=room, held_by=others)
    counted = min(amount_minor, room)
    if counted == 0:
        return refund
    await left_store.set_given(tx, refund, reference=reference, amount_minor=counted)
    tx.send_ahead(customers.recount(tx, refund.customer_id))
    tx.audit(
        RefundAct.PROCESSED,
        refund.id,
        before={"status": refund.status, "amount": refund.amount_minor},
        after={"status": Status.PROCESSED, "amount": counted, "gateway_amount": amount_minor},
        person=customer_rules.person(refund.customer_id),
    )
    return await store.lock_refund(tx, refund.id)
