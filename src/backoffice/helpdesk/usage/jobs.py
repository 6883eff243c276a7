"""Folding what was counted into days, so that reading a period stays one small step."""

from backoffice.helpdesk.usage import store
from backoffice.kernel.jobs.queue import JobRun, periodic


@periodic("helpdesk.fold_usage", cron="* * * * * */10")
async def fold_usage(run: JobRun) -> None:
    """Add what was counted since the last time to its days."""
    async with run.write() as tx:
        await store.fold_usage(tx)
