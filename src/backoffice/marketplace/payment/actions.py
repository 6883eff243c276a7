"""Recording payments as the platform and its gateways tell them. Each runs inside one write and holds the customer."""

from dataclasses import dataclass
from datetime import datetime

from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking import actions as bookings
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.payment import rules, store
from backoffice.marketplace.payment.rules import Gateway, Method, PaymentAct, Status
from backoffice.marketplace.payment.store import Outcome, PaymentRow


@dataclass(frozen=True, slots=True)
class Told:
    """A payment as somebody outside says it stands. One of the past was also made in it, at `created_at`."""

    external_id: str
    booking_id: str
    amount_minor: int
    method: Method
    gateway: Gateway
    gateway_payment_id: str
    status: Status
    failure_reason: str | None = None
    completed_at: datetime | None = None
    created_at: datetime | None = None


async def record_payment(tx: Tx, told: Told) -> PaymentRow:
    """A payment for a booking, at the state it is told in. Told again, it changes nothing or moves there.

    BookingNotFound, PaymentExists, PaymentSettled.
    """
    booking = await bookings.hold(tx, told.booking_id)
    payment_id = await store.insert_payment(
        tx,
        {
            "id": new_id("pay"),
            "external_id": told.external_id,
            "booking_id": booking.id,
            "customer_id": booking.customer_id,
            "amount_minor": told.amount_minor,
            "method": told.method,
            "gateway": told.gateway,
            "gateway_payment_id": told.gateway_payment_id,
            "created_at": told.created_at,
        },
    )
    payment = (
        await _known(tx, told, booking_id=booking.id)
        if payment_id is None
        else await store.lock_payment(tx, payment_id)
    )
    at = told.completed_at or (None if payment_id is None else told.created_at)
    moved = await move(tx, payment, Outcome(told.status, reason=told.failure_reason, at=at))
    if payment_id is not None and moved is payment:
        tx.audit(
            PaymentAct.RECORDED,
            payment.id,
            after={"status": payment.status, "amount": payment.amount_minor},
            person=customer_rules.person(payment.customer_id),
        )
    return moved


async def _known(tx: Tx, told: Told, *, booking_id: str) -> PaymentRow:
    """The payment that has this name already, if it is the same one."""
    refusal = rules.PaymentExists(external_id=told.external_id)
    if await store.find_customer_id(tx, told.external_id) is None:
        raise refusal
    known = await store.lock_payment(tx, told.external_id)
    same = (booking_id, told.amount_minor, told.gateway, told.gateway_payment_id)
    if (known.booking_id, known.amount_minor, known.gateway, known.gateway_payment_id) != same:
        raise refusal
    return known


async def capture_told(
    tx: Tx, gateway: Gateway, gateway_payment_id: str, *, amount_minor: int, at: datetime | None = None
) -> PaymentRow:
    """The gateway says that it took money, all of a payment or a part of it. Told again, it changes nothing.

    Money for a booking that is off or was paid already is recorded as it is, and shown as to be returned.
    PaymentNotFound, CaptureDiffers where it took more than the payment is.
    """
    payment = await _hold_by_gateway(tx, gateway, gateway_payment_id)
    if amount_minor > payment.amount_minor:
        raise rules.CaptureDiffers(told_cents=amount_minor, amount_cents=payment.amount_minor)
    return await move(tx, payment, Outcome(Status.SUCCESS, at=at, captured_minor=amount_minor))


async def failure_told(
    tx: Tx, gateway: Gateway, gateway_payment_id: str, *, reason: str | None, at: datetime | None = None
) -> PaymentRow:
    """The gateway says that a payment failed. Of one that was captured this is a late word of an earlier try.

    PaymentNotFound.
    """
    payment = await _hold_by_gateway(tx, gateway, gateway_payment_id)
    if payment.captured_minor > 0:
        return payment
    return await move(tx, payment, Outcome(Status.FAILED, reason=reason, at=at))


async def _hold_by_gateway(tx: Tx, gateway: Gateway, gateway_payment_id: str) -> PaymentRow:
    payment_id = await store.find_id(tx, gateway, gateway_payment_id)
    if payment_id is None:
        raise rules.PaymentNotFound(payment_id=gateway_payment_id)
    return await hold(tx, payment_id)


async def move(tx: Tx, payment: PaymentRow, outcome: Outcome) -> PaymentRow:
    """Captured or failed, as told. What is captured is never taken back by a late word of failure or of waiting."""
    to = outcome.status
    if to in (payment.status, Status.PENDING) or (to is Status.SUCCESS and payment.captured_minor > 0):
        return payment
    rules.check_move(payment.status, to)
    moved = await store.set_outcome(tx, payment, outcome)
    tx.send_ahead(customers.recount(tx, payment.customer_id))
    tx.audit(
        PaymentAct.RECORDED,
        payment.id,
        before={"status": payment.status},
        after={"status": to, "amount": moved.captured_minor or moved.amount_minor},
        person=customer_rules.person(payment.customer_id),
    )
    return moved


async def hold(tx: Tx, payment_id: str) -> PaymentRow:
    """The payment and before it its customer, held until this write ends. PaymentNotFound."""
    customer_id = await store.find_customer_id(tx, payment_id)
    if customer_id is None:
        raise rules.PaymentNotFound(payment_id=payment_id)
    await customers.lock_customer(tx, customer_id)
    return await store.lock_payment(tx, payment_id)
