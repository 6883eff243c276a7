"""Differences become sums, every night sums are counted again from their rows, and figures become files."""

from uuid import UUID

import structlog

from backoffice.kernel.jobs.queue import DAY, HOUR, JobRun, job, periodic
from backoffice.kernel.lanes import Lane
from backoffice.kernel.task import ATTEMPTS, carry_out
from backoffice.marketplace.analytics import keeping, rules
from backoffice.marketplace.analytics.writing import write_analytics

AT_NIGHT = 22 * HOUR
"""Half past three in India."""
log = structlog.get_logger("backoffice")


@periodic("marketplace.fold_analytics", every_seconds=10)
async def fold_analytics(run: JobRun) -> None:
    """Fold what writes appended since the last turn."""
    async with run.write() as tx:
        await keeping.fold_bookings(tx)
    async with run.write() as tx:
        await keeping.fold_revenue(tx)


@periodic("marketplace.recount_analytics", every_seconds=DAY, at_second=AT_NIGHT, lane=Lane.BULK)
async def recount_analytics(run: JobRun) -> None:
    """Mend every sum that drifted, a month at a time, each in a write of its own."""
    wrong = 0
    async with run.read() as db:
        months = await keeping.list_months(db)
    for month in months:
        for recount in (keeping.recount_bookings, keeping.recount_revenue):
            async with run.write() as tx:
                wrong += await recount(tx, month)
    if wrong:
        log.error("kept figures had drifted", wrong=wrong, months=len(months))
    else:
        log.info("kept figures agree with their rows", months=len(months))


@job(rules.EXPORT_ANALYTICS, attempts=ATTEMPTS)
async def export_analytics(run: JobRun, *, task_id: str) -> None:
    """Write the file of this task."""
    await carry_out(run, UUID(task_id), work=write_analytics)
