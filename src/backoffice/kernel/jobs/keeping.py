"""Jobs that gave up stay to be looked at, but not for ever."""

from backoffice.kernel.jobs import store
from backoffice.kernel.jobs.queue import HOUR, MINUTE, JobRun, periodic
from backoffice.kernel.lanes import Lane

KEPT_DAYS = 30
AT_ONCE = 1_000


@periodic("kernel.forget_failed_jobs", every_seconds=HOUR, at_second=53 * MINUTE, lane=Lane.BULK)
async def forget_failed_jobs(run: JobRun) -> None:
    """Delete what gave up or was cancelled 30 days ago."""
    deleted = AT_ONCE
    while deleted == AT_ONCE:
        async with run.write() as tx:
            deleted = await store.delete_ended(tx, days=KEPT_DAYS, limit=AT_ONCE)
