"""The refund core: asked for, decided, handed to the gateway, settled. Each runs inside one write.

Whoever acts holds the customer, then the payment, then the refund. The database repeats what must never fail: a
payment's refunds that wait, are on their way or are done come to no more than was captured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from backoffice.kernel.approval import Proposal, Standing, agree, withdraw
from backoffice.kernel.audit.entry import personal
from backoffice.kernel.database import together
from backoffice.kernel.gateways.payments import Refunded, RefundOrder, RefundOutcome, Refused, Underway
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.urgency import Priority
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.payment.rules import Method
from backoffice.marketplace.payment.store import PaymentRow
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.refund import left_store, rules, store
from backoffice.marketplace.refund.rules import Origin, RefundAct, RequestedBy, Status
from backoffice.marketplace.refund.store import Decision, NewRefund, RefundRow
from backoffice.marketplace.wallet.rules import Cause
from backoffice.marketplace.wallet.store import NewEntry, insert_entry

CHARGED_BACK = Refused("charged_back", "The customer's bank took this money back")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Money to be given back, and why. None of an amount is all that is left of the payment."""

    payment_id: str
    amount_minor: int | None
    origin: Origin
    reason: str
    requested_by: RequestedBy
    description: str | None = None
    dispute_id: int | None = None
    priority: Priority = Priority.MEDIUM
    external_id: str | None = None
    evidence: Sequence[Mapping[str, str]] = ()


async def request_refund(tx: Tx, wanted: Wanted) -> RefundRow:
    """A refund that waits for a decision; what it asks for is reserved. Sent again by the platform it is the same one.

    PaymentNotFound, PaymentFrozen, NothingCaptured, RefundExceedsBalance, RefundExists, LeftBeforeRestore,
    RestoreNotSettled, GatewayGaveMore.
    """
    payment = await payments.hold(tx, wanted.payment_id)
    if wanted.external_id is not None and (known := await store.find_id(tx, wanted.external_id)) is not None:
        return await _known(tx, known, wanted, payment_id=payment.id)
    amount = wanted.amount_minor or max(payment.left_minor, 1)
    await _check_amount(tx, amount, payment, left=payment.left_minor)
    facts = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    new = NewRefund(**{**facts, "id": uuid7(), "payment_id": payment.id, "amount_minor": amount})
    if await store.insert_refund(tx, new) is None:
        raise rules.RefundExists(external_id=wanted.external_id or "")
    refund = await store.lock_refund(tx, new.id)
    tx.audit(
        RefundAct.REQUESTED,
        refund.id,
        after={"payment_id": payment.id, "amount": refund.amount_minor, "origin": refund.origin},
        person=customer_rules.person(refund.customer_id),
    )
    return refund


async def _check_amount(tx: Tx, amount: int, payment: PaymentRow, *, left: int, but: UUID | None = None) -> None:
    """No more than is left of a payment; the refusal names what holds the rest, `but` the refund that is asked about.

    LeftBeforeRestore, RestoreNotSettled, GatewayGaveMore, PaymentFrozen, NothingCaptured, RefundExceedsBalance.
    """
    lost = left_store.list_lost_of(
        tx, payment.id, gateway=payment.gateway, gateway_payment_id=payment.gateway_payment_id
    )
    is_unsettled, lost_ids, beyond = await together(
        left_store.is_unsettled(tx), lost, left_store.list_given_beyond(tx, payment.id)
    )
    rules.check_known(payment.id, is_unsettled=is_unsettled, lost=lost_ids, beyond=beyond)
    rules.check_refundable(payment.id, captured=payment.captured_minor, is_frozen=payment.frozen_at is not None)
    if amount > left:
        raise rules.RefundExceedsBalance(left_cents=left, held_by=await store.list_holding(tx, payment.id, but=but))


async def _known(tx: Tx, refund_id: UUID, wanted: Wanted, *, payment_id: str) -> RefundRow:
    """The refund that has this name already, if it is the same one."""
    known = await store.lock_refund(tx, refund_id)
    if known.payment_id != payment_id or wanted.amount_minor not in (None, known.requested_minor):
        raise rules.RefundExists(external_id=wanted.external_id or "")
    return known


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
    """Decide that money is given back; the gateway is asked once this write has committed, a wallet gets it with it.

    Above the threshold it waits until two different people have approved the same amount: the standing tells how far
    that got. AlreadyResolved, RefundExceedsRequest, AgreedAlready, and what asking for it refuses.
    """
    rules.check_move(refund.status, Status.APPROVED)
    amount = refund.amount_minor if decision.amount_minor is None else decision.amount_minor
    if amount > refund.requested_minor:
        raise rules.RefundExceedsRequest(requested_cents=refund.requested_minor)
    standing = None
    if rules.needs_two(await _given_back_with(tx, refund, amount), refund.currency, thresholds=thresholds):
        payload = {"payment_id": refund.payment_id, "amount_minor": amount, "currency": refund.currency}
        standing = await agree(
            tx, Proposal(RefundAct.APPROVED, str(refund.id), payload, permission=Market.REFUNDS_APPROVE)
        )
        if not standing.is_reached:
            return refund, standing
    else:
        await withdraw(tx, RefundAct.APPROVED, str(refund.id))
    await store.set_decided(tx, refund, to=Status.APPROVED, decision=decision)
    _audit_decision(tx, refund, to=Status.APPROVED, amount=amount, reason=decision.reason)
    approved = await store.lock_refund(tx, refund.id)
    if refund.method is Method.WALLET:
        return await _give_back_to_wallet(tx, approved), standing
    tx.defer(rules.SEND, lock=f"refund:{refund.id}", refund_id=str(refund.id))
    return approved, standing


async def _given_back_with(tx: Tx, refund: RefundRow, amount: int) -> int:
    """All that goes back of its booking, this amount included, if that much is left of its payment."""
    payment = await payments.hold(tx, refund.payment_id)
    others = payment.reserved_minor - (refund.amount_minor if refund.status is Status.PENDING else 0)
    left = payment.captured_minor - payment.refunded_minor - payment.charged_back_minor - others
    await _check_amount(tx, amount, payment, left=left, but=refund.id)
    return payment.refunded_minor + others + amount + await store.sum_beside(tx, payment)


async def _give_back_to_wallet(tx: Tx, refund: RefundRow) -> RefundRow:
    """What was paid from the wallet goes back there in the same write: no gateway has a part in it."""
    entry_id = await insert_entry(
        tx, NewEntry(refund.customer_id, refund.amount_minor, cause=Cause.REFUND, about=f"refund:{refund.id}")
    )
    await _settle(tx, refund, Refunded(f"wallet_{entry_id}"))
    return await store.lock_refund(tx, refund.id)


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
        after={"status": to, "amount": amount} | ({"reason": personal(reason)} if reason else {}),
        person=customer_rules.person(refund.customer_id),
    )


def order_of(refund: RefundRow, *, tries: int | None = None) -> RefundOrder:
    """The refund as its gateway takes it, under the key under which money moves once; the latest, or an earlier one."""
    return RefundOrder(
        key=rules.key_of(refund.id, tries or refund.tries),
        gateway=refund.gateway,
        payment=refund.gateway_payment_id or refund.payment_id,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        captured_minor=refund.captured_minor,
    )


async def settle(tx: Tx, refund_id: UUID, outcome: RefundOutcome, *, key: str | None = None) -> RefundRow:
    """Note what the gateway made of it. What is known already changes nothing; done is never undone.

    `key` says of which try this is told, None of the latest: of an earlier one it is no news. RefundNotFound.
    """
    refund = await hold(tx, refund_id)
    if isinstance(outcome, Underway) or key not in (None, rules.key_of(refund.id, refund.tries)):
        return refund
    to = Status.PROCESSED if isinstance(outcome, Refunded) else Status.FAILED
    if to not in rules.TRANSITIONS[refund.status] or not await _has_room(tx, refund, to):
        return refund
    await _settle(tx, refund, outcome)
    return await store.lock_refund(tx, refund.id)


async def _has_room(tx: Tx, refund: RefundRow, to: Status) -> bool:
    """Whether a failed refund that was done after all still fits: others may have taken its balance since.

    One that doesn't stays as it is, and is found where the books are compared.
    """
    if refund.status is not Status.FAILED or to is not Status.PROCESSED:
        return True
    payment = await payments.hold(tx, refund.payment_id)
    return refund.amount_minor <= payment.captured_minor - payment.refunded_minor - payment.reserved_minor


async def give_way(
    tx: Tx, payment_id: str, *, taken_minor: int, because: Refused = CHARGED_BACK, but: UUID | None = None
) -> list[RefundRow]:
    """So much of a payment is gone: refunds that have not left and no longer fit end, the youngest first.

    One that left for the gateway goes its way, and so does `but`, for which they make room. Returns those that ended.
    """
    payment = await payments.hold(tx, payment_id)
    over = payment.refunded_minor + payment.reserved_minor + taken_minor - payment.captured_minor
    ended = []
    for refund_id in await store.list_unsent(tx, payment_id):
        if over <= 0:
            break
        if refund_id == but:
            continue
        refund = await store.lock_refund(tx, refund_id)
        if refund.status is Status.PENDING:
            ended.append(await reject(tx, refund, Decision(reason=because.reason)))
        else:
            await _settle(tx, refund, because)
            ended.append(await store.lock_refund(tx, refund_id))
        over -= refund.amount_minor
    return ended


async def _settle(tx: Tx, refund: RefundRow, outcome: RefundOutcome) -> None:
    to = Status.PROCESSED if isinstance(outcome, Refunded) else Status.FAILED
    await store.set_outcome(tx, refund, outcome)
    tx.send_ahead(customers.recount(tx, refund.customer_id))
    tx.audit(
        RefundAct.PROCESSED if to is Status.PROCESSED else RefundAct.FAILED,
        refund.id,
        before={"status": refund.status},
        after={"status": to, "amount": refund.amount_minor},
        person=customer_rules.person(refund.customer_id),
    )
