"""Folding the kept totals of WhatsApp users, so that reading one stays one small step."""

from backoffice.helpdesk.customer import store
from backoffice.kernel.jobs.queue import JobRun, periodic


@periodic("helpdesk.fold_customer_tally", cron="* * * * * */10")
async def fold_customer_tally(run: JobRun) -> None:
    """Join the differences appended since the last time with the rows they belong to."""
    async with run.write() as tx:
        await store.fold_tally(tx)
