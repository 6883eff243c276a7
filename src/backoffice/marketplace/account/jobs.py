"""Suspensions that are over end by themselves."""

from backoffice.kernel.jobs.queue import MINUTE, JobRun, periodic
from backoffice.marketplace.account import actions, store


@periodic("marketplace.end_suspensions", every_seconds=MINUTE, at_second=11)
async def end_suspensions(run: JobRun) -> None:
    """Each in a write of its own, once: whoever comes second finds an active account."""
    await run.each(store.list_over, actions.end_suspension)
