"""Folding the kept sums of tickets, so that reading a total stays one small step."""

from backoffice.helpdesk.ticket import store
from backoffice.kernel.jobs.queue import JobRun, periodic


@periodic("helpdesk.fold_ticket_tally", cron="* * * * * */5")
async def fold_ticket_tally(run: JobRun) -> None:
    """Join the differences appended since the last time with the rows they belong to."""
    async with run.write() as tx:
        await store.fold_tally(tx)
