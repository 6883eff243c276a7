"""What members' dates bring about, and folding their kept sums."""

from backoffice.kernel.jobs.queue import MINUTE, JobRun, folding, periodic
from backoffice.shield.member import actions, store


@periodic("shield.put_deactivations_in_effect", every_seconds=MINUTE, at_second=15)
async def put_deactivations_in_effect(run: JobRun) -> None:
    """Deactivate whose day has come, each in a write of their own."""
    await run.each(store.list_due, actions.put_due_deactivation_in_effect)


fold_member_tally = folding("shield.fold_member_tally", store.fold_tally, every_seconds=5)
