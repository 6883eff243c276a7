"""Folding the dashboard's sums, so that reading them stays a few small steps."""

from backoffice.kernel.jobs.queue import JobRun, periodic
from backoffice.shield.dashboard import store


@periodic("shield.fold_dashboard_sums", cron="* * * * * */5")
async def fold_dashboard_sums(run: JobRun) -> None:
    """Join the differences appended since the last time with the rows they belong to."""
    async with run.write() as tx:
        await store.fold_sums(tx)
