"""Addresses, devices and places of customers are not kept for ever."""

from backoffice.kernel.jobs.queue import HOUR, MINUTE, JobRun, periodic
from backoffice.kernel.lanes import Lane
from backoffice.marketplace.activity import rules, store

AT_ONCE = 1_000


@periodic("marketplace.forget_activity", every_seconds=HOUR, at_second=41 * MINUTE, lane=Lane.BULK)
async def forget_activity(run: JobRun) -> None:
    """Delete what was told, and sessions last used, 400 days ago."""
    deleted = AT_ONCE
    while deleted >= AT_ONCE:
        async with run.write() as tx:
            deleted = await store.delete_old(tx, days=rules.KEPT_DAYS, limit=AT_ONCE)
            tx.record("activity forgotten", deleted)
