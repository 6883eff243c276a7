"""The marketplace after a restore: refunds are asked for at their gateways before they leave, the forgotten stay so."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from backoffice.kernel.actor import system
from backoffice.kernel.database import Db, Query
from backoffice.kernel.errors import Refusal
from backoffice.kernel.gateways.payments import GatewayNotSetUp, GatewayUnavailable
from backoffice.kernel.house import House
from backoffice.kernel.journal.book import Kind, Line
from backoffice.kernel.journal.hold import find_hold
from backoffice.kernel.web.part import Part
from backoffice.marketplace.gateway import store as gateway_events
from backoffice.marketplace.privacy import actions as privacy
from backoffice.marketplace.privacy.rules import PrivacyAct
from backoffice.marketplace.reconciling import actions as reconciling
from backoffice.marketplace.reconciling import store as differences
from backoffice.marketplace.reconciling import unknown_store
from backoffice.marketplace.reconciling.rules import Kind as Difference
from backoffice.marketplace.reconciling.taking_in import take_in
from backoffice.marketplace.reconciling.unknown import look_everywhere
from backoffice.marketplace.refund import left_store
from backoffice.marketplace.refund import store as refunds
from backoffice.marketplace.refund.left_store import LeftRow
from backoffice.marketplace.refund.port import gateway_of
from backoffice.marketplace.refund.rules import Status
from backoffice.marketplace.refund.telling import REFUND, left_of

RESTORER = system("marketplace", "restore")
AT_ONCE = 500
DIFFERS = {
    Difference.NOT_AT_GATEWAY: "done by our books, and they don't know it: the customer may have nothing",
    Difference.REFUSED_AT_GATEWAY: "done by our books, and they refused it: the customer has nothing",
    Difference.DONE_THOUGH_FAILED: "failed by our books, and they gave the money back: don't give it again",
    Difference.UNKNOWN_HERE: "given back there, and no refund here stands for it: don't give it again",
    Difference.AMOUNT_DIFFERS: "another amount by their books than by ours: see refund-differences for both",
}
LOST = "can't be in the books here: its payment gives nothing back until `backoffice refunds settle-lost`"
LOOK = "look whether its booking and dispute stand as they did"
LEAVES = "approved by our books, and they don't know it: it leaves at the release"
LOOKED_BACK = timedelta(days=4)
"""What was made before the moment may have been told after it."""
EVER = datetime.min.replace(tzinfo=UTC)


async def settle(house: House, lines: Sequence[Line]) -> list[str]:
    """Each refund and each person in a write of its own. Refunds that are known here before those that are not.

    What stands here as waiting may have left, and must not make room for another one.
    """
    to_look_at: list[str] = []
    left = [left_of(told) for told in lines if told["kind"] == Kind.MONEY and told["what"] == REFUND]
    async with house.database.read() as db:
        unknown = set(await left_store.list_missing(db, [one.refund_id for one in left]))
    for one in sorted(left, key=lambda one: one.refund_id in unknown):
        to_look_at += await _take_in(house, one)
    for told in lines:
        if told["kind"] == Kind.ERASED and told["act"] == PrivacyAct.ANONYMIZED:
            to_look_at += await _forget_again(house, told)
    return to_look_at


async def _take_in(house: House, left: LeftRow) -> list[str]:
    """Its gateway is asked what came of it when the money is compared; until then its amount is not given again."""
    async with house.database.write(RESTORER) as tx:
        taken = await take_in(tx, left)
    if not taken.is_news:
        return []
    if taken.refund is None:
        return [f"{_left(left)} and {LOST}"]
    ended = "".join(f"; {one.number} made room for it and is {one.status}" for one in taken.ended)
    was = f"was {taken.was} here" if taken.was else "was unknown here"
    return [f"{_left(left)} and {was}: it is in the books again as {taken.refund.number}, {LOOK}{ended}"]


def _left(left: LeftRow) -> str:
    return (
        f"refund {left.refund_id} of payment {left.payment_id}, {left.amount_minor} minor units, left at {left.gateway}"
    )


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
    """Every refund that a gateway may know is asked for there, and each tells what else it gave back since the moment.

    What differs is listed, as every night. What was lost is tried once more: its payment may have been told since.
    """
    async with house.database.read() as db:
        lost = await left_store.list_lost(db)
    after, told = UUID(int=0), [sentence for one in lost for sentence in await _take_in(house, one)]
    while True:
        async with house.database.read() as db:
            batch = await differences.list_to_compare(db, since=EVER, after=after, limit=AT_ONCE)
        for refund_id in batch:
            told += await _compare_one(house, refund_id)
        if len(batch) < AT_ONCE:
            return told + await _look_beyond(house)
        after = batch[-1]


async def _look_beyond(house: House) -> list[str]:
    """What gateways gave back since the moment that no refund here stands for: no journal may tell of it."""
    async with house.database.read() as db:
        held = await find_hold(db)
    since = ((held.moment or held.begun_at) if held else datetime.now(UTC)) - LOOKED_BACK
    silent = await look_everywhere(house, RESTORER, since=since)
    async with house.database.read() as db:
        unknown = await unknown_store.list_open(db)
    return silent + [
        f"refund {one.reference} of payment {one.payment_id}, {one.amount_minor} minor units, of {one.gateway}: "
        f"{DIFFERS[Difference.UNKNOWN_HERE]}"
        for one in unknown
    ]


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
    if refund.status is Status.APPROVED and said[-1] is None:
        return [f"refund {refund.number} of {refund.gateway}: {LEAVES}"]
    return [f"refund {refund.number} of {refund.gateway}: {DIFFERS[kind]}"] if kind else []


def list_received(db: Db, since: datetime) -> Query[list[str]]:
    return gateway_events.list_received(db, since=since)


def list_unknown(db: Db, lines: Sequence[Line]) -> Query[list[str]]:
    """Refunds that left and that this database does not have as sent."""
    left = [left_of(one) for one in lines if one["kind"] == Kind.MONEY and one["what"] == REFUND]
    return left_store.list_unknown(db, [str(one.refund_id) for one in left], [one.tries for one in left])


PART = Part(
    settle=settle,
    compare=compare,
    erasing=frozenset({PrivacyAct.ANONYMIZED}),
    list_received=list_received,
    list_unknown=list_unknown,
)
