"""Taking refunds into the books that left before a restore, so that they are given back once and count for ever.

    unknown here, waits or failed  --> approved and sent, under its own id and key: its gateway says what came of it
    no payment here, or no room    --> lost: the payment gives nothing back, until it fits or somebody settles it

What had not left and stands in its way ends: when it left, that was not there any more.
"""

from dataclasses import dataclass
from uuid import UUID

from backoffice.kernel.approval import withdraw
from backoffice.kernel.database import together
from backoffice.kernel.gateways.payments import Refused
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.payment import store as payment_store
from backoffice.marketplace.payment.store import PaymentRow
from backoffice.marketplace.refund import actions, left_store, rules, store
from backoffice.marketplace.refund.left_store import LeftRow
from backoffice.marketplace.refund.rules import RefundAct, RefundNotFound, Status
from backoffice.marketplace.refund.store import RefundRow

MAKES_ROOM = Refused("left_before_restore", "Another refund of this payment left before the database was restored")
OPEN = (Status.PENDING, Status.APPROVED)


@dataclass(frozen=True, slots=True)
class Taken:
    """`is_news` says that the books did not have it as sent; `refund` is None where it is lost, or was and is settled.

    `was` is None where it is new here; `ended` made room for it.
    """

    is_news: bool
    refund: RefundRow | None
    was: Status | None
    ended: tuple[RefundRow, ...] = ()


async def take_in(tx: Tx, left: LeftRow) -> Taken:
    """Make it what it was, or note it as lost. Done again it changes nothing, nor what somebody settled by hand."""
    payment = await _hold_payment(tx, left)
    if await left_store.is_settled(tx, left):
        tx.record("lost refund settled already", left.refund_id)
        return Taken(is_news=False, refund=None, was=None)
    if payment is None or payment.gateway is not left.gateway:
        return await _lose(tx, left)
    known = await _find(tx, left.refund_id)
    if known is not None and _is_known(known, left):
        await left_store.set_sent_before(tx, left)
        tx.record("refund known as sent", left.refund_id)
        return Taken(is_news=False, refund=known, was=known.status)
    if known is not None and known.status in (Status.REJECTED, Status.PROCESSED):
        return await _lose(tx, left)
    more = left.amount_minor - (known.amount_minor if known is not None and known.status in OPEN else 0)
    if more > payment.left_minor + await left_store.sum_unsent(tx, payment.id, but=left.refund_id):
        return await _lose(tx, left)
    ended = await actions.give_way(
        tx,
        payment.id,
        taken_minor=more + payment.charged_back_minor,
        because=MAKES_ROOM,
        but=left.refund_id,
    )
    refund = await _note(tx, left, known, payment=payment)
    await left_store.set_lost_settled(tx, left.refund_id, rules.BACK_IN_BOOKS)
    return Taken(is_news=True, refund=refund, was=known.status if known else None, ended=tuple(ended))


async def _hold_payment(tx: Tx, left: LeftRow) -> PaymentRow | None:
    """By our id; told anew after the restore it has another one, and that of its gateway as before."""
    by_gateway = left.gateway_payment_id and await payment_store.find_id(tx, left.gateway, left.gateway_payment_id)
    for payment_id in (left.payment_id, by_gateway):
        if payment_id and await payment_store.find_customer_id(tx, payment_id) is not None:
            return await payments.hold(tx, payment_id)
    return None


async def _find(tx: Tx, refund_id: UUID) -> RefundRow | None:
    try:
        return await store.lock_refund(tx, refund_id)
    except RefundNotFound:
        return None


def _is_known(known: RefundRow, left: LeftRow) -> bool:
    """Whether the books have this try, on its way or with its end, or a later one.

    Approved here once more with another amount, it is not what left.
    """
    if known.tries != left.tries:
        return known.tries > left.tries
    if known.status is Status.APPROVED:
        return known.amount_minor == left.amount_minor
    return known.status in (Status.PROCESSED, Status.FAILED)


async def _note(tx: Tx, left: LeftRow, known: RefundRow | None, *, payment: PaymentRow) -> RefundRow:
    if known is None:
        await left_store.insert_left(tx, left, payment_id=payment.id)
    person = customer_rules.person(payment.customer_id)
    if known is None:
        after = {"payment_id": payment.id, "amount": left.amount_minor, "origin": left.origin}
        tx.audit(RefundAct.REQUESTED, left.refund_id, after=after, reason=rules.LEFT, person=person)
    await withdraw(tx, RefundAct.APPROVED, str(left.refund_id))
    await left_store.set_left(tx, left)
    tx.audit(
        RefundAct.APPROVED,
        left.refund_id,
        before={"status": known.status, "amount": known.amount_minor} if known else None,
        after={"status": Status.APPROVED, "amount": left.amount_minor, "left_at": left.left_at.isoformat()},
        reason=rules.LEFT,
        person=person,
    )
    return await store.lock_refund(tx, left.refund_id)


async def _lose(tx: Tx, left: LeftRow) -> Taken:
    await left_store.insert_lost(tx, left)
    tx.record("lost refund", left.refund_id)
    return Taken(is_news=True, refund=None, was=None)


async def is_lost_beside(tx: Tx, refund: RefundRow) -> bool:
    """Whether another refund of the same payment left before a restore and can't be in the books."""
    lost = await left_store.list_lost_of(
        tx, refund.payment_id, gateway=refund.gateway, gateway_payment_id=refund.gateway_payment_id
    )
    return any(one != str(refund.id) for one in lost)


async def check_taken_in(tx: Tx, payment: PaymentRow) -> None:
    """Whether all that left of a payment before a restore is in the books. LeftBeforeRestore, RestoreNotSettled."""
    is_unsettled, lost = await together(
        left_store.is_unsettled(tx),
        left_store.list_lost_of(tx, payment.id, gateway=payment.gateway, gateway_payment_id=payment.gateway_payment_id),
    )
    rules.check_known(payment.id, is_unsettled=is_unsettled, lost=lost, beyond=[])


async def settle_lost(tx: Tx, refund_id: UUID, *, because: str) -> None:
    """Somebody found out what came of the money: the payment may give back again. NothingLost."""
    if not await left_store.set_lost_settled(tx, refund_id, because):
        raise rules.NothingLost(refund_id=str(refund_id))
    tx.audit(RefundAct.LOST_SETTLED, refund_id, reason=because)
