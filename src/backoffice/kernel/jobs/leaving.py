"""The one way out: what leaves is in the journal first, and while the house is held nothing leaves.

Every job that moves money or speaks to somebody is declared `outward`. Held, it is put away as it is, and queued again
by the release.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import procrastinate.jobs
import structlog

from backoffice.kernel.house import House
from backoffice.kernel.journal import hold
from backoffice.kernel.journal.book import Kind, line
from backoffice.kernel.lanes import ASKED_BY
from backoffice.kernel.write.transaction import Tx

log = structlog.get_logger("backoffice.jobs")


async def is_held(house: House) -> bool:
    async with house.database.read() as db:
        return await hold.find_hold(db) is not None


async def may_leave(
    house: House, job: procrastinate.jobs.Job, *, write: Callable[[], AbstractAsyncContextManager[Tx]]
) -> bool:
    """Whether this job may go outside now; its line is on disk then. False: it was put away, and ends here."""
    arguments = {name: value for name, value in job.task_kwargs.items() if name != ASKED_BY}
    async with house.database.read() as db:
        must_stay = await hold.is_open(db)
    if must_stay:
        away = hold.Leaving(job.queue, job.task_name, job.priority, job.lock, arguments)
        async with write() as tx:
            is_kept = await hold.put_away(tx, away)
        if is_kept:
            log.info("held: put away until the release", **arguments)
            return False
    await house.journal.write(line(Kind.SENT, job=job.id, tries=job.attempts, name=job.task_name, arguments=arguments))
    return True
