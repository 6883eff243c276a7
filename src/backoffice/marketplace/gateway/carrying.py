"""Carrying out what a gateway tells, in whatever order it comes. Each runs inside one write.

Nothing is done that does not fit what we have: another amount, payment or currency is kept for people to look at.
"""

from dataclasses import dataclass
from uuid import UUID

from backoffice.kernel.gateways.news import ChargebackNews, News, PaymentNews
from backoffice.kernel.gateways.payments import OtherAmount, Refunded, RefundNews, Refused
from backoffice.kernel.write import Tx
from backoffice.marketplace.chargeback import actions as chargebacks
from backoffice.marketplace.chargeback.rules import Status as ChargebackStatus
from backoffice.marketplace.chargeback.store import Told
from backoffice.marketplace.gateway import rules, store
from backoffice.marketplace.gateway.rules import NewsDiffers, NewsTooEarly
from backoffice.marketplace.gateway.store import PaidRow
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.reconciling import actions as reconciling
from backoffice.marketplace.reconciling.unknown import note_refused, note_unknown
from backoffice.marketplace.refund import actions as refunds
from backoffice.marketplace.refund import left_store
from backoffice.marketplace.refund import rules as refund_rules
from backoffice.marketplace.refund.rules import Status
from backoffice.marketplace.refund.store import RefundRow

STAGES = {"opened": ChargebackStatus.OPEN, "won": ChargebackStatus.WON, "lost": ChargebackStatus.LOST}


@dataclass(frozen=True, slots=True)
class Carried:
    """Our id of what it was `about`; a `problem` where it could only be noted, and people must look at it."""

    about: str
    problem: str | None = None


async def carry_out(tx: Tx, gateway: Gateway, news: News) -> Carried:
    """What became of it. NewsTooEarly, NewsDiffers, and what the acts themselves refuse."""
    match news:
        case PaymentNews():
            return Carried(await _carry_payment(tx, gateway, news))
        case RefundNews():
            return await _carry_refund(tx, gateway, news)
        case ChargebackNews():
            return Carried(await _carry_chargeback(tx, gateway, news))


async def _carry_payment(tx: Tx, gateway: Gateway, news: PaymentNews) -> str:
    paid = await _paid(tx, gateway, news)
    if news.captured:
        await payments.capture_told(tx, gateway, paid.gateway_payment_id, amount_minor=news.amount_minor)
    else:
        await payments.failure_told(tx, gateway, paid.gateway_payment_id, reason=news.reason)
    return paid.id


async def _carry_chargeback(tx: Tx, gateway: Gateway, news: ChargebackNews) -> str:
    paid = await _paid(tx, gateway, news)
    told = Told(
        gateway=gateway,
        gateway_chargeback_id=news.reference,
        gateway_payment_id=paid.gateway_payment_id,
        amount_minor=news.amount_minor,
        status=STAGES[news.stage],
        reason=news.reason,
    )
    await chargebacks.chargeback_told(tx, told)
    return paid.id


async def _paid(tx: Tx, gateway: Gateway, news: News) -> PaidRow:
    """Our payment. One that we don't know may still come: the platform tells of it in its own time."""
    paid = await store.find_paid(tx, gateway, list(news.payments))
    if paid is None:
        raise NewsTooEarly(problem=f"no payment of {gateway} here is known as {' or '.join(news.payments)}")
    if paid.currency != news.currency:
        raise NewsDiffers(problem=f"the gateway speaks of {news.currency}, the payment is in {paid.currency}")
    return paid


async def _carry_refund(tx: Tx, gateway: Gateway, news: RefundNews) -> Carried:
    paid = await _paid(tx, gateway, news)
    refund_id = await _refund_id(tx, gateway, news)
    if refund_id is None:
        return await _carry_unknown(tx, paid, news)
    refund = await refunds.hold(tx, refund_id)
    if refund.payment_id != paid.id:
        raise NewsDiffers(problem=f"the gateway speaks of another payment than {refund.number}")
    return await _carry_known(tx, paid, refund, news)


async def _carry_known(tx: Tx, paid: PaidRow, refund: RefundRow, news: RefundNews) -> Carried:
    """What became of one of our refunds, by whatever try and name; what it does not stand for is listed."""
    if problem := _beyond(refund, news):
        await note_unknown(tx, paid.id, news)
        return Carried(str(refund.id), problem)
    if isinstance(news.outcome, Refused) and _is_of_latest(refund, news) and refund.status is Status.PROCESSED:
        return await _carry_undone(tx, refund, news, why=news.outcome)
    if problem := _beside(refund, news):
        return await _note_done(tx, refund, news, problem=problem)
    if refund.amount_minor != news.amount_minor:
        return await _note_other_amount(tx, refund, news)
    if _is_news(refund, news):
        settled = await refunds.settle(tx, refund.id, news.outcome)
        if settled.status is refund.status:
            return await _note_done(tx, refund, news, problem=rules.NO_ROOM)
    return Carried(str(refund.id))


async def _carry_unknown(tx: Tx, paid: PaidRow, news: RefundNews) -> Carried:
    """A refund that was not asked for here; what came of it after all may be that no money left.

    One that left before a restore is no stranger: it is taken into the books as what it was, or settled by hand.
    """
    if news.key and (named := refund_rules.refund_of(news.key)) and await left_store.was_lost(tx, named):
        raise NewsDiffers(problem=rules.LOST)
    if isinstance(news.outcome, Refused):
        was_open = await note_refused(tx, paid.id, news)
        return Carried(paid.id, problem=None if was_open else rules.NOT_ASKED_FOR)
    await note_unknown(tx, paid.id, news)
    return Carried(paid.id, problem=rules.NOT_ASKED_FOR)


async def _carry_undone(tx: Tx, refund: RefundRow, news: RefundNews, *, why: Refused) -> Carried:
    """What was confirmed failed after all, or only what was given beside it under another name of the gateway's."""
    if news.reference != refund.gateway_refund_id:
        await note_refused(tx, refund.payment_id, news)
        return Carried(str(refund.id))
    await reconciling.note_undone(tx, refund.id, why)
    return Carried(str(refund.id), problem=rules.UNDONE)


def _is_of_latest(refund: RefundRow, news: RefundNews) -> bool:
    """Of the latest try, or of the one by which it was done."""
    return news.key in (None, refunds.order_of(refund).key) or news.reference == refund.gateway_refund_id


def _came_first(refund: RefundRow, news: RefundNews) -> bool:
    """Whether a try that had failed came through after all, and no other has left since: it is done by that one."""
    earlier: set[str | None] = {refund_rules.key_of(refund.id, number) for number in range(1, refund.tries)}
    return refund.status is Status.APPROVED and refund.first_sent_at is None and news.key in earlier


def _beyond(refund: RefundRow, news: RefundNews) -> str | None:
    """Why money left, or is leaving, that this refund does not stand for, if it is so."""
    if isinstance(news.outcome, Refused):
        return None
    if refund.status in (Status.PENDING, Status.REJECTED):
        return rules.NOT_DECIDED
    is_another = refund.status is Status.PROCESSED and refund.gateway_refund_id != news.reference
    return rules.TWICE if is_another and _is_of_latest(refund, news) else None


def _beside(refund: RefundRow, news: RefundNews) -> str | None:
    """Why an earlier try gave money beside the latest one, if it did."""
    same_amount = refund.amount_minor == news.amount_minor
    if not isinstance(news.outcome, Refunded) or _is_of_latest(refund, news):
        return None
    if same_amount and _came_first(refund, news):
        return None
    return rules.TWICE if refund.status is Status.PROCESSED else rules.CAME_TOO


async def _note_done(tx: Tx, refund: RefundRow, news: RefundNews, *, problem: str) -> Carried:
    """It failed by our books: nothing more goes back of its payment until somebody found out where the money is."""
    is_ours = refund.amount_minor == news.amount_minor
    other = OtherAmount(news.reference, news.amount_minor, news.currency)
    await reconciling.note_done(tx, refund, Refunded(news.reference) if is_ours else other)
    return Carried(str(refund.id), problem)


async def _note_other_amount(tx: Tx, refund: RefundRow, news: RefundNews) -> Carried:
    """Money that left, or is leaving, is listed beside what we have of it: the payment gives nothing back meanwhile."""
    problem = f"the gateway speaks of another amount than {refund.number}"
    if isinstance(news.outcome, Refused) or not _is_of_latest(refund, news):
        raise NewsDiffers(problem=problem)
    given = OtherAmount(news.reference, news.amount_minor, news.currency)
    if not await reconciling.note_other_amount(tx, refund, given):
        await note_unknown(tx, refund.payment_id, news)
    return Carried(str(refund.id), problem=f"{problem}: see refund-differences")


async def _refund_id(tx: Tx, gateway: Gateway, news: RefundNews) -> UUID | None:
    """Ours, by the key that we gave it, or by the reference under which it was confirmed."""
    named = refund_rules.refund_of(news.key) if news.key else None
    if named is not None and await store.has_refund(tx, named):
        return named
    return await store.find_refund(tx, gateway, news.reference)


def _is_news(refund: RefundRow, news: RefundNews) -> bool:
    """Whether the refund follows it."""
    if isinstance(news.outcome, Refused):
        return refund.status is Status.APPROVED and _is_of_latest(refund, news)
    return isinstance(news.outcome, Refunded) and refund.status is not Status.PROCESSED
