"""The marketplace after a restore: refunds are asked for at their gateways before they leave, the forgotten stay so."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from backoffice.kernel.actor import system
from backoffice.kernel.database import Db, Query
from backoffice.kernel.errors import Refusal
from backoffice.kernel.gateways.payments import GatewayNotSetUp, GatewayUnavailable
from backoffice.kernel.house import House
from backoffice.kernel.journal.book import Kind, Line, at_of
from backoffice.kernel.journal.hold import find_hold
from backoffice.kernel.journal.standing import SLACK
from backoffice.kernel.web.part import Part
from backoffice.marketplace.gateway import store as gateway_events
from backoffice.marketplace.privacy import actions as privacy
from backoffice.marketplace.privacy.rules import PrivacyAct
from backoffice.marketplace.reconciling import actions as reconciling
from backoffice.marketplace.reconciling import store as differences
from backoffice.marketplace.reconciling.rules import Kind as Difference
from backoffice.marketplace.refund import actions as refund_actions
from backoffice.marketplace.refund import store as refunds
from backoffice.marketplace.refund.port import gateway_of
from backoffice.marketplace.refund.rules import RefundNotFound, Status
from backoffice.marketplace.refund.telling import REFUND

RESTORER = system("marketplace", "restore")
AT_ONCE = 500
DIFFERS = {
    Difference.NOT_AT_GATEWAY: "done by our books, and they don't know it: the customer may have nothing",
    Difference.REFUSED_AT_GATEWAY: "done by our books, and they refused it: the customer has nothing",
    Difference.DONE_THOUGH_FAILED: "failed by our books, and they gave the money back: don't give it again",
}
UNKNOWN = "this database has no such refund: don't give it back again"
EVER = datetime.min.replace(tzinfo=UTC)


async def settle(house: House, lines: Sequence[Line]) -> list[str]:
    """Each refund and each person in a write of its own."""
    to_look_at: list[str] = []
    for told in lines:
        if told["kind"] == Kind.MONEY and told["what"] == REFUND:
            to_look_at += await _refund_known(house, told)
        elif told["kind"] == Kind.ERASED and told["act"] == PrivacyAct.ANONYMIZED:
            to_look_at += await _forget_again(house, told)
    return to_look_at


async def _refund_known(house: House, told: Line) -> list[str]:
    """It counts as sent since then: its gateway is asked what it knows before it is asked to give anything back."""
    refund_id = UUID(told["refund"])
    left = _left(told)
    async with house.database.write(RESTORER) as tx:
        try:
            refund = await refund_actions.hold(tx, refund_id)
        except RefundNotFound:
            return [f"{left} {told['gateway']} and {UNKNOWN}"]
        await differences.set_sent_before(tx, refund_id, at=at_of(told))
        tx.record("refund known as sent", refund_id)
    is_same = refund_actions.order_of(refund).key == told["key"]
    if not is_same or refund.status not in (Status.PENDING, Status.APPROVED, Status.PROCESSED):
        return [f"{left} {told['gateway']} under {told['key']}, and is {refund.status} here: compare, then look"]
    return []


def _left(told: Line) -> str:
    return f"refund {told['refund']} of payment {told['payment']}, {told['amount_minor']} minor units, left at"


async def _forget_again(house: House, told: Line) -> list[str]:
    customer_id = int(told["subject"].partition(":")[2])
    try:
        async with house.database.write(RESTORER) as tx:
            await privacy.anonymize(tx, customer_id)
            tx.record("forgotten again", customer_id)
    except Refusal as refusal:
        return [f"user {customer_id} was forgotten before the restore, and could not be again: {refusal.sentence}"]
    return []


async def compare(house: House) -> list[str]:
    """Every refund that a gateway may know is asked for there. What differs is listed, as every night."""
    after, told = UUID(int=0), await _list_lost(house)
    while True:
        async with house.database.read() as db:
            batch = await differences.list_to_compare(db, since=EVER, after=after, limit=AT_ONCE)
        for refund_id in batch:
            told += await _compare_one(house, refund_id)
        if len(batch) < AT_ONCE:
            return told
        after = batch[-1]


async def _list_lost(house: House) -> list[str]:
    """Refunds that left by the journal of this machine, and that this database has never heard of."""
    async with house.database.read() as db:
        held = await find_hold(db)
    since = (held.moment or held.begun_at) - SLACK if held else datetime.now(UTC)
    lines = await asyncio.to_thread(lambda: list(house.journal.read(since=since)))
    lost: dict[str, str] = {}
    for told in lines:
        if told["kind"] == Kind.MONEY and told["what"] == REFUND and told["refund"] not in lost:
            try:
                async with house.database.read() as db:
                    await refunds.get_refund(db, UUID(told["refund"]))
            except RefundNotFound:
                lost[told["refund"]] = f"{_left(told)} {told['gateway']} and {UNKNOWN}"
    return list(lost.values())


async def _compare_one(house: House, refund_id: UUID) -> list[str]:
    async with house.database.read() as db:
        refund = await refunds.get_refund(db, refund_id)
    try:
        said = await reconciling.ask_gateway(gateway_of(house.settings, refund.gateway), refund)
    except (GatewayUnavailable, GatewayNotSetUp) as silent:
        return [f"refund {refund.number}: {refund.gateway} does not say ({silent})"]
    async with house.database.write(RESTORER) as tx:
        kind = await reconciling.compare(tx, refund_id, said)
        tx.record("refund compared", refund_id)
    return [f"refund {refund.number} of {refund.gateway}: {DIFFERS[kind]}"] if kind else []


def list_received(db: Db, since: datetime) -> Query[list[str]]:
    return gateway_events.list_received(db, since=since)


def list_unknown(db: Db, lines: Sequence[Line]) -> Query[list[str]]:
    """Refunds that left and that this database does not have."""
    left = [one["refund"] for one in lines if one["kind"] == Kind.MONEY and one["what"] == REFUND]
    return differences.list_unknown(db, left)


PART = Part(
    settle=settle,
    compare=compare,
    erasing=frozenset({PrivacyAct.ANONYMIZED}),
    list_received=list_received,
    list_unknown=list_unknown,
)
