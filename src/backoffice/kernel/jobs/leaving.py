"""The one way out: what leaves is in the journal first, and while the house is held nothing leaves.

Every job that moves money or speaks to somebody is declared `outward`. Held, it is put away as it is, and queued again
by the release.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import procrastinate.jobs
import structlog

from backoffice.kernel.house import House, Opened
from backoffice.kernel.journal import hold
from backoffice.kernel.journal.book import Kind, line
from backoffice.kernel.journal.standing import OtherServer
from backoffice.kernel.lanes import ASKED_BY
from backoffice.kernel.write.transaction import Tx

log = structlog.get_logger("backoffice.jobs")


async def is_held(house: House) -> bool:
    async with house.database.read() as db:
        return await hold.find_hold(db) is not None


async def may_leave(
    house: House,
    job: procrastinate.jobs.Job,
    *,
    write: Callable[[], AbstractAsyncContextManager[Tx]],
    look: Opened | None = None,
) -> bool:
    """Whether this job may go outside now; its line is on disk then. False: it was put away, and ends here.

    On a server that this process has not looked at, because another one was promoted, `look` comes first: what left
    last may be lost there, and would leave once more. OtherServer where nobody can look.
    """
    arguments = {name: value for name, value in job.task_kwargs.items() if name != ASKED_BY}
    if await _must_stay(house, look):
        away = hold.Leaving(job.queue, job.task_name, job.priority, job.lock, arguments)
        async with write() as tx:
            is_kept = await hold.put_away(tx, away)
        if is_kept:
            log.info("held: put away until the release", **arguments)
            return False
    await house.journal.write(line(Kind.SENT, job=job.id, tries=job.attempts, name=job.task_name, arguments=arguments))
    return True


async def _must_stay(house: House, look: Opened | None) -> bool:
    async with house.database.read() as db:
        found = await hold.get_way_out(db)
    if house.journal.server in (None, found.server):
        return found.is_held
    if look is None:
        raise OtherServer
    await look(house)
    async with house.database.read() as db:
        again = await hold.get_way_out(db)
    if again.server != house.journal.server:
        raise OtherServer
    return again.is_held
