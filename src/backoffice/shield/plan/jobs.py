"""What the dates of plans bring about."""

from backoffice.kernel.jobs.queue import MINUTE, JobRun, periodic
from backoffice.shield.plan import actions, store


@periodic("shield.put_plan_changes_in_effect", every_seconds=MINUTE, at_second=30)
async def put_plan_changes_in_effect(run: JobRun) -> None:
    """Change the plans whose day has come, each in a write of its own."""
    await run.each(store.list_due_changes, actions.put_due_change_in_effect)


@periodic("shield.begin_enrolments", every_seconds=MINUTE, at_second=45)
async def begin_enrolments(run: JobRun) -> None:
    """Count subscriptions whose first day has come, and activate their members."""
    await run.each(store.list_begun, actions.begin_enrolment)
