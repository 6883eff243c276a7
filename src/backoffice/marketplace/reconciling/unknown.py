"""Refunds that only a gateway knows: somebody gave money back in its dashboard. Each is listed once, by its payment."""

from datetime import datetime

from backoffice.kernel.actor import Actor
from backoffice.kernel.approval import withdraw
from backoffice.kernel.gateways.payments import (
    GatewayNotSetUp,
    GatewayUnavailable,
    PaymentGateway,
    RefundNews,
    Refused,
)
from backoffice.kernel.house import House
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.payment.store import PaymentRow
from backoffice.marketplace.reconciling import unknown_store
from backoffice.marketplace.reconciling.actions import note_undone
from backoffice.marketplace.reconciling.rules import DifferenceAct
from backoffice.marketplace.refund.port import gateway_of


async def look_everywhere(house: House, actor: Actor, *, since: datetime) -> list[str]:
    """At every gateway that is set up here. A sentence for each that does not answer: it hides nothing of another.

    What one of our refunds stands for by now is gone first.
    """
    async with house.database.read() as db:
        known = await unknown_store.list_known_by_now(db)
    for one in known:
        async with house.database.write(actor) as tx:
            await end_unknown(tx, one.payment_id, one.reference)
    silent = []
    for name in Gateway:
        try:
            await look_for_unknown(house, actor, gateway=gateway_of(house.settings, name), since=since)
        except GatewayNotSetUp:
            continue
        except GatewayUnavailable as why:
            silent.append(f"{name} does not list what it gave back ({why})")
    return silent


async def look_for_unknown(house: House, actor: Actor, *, gateway: PaymentGateway, since: datetime) -> None:
    """All that a gateway gave back since then beside our books, page by page: it is asked about no single payment.

    What it gave back of payments that nobody here knows is another system's. GatewayUnavailable.
    """
    name = Gateway(gateway.name)
    async for page in gateway.list_refunds(since=since):
        given = [one for one in page if not isinstance(one.outcome, Refused)]
        refused = {one.reference: one.outcome for one in page if isinstance(one.outcome, Refused)}
        async with house.database.read() as db:
            unknown = await unknown_store.list_unknown(db, name, given)
            over = await unknown_store.list_over(db, name, list(refused))
            undone = await unknown_store.list_undone(db, name, list(refused))
        for found in unknown:
            async with house.database.write(actor) as tx:
                await note_unknown(tx, found.payment_id, given[found.place])
        for one in over:
            async with house.database.write(actor) as tx:
                await end_unknown(tx, one.payment_id, one.reference)
        for row in undone:
            async with house.database.write(actor) as tx:
                await note_undone(tx, row.refund_id, refused[row.reference])


async def note_unknown(tx: Tx, payment_id: str, news: RefundNews) -> None:
    """Money that left, or is leaving, for no refund of ours. Told again, or closed before, it is not listed anew."""
    payment = await payments.hold(tx, payment_id)
    difference_id = await unknown_store.insert_unknown(tx, payment.id, news)
    if difference_id is None:
        tx.record("refund unknown here, listed before", news.reference)
    else:
        _audit(tx, DifferenceAct.FOUND, difference_id, payment)


async def end_unknown(tx: Tx, payment_id: str, reference: str) -> bool:
    """The gateway did not carry it out after all, or it is in the books by now. False where none was open."""
    payment = await payments.hold(tx, payment_id)
    ended = await unknown_store.set_gone(tx, payment.id, reference)
    if ended is None:
        return False
    await withdraw(tx, DifferenceAct.CLOSED, str(ended))
    _audit(tx, DifferenceAct.GONE, ended, payment)
    return True


async def note_refused(tx: Tx, payment_id: str, news: RefundNews) -> bool:
    """The gateway did not carry it out: a late word that it would is no news any more. False where none was open."""
    if await end_unknown(tx, payment_id, news.reference):
        return True
    if await unknown_store.insert_unknown(tx, payment_id, news) is not None:
        await end_unknown(tx, payment_id, news.reference)
    return False


def _audit(tx: Tx, act: DifferenceAct, difference_id: int, payment: PaymentRow) -> None:
    tx.audit(act, difference_id, after={"payment_id": payment.id}, person=customer_rules.person(payment.customer_id))
