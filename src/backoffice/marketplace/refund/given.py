"""What a gateway gave back otherwise than our books say: once somebody looked into it, the books follow what left."""

from typing import Any
from uuid import UUID

from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.payment.store import PaymentRow
from backoffice.marketplace.refund import left_store, rules, store
from backoffice.marketplace.refund.rules import RefundAct, Status
from backoffice.marketplace.refund.store import RefundRow

Json = dict[str, Any]
TAKES = (Status.PENDING, Status.APPROVED, Status.PROCESSED)
"""A refund that is one of these takes its amount of the payment."""


async def count_given(tx: Tx, refund: RefundRow, *, reference: str, amount_minor: int) -> None:
    """Note a refund as done with the amount that the gateway gave, never more than the payment brought.

    Other refunds that hold what it takes have to end first: RefundExceedsBalance names them. The refund is held.
    """
    payment = await payments.hold(tx, refund.payment_id)
    own = refund.amount_minor if refund.status in TAKES else 0
    counted = await _countable(tx, payment, amount_minor, own=own, but=refund.id)
    if counted == 0:
        return
    await left_store.set_given(tx, refund, reference=reference, amount_minor=counted)
    before = {"status": refund.status, "amount": refund.amount_minor}
    _audit(tx, refund.id, payment, before=before, after={"amount": counted, "gateway_amount": amount_minor})


async def count_unknown(tx: Tx, payment: PaymentRow, *, reference: str, amount_minor: int) -> UUID | None:
    """A refund for what somebody gave back at the gateway itself, done as it is; None where nothing of it can count.

    The same bounds. The payment is held.
    """
    counted = await _countable(tx, payment, amount_minor)
    if counted == 0:
        return None
    refund_id = uuid7()
    await left_store.insert_given(tx, refund_id, payment_id=payment.id, reference=reference, amount_minor=counted)
    _audit(tx, refund_id, payment, before=None, after={"amount": counted, "gateway_amount": amount_minor})
    return refund_id


async def _countable(tx: Tx, payment: PaymentRow, amount_minor: int, *, own: int = 0, but: UUID | None = None) -> int:
    """How much of it the books can take. RefundExceedsBalance."""
    room = payment.captured_minor - payment.refunded_minor - payment.reserved_minor + own
    if amount_minor > room and (others := await store.list_holding(tx, payment.id, but=but)):
        raise rules.RefundExceedsBalance(left_cents=room, held_by=others)
    return min(amount_minor, room)


def _audit(tx: Tx, refund_id: UUID, payment: PaymentRow, *, before: Json | None, after: Json) -> None:
    tx.send_ahead(customers.recount(tx, payment.customer_id))
    tx.audit(
        RefundAct.PROCESSED,
        refund_id,
        before=before,
        after={"status": Status.PROCESSED, "payment_id": payment.id, **after},
        person=customer_rules.person(payment.customer_id),
    )
