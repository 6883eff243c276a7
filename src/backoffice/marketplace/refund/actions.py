"""The refund core: asked for, decided, handed to the gateway, settled. Each runs inside one write.

Whoever acts holds the customer, then the payment, then the refund. The database repeats what must never fail: a
payment's refunds that wait, are on their way or are done come to no more than was captured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from backoffice.kernel.approval import Proposal, Standing, agree, withdraw
from backoffice.kernel.gateways.payments import Refunded, RefundOrder, RefundOutcome
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.refund import rules, store
from backoffice.marketplace.refund.rules import Origin, RefundAct, RequestedBy, Status
from backoffice.marketplace.refund.store import Decision, NewRefund, RefundRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """Money to be given back, and why."""

    payment_id: str
    amount_minor: int
    origin: Origin
    reason: str
    requested_by: RequestedBy
    description: str | None = None
    dispute_id: int | None = None


async def request_refund(tx: Tx, wanted: Wanted) -> RefundRow:
    """A refund that waits for a decision; what it asks for is reserved.

    PaymentNotFound, PaymentFrozen, NothingCaptured, RefundExceedsBalance.
    """
    payment = await payments.hold(tx, wanted.payment_id)
    rules.check_amount(
        wanted.amount_minor,
        payment_id=payment.id,
        captured=payment.captured_minor,
        left=payment.left_minor,
        is_frozen=payment.frozen_at is not None,
    )
    new = NewRefund(
        id=uuid7(),
        payment_id=payment.id,
        amount_minor=wanted.amount_minor,
        origin=wanted.origin,
        reason=wanted.reason,
        requested_by=wanted.requested_by,
        description=wanted.description,
        dispute_id=wanted.dispute_id,
    )
    await store.insert_refund(tx, new)
    refund = await store.lock_refund(tx, new.id)
    tx.audit(
        RefundAct.REQUESTED,
        refund.id,
        after={"payment_id": payment.id, "amount": refund.amount_minor, "origin": refund.origin},
        person=customer_rules.person(refund.customer_id),
    )
    return refund


async def hold(tx: Tx, refund_id: UUID) -> RefundRow:
    """The refund, and before it its customer and payment, held until this write ends. RefundNotFound."""
    payment_id = await store.find_payment_id(tx, refund_id)
    if payment_id is None:
        raise rules.RefundNotFound(refund_id=str(refund_id))
    await payments.hold(tx, payment_id)
    return await store.lock_refund(tx, refund_id)


async def approve(
    tx: Tx, refund: RefundRow, decision: Decision, *, thresholds: Mapping[str, int]
) -> tuple[RefundRow, Standing | None]:
    """Decide that money is given back; the gateway is asked once this write has committed.

    Above the threshold it waits until two different people have approved the same amount: the standing tells how far
    that got. AlreadyResolved, RefundExceedsRequest, RefundExceedsBalance, PaymentFrozen, AgreedAlready.
    """
    rules.check_move(refund.status, Status.APPROVED)
    amount = refund.amount_minor if decision.amount_minor is None else decision.amount_minor
    if amount > refund.requested_minor:
        raise rules.RefundExceedsRequest(requested_cents=refund.requested_minor)
    payment = await payments.hold(tx, refund.payment_id)
    others = payment.reserved_minor - (refund.amount_minor if refund.status is Status.PENDING else 0)
    left = payment.captured_minor - payment.refunded_minor - payment.charged_back_minor - others
    is_frozen = payment.frozen_at is not None
    rules.check_amount(amount, payment_id=payment.id, captured=payment.captured_minor, left=left, is_frozen=is_frozen)
    standing = None
    if rules.needs_two(payment.refunded_minor + others + amount, refund.currency, thresholds=thresholds):
        payload = {"payment_id": payment.id, "amount_minor": amount, "currency": refund.currency}
        standing = await agree(tx, Proposal(RefundAct.APPROVED, str(refund.id), payload))
        if not standing.is_reached:
            return refund, standing
    await store.set_decided(tx, refund, to=Status.APPROVED, decision=decision)
    _audit_decision(tx, refund, to=Status.APPROVED, amount=amount, reason=decision.reason)
    tx.defer(rules.SEND, lock=f"refund:{refund.id}", refund_id=str(refund.id))
    return await store.lock_refund(tx, refund.id), standing


async def reject(tx: Tx, refund: RefundRow, decision: Decision) -> RefundRow:
    """Decide that nothing is given back; what was reserved is free again. AlreadyResolved."""
    rules.check_move(refund.status, Status.REJECTED)
    await withdraw(tx, RefundAct.APPROVED, str(refund.id))
    await store.set_decided(tx, refund, to=Status.REJECTED, decision=decision)
    _audit_decision(tx, refund, to=Status.REJECTED, amount=refund.amount_minor, reason=decision.reason)
    return await store.lock_refund(tx, refund.id)


def _audit_decision(tx: Tx, refund: RefundRow, *, to: Status, amount: int, reason: str | None) -> None:
    tx.audit(
        RefundAct.APPROVED if to is Status.APPROVED else RefundAct.REJECTED,
        refund.id,
        before={"status": refund.status, "amount": refund.amount_minor},
        after={"status": to, "amount": amount},
        reason=reason,
        person=customer_rules.person(refund.customer_id),
    )


def order_of(refund: RefundRow) -> RefundOrder:
    """The refund as its gateway takes it: our id is the key under which money moves once."""
    return RefundOrder(
        key=str(refund.id),
        payment=refund.gateway_payment_id or refund.payment_id,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
    )


async def settle(tx: Tx, refund_id: UUID, outcome: RefundOutcome) -> None:
    """Note what the gateway made of it. What is known already changes nothing; done is never undone."""
    refund = await hold(tx, refund_id)
    to = Status.PROCESSED if isinstance(outcome, Refunded) else Status.FAILED
    if to not in rules.TRANSITIONS[refund.status]:
        return
    await store.set_outcome(tx, refund, outcome)
    tx.send_ahead(customers.recount(tx, refund.customer_id))
    tx.audit(
        RefundAct.PROCESSED if to is Status.PROCESSED else RefundAct.FAILED,
        refund.id,
        before={"status": refund.status},
        after={"status": to, "amount": refund.amount_minor},
        person=customer_rules.person(refund.customer_id),
    )
