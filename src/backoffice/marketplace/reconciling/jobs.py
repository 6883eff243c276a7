"""Every night the refunds of the last days are asked for at their gateways, and those that differ are listed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from backoffice.kernel.gateways.payments import GatewayNotSetUp, GatewayUnavailable
from backoffice.kernel.jobs.queue import DAY, HOUR, JobRun, periodic
from backoffice.kernel.lanes import Lane
from backoffice.marketplace.reconciling import actions, store
from backoffice.marketplace.reconciling.taking_in import take_in
from backoffice.marketplace.reconciling.unknown import look_everywhere
from backoffice.marketplace.refund import left_store
from backoffice.marketplace.refund import store as refunds
from backoffice.marketplace.refund.port import gateway_of

log = structlog.get_logger("backoffice.marketplace")
COMPARED = timedelta(days=4)
"""A weekend with a holiday: a night that was missed is made up for."""
AT_ONCE = 500


@periodic("marketplace.reconcile_refunds", every_seconds=DAY, at_second=3 * HOUR, lane=Lane.BULK)
async def reconcile_refunds(run: JobRun) -> None:
    """Each in a write of its own; one that its gateway does not answer for waits for the next night.

    Refunds that a restore lost are taken in before, where their payment has been told since.
    """
    async with run.read() as db:
        lost = await left_store.list_lost(db)
    for left in lost:
        async with run.write() as tx:
            await take_in(tx, left)
    since, after = datetime.now(UTC) - COMPARED, UUID(int=0)
    unanswered = 0
    while True:
        async with run.read() as db:
            batch = await store.list_to_compare(db, since=since, after=after, limit=AT_ONCE)
        for refund_id in batch:
            unanswered += not await _compare(run, refund_id)
        if len(batch) < AT_ONCE:
            break
        after = batch[-1]
    for silent in await look_everywhere(run.house, run.actor, since=since):
        log.warning("refunds of a gateway not listed", problem=silent)
    if unanswered:
        log.warning("refunds not compared", unanswered=unanswered)


async def _compare(run: JobRun, refund_id: UUID) -> bool:
    async with run.read() as db:
        refund = await refunds.get_refund(db, refund_id)
    try:
        said = await actions.ask_gateway(gateway_of(run.house.settings, refund.gateway), refund)
    except (GatewayUnavailable, GatewayNotSetUp):
        return False
    async with run.write() as tx:
        await actions.compare(tx, refund_id, said)
        tx.record("refund compared", refund_id)
    return True
