"""Counts are forgotten once nobody can ask for them."""

from datetime import UTC, datetime

from backoffice.kernel.jobs.queue import DAY, HOUR, JobRun, periodic
from backoffice.marketplace.browsing import rules, store


@periodic("marketplace.forget_browsing", every_seconds=DAY, at_second=20 * HOUR)
async def forget_browsing(run: JobRun) -> None:
    async with run.write() as tx:
        await store.delete_before(tx, rules.oldest_kept(datetime.now(UTC).date()))
