"""What a gateway gave back otherwise than our books say: once somebody looked into it, the books follow what left."""

from typing import Any
from uuid import UUID

from backoffice.kernel.gateways.payments import Refused
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.payment.store import PaymentRow
from backoffice.marketplace.refund import actions, left_store, rules, store
from backoffice.marketplace.refund.rules import RefundAct, Status
from backoffice.marketplace.refund.store import RefundRow

GIVEN_ALREADY = Refused("given_already", "Its gateway gave this money back already, otherwise than our books said")
Json = dict[str, Any]
TAKES = (Status.PENDING, Status.APPROVED, Status.PROCESSED)
"""A refund that is one of these takes its amount of the payment."""


async def count_given(tx: Tx, refund: RefundRow, *, reference: str, amount_minor: int) -> None:
    """Note a refund as done with the amount that the gateway gave, never more than the payment brought.

    Other refunds that hold what it takes end, or have to: RefundExceedsBalance names those. The refund is held.
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
    """How much of it the books can take: what was approved and waits for that ends, the youngest first.

    RefundExceedsBalance where refunds that wait for a decision, or are on their way, hold what it takes.
    """
    room = payment.captured_minor - payment.refunded_minor - payment.reserved_minor + own
    for refund_id in await store.list_unsent(tx, payment.id):
        if room >= amount_minor:
            break
        refund = await store.lock_refund(tx, refund_id)
        if refund.status is Status.APPROVED and refund_id != but:
            await actions.settle(tx, refund_id, GIVEN_ALREADY)
            room += refund.amount_minor
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
