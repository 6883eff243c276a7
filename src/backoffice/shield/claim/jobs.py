"""Folding the kept sums of claims, so that reading a total stays one small step."""

from backoffice.kernel.jobs.queue import JobRun, periodic
from backoffice.shield.claim import store


@periodic("shield.fold_claim_tally", cron="* * * * * */5")
async def fold_claim_tally(run: JobRun) -> None:
    """Join the differences appended since the last time with the rows they belong to."""
    async with run.write() as tx:
        await store.fold_tally(tx)
