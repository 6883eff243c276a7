"""What the dates of deactivations bring about."""

from backoffice.kernel.jobs.queue import MINUTE, JobRun, periodic
from backoffice.shield.leaving import actions, store


@periodic("shield.put_deactivations_in_effect", every_seconds=MINUTE, at_second=15)
async def put_deactivations_in_effect(run: JobRun) -> None:
    """Deactivate whose day has come, each in a write of their own."""
    await run.each(store.list_due, actions.put_due_deactivation_in_effect)
