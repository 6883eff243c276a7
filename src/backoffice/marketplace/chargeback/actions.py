"""What becomes of chargebacks as gateways tell them, in whatever order and however often. Runs inside one write."""

from dataclasses import replace

from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.urgency import Priority
from backoffice.kernel.write import Tx
from backoffice.marketplace.chargeback import rules, store
from backoffice.marketplace.chargeback.rules import ChargebackAct, Status
from backoffice.marketplace.chargeback.store import ChargebackRow, Told
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.dispute import actions as disputes
from backoffice.marketplace.dispute import store as dispute_store
from backoffice.marketplace.dispute.rules import Source, Type
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.payment import rules as payment_rules
from backoffice.marketplace.payment import store as payment_store
from backoffice.marketplace.payment.store import PaymentRow
from backoffice.marketplace.refund import actions as refunds


async def chargeback_told(tx: Tx, told: Told) -> ChargebackRow:
    """Open the chargeback, with its dispute and the payment frozen, or end it. A late word of its opening is no news.

    PaymentNotFound, ChargebackDiffers.
    """
    payment = await _hold(tx, told)
    known = await store.find_chargeback(tx, told)
    if known is None:
        known = await _open(tx, told, payment=payment)
    elif (known.payment_id, known.amount_minor) != (payment.id, told.amount_minor):
        raise rules.ChargebackDiffers(fact="amount or payment")
    if told.status in (Status.OPEN, known.status):
        return known
    if known.status is not Status.OPEN:
        raise rules.ChargebackDiffers(fact="end")
    return await _end(tx, known, told)


async def _hold(tx: Tx, told: Told) -> PaymentRow:
    payment_id = await payment_store.find_id(tx, told.gateway, told.gateway_payment_id)
    if payment_id is None:
        raise payment_rules.PaymentNotFound(payment_id=told.gateway_payment_id)
    return await payments.hold(tx, payment_id)


async def _open(tx: Tx, told: Told, *, payment: PaymentRow) -> ChargebackRow:
    """Of somebody who was erased no words are kept."""
    customer = await customers.lock_customer(tx, payment.customer_id)
    if customer.status is customer_rules.Status.DELETED:
        told = replace(told, reason=None)
    chargeback = await store.insert_chargeback(tx, uuid7(), told, payment=payment)
    tx.audit(
        ChargebackAct.OPENED,
        chargeback.id,
        after={"payment_id": payment.id, "amount": told.amount_minor},
        person=customer_rules.person(payment.customer_id),
    )
    dispute = await disputes.open_dispute(
        tx,
        {
            "external_id": None,
            "customer_id": payment.customer_id,
            "booking_id": payment.booking_id,
            "payment_id": payment.id,
            "type": Type.PAYMENT_ISSUE,
            "category": "chargeback",
            "priority": Priority.HIGH,
            "subject": "Chargeback",
            "description": f"The bank of the customer takes this payment back: {told.reason or 'no reason was told'}",
            "amount_disputed": told.amount_minor,
            "refund_requested": False,
            "refund_amount": None,
        },
        source=Source.GATEWAY,
    )
    await store.set_dispute(tx, chargeback.id, dispute.id)
    return replace(chargeback, dispute_id=dispute.id)


async def _end(tx: Tx, chargeback: ChargebackRow, told: Told) -> ChargebackRow:
    """What was lost goes before refunds that have not left yet; what was won frees them."""
    if told.status is Status.LOST:
        for refund in await refunds.give_way(tx, chargeback.payment_id, taken_minor=chargeback.amount_minor):
            await disputes.follow_refund(tx, refund)
    await store.set_ended(tx, chargeback, told)
    if chargeback.dispute_id is not None:
        await dispute_store.insert_event(
            tx, chargeback.dispute_id, f"chargeback_{told.status}", actor="system", amount=chargeback.amount_minor
        )
    tx.send_ahead(customers.recount(tx, chargeback.customer_id))
    tx.audit(
        ChargebackAct.ENDED,
        chargeback.id,
        before={"status": chargeback.status},
        after={"status": told.status, "payment_id": chargeback.payment_id, "amount": chargeback.amount_minor},
        person=customer_rules.person(chargeback.customer_id),
    )
    return replace(chargeback, status=told.status)
