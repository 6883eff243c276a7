"""Putting goodwill into a wallet: asked for and agreed to in one, or waiting for a second person. Inside one write."""

from collections.abc import Mapping
from uuid import UUID

from backoffice.kernel.approval import Proposal, agree, withdraw
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.goodwill import rules, store
from backoffice.marketplace.goodwill.rules import GoodwillAct, Status
from backoffice.marketplace.goodwill.store import GoodwillRow
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.refund.rules import needs_two
from backoffice.marketplace.wallet.rules import Cause
from backoffice.marketplace.wallet.store import NewEntry, insert_entry


async def credit(
    tx: Tx, customer_id: int, *, amount_minor: int, reason: str, thresholds: Mapping[str, int]
) -> GoodwillRow:
    """A credit, and whoever gives it agrees to it. Much of it waits for a second person. UserNotFound."""
    customer = await customers.lock_customer(tx, customer_id)
    if customer.status is customer_rules.Status.DELETED:
        raise customer_rules.UserNotFound(user_id=customer_id)
    goodwill_id = uuid7()
    await store.insert_credit(tx, goodwill_id, customer_id=customer_id, amount_minor=amount_minor, reason=reason)
    asked = await store.get_credit(tx, goodwill_id)
    _audit(tx, GoodwillAct.REQUESTED, asked)
    return await _agree(tx, asked, thresholds=thresholds)


async def approve(tx: Tx, goodwill_id: UUID, *, thresholds: Mapping[str, int]) -> GoodwillRow:
    """Somebody else agrees. GoodwillNotFound, GoodwillDecided, AgreedAlready."""
    waiting = await _hold(tx, goodwill_id)
    rules.check_move(waiting.status, Status.GRANTED)
    return await _agree(tx, waiting, thresholds=thresholds)


async def reject(tx: Tx, goodwill_id: UUID) -> GoodwillRow:
    """No money moves. GoodwillNotFound, GoodwillDecided."""
    waiting = await _hold(tx, goodwill_id)
    rules.check_move(waiting.status, Status.REJECTED)
    await withdraw(tx, GoodwillAct.GRANTED, str(goodwill_id))
    await store.set_decided(tx, goodwill_id, Status.REJECTED)
    _audit(tx, GoodwillAct.REJECTED, waiting)
    return await store.get_credit(tx, goodwill_id)


async def _hold(tx: Tx, goodwill_id: UUID) -> GoodwillRow:
    customer_id = await store.find_customer_id(tx, goodwill_id)
    if customer_id is None:
        raise rules.GoodwillNotFound(goodwill_id=str(goodwill_id))
    await customers.lock_customer(tx, customer_id)
    return await store.get_credit(tx, goodwill_id)


async def _agree(tx: Tx, asked: GoodwillRow, *, thresholds: Mapping[str, int]) -> GoodwillRow:
    if needs_two(await store.sum_lately(tx, asked.customer_id), asked.currency, thresholds=thresholds):
        payload = {"user_id": asked.customer_id, "amount_minor": asked.amount_minor, "currency": asked.currency}
        standing = await agree(
            tx, Proposal(GoodwillAct.GRANTED, str(asked.id), payload, permission=Market.REFUNDS_APPROVE)
        )
        if not standing.is_reached:
            return await store.get_credit(tx, asked.id)
    else:
        await withdraw(tx, GoodwillAct.GRANTED, str(asked.id))
    await store.set_decided(tx, asked.id, Status.GRANTED)
    await insert_entry(
        tx, NewEntry(asked.customer_id, asked.amount_minor, cause=Cause.GOODWILL, about=f"goodwill:{asked.id}")
    )
    _audit(tx, GoodwillAct.GRANTED, asked)
    return await store.get_credit(tx, asked.id)


def _audit(tx: Tx, act: GoodwillAct, credit: GoodwillRow) -> None:
    tx.audit(
        act,
        credit.id,
        after={"amount": credit.amount_minor, "user_id": credit.customer_id},
        person=customer_rules.person(credit.customer_id),
    )
