"""What the dates of plans bring about, and folding their kept sums."""

from backoffice.kernel.jobs.queue import JobRun, periodic
from backoffice.shield.plan import actions, store


@periodic("shield.put_plan_changes_in_effect", cron="30 * * * * *")
async def put_plan_changes_in_effect(run: JobRun) -> None:
    """Change the plans whose day has come, each in a write of its own."""
    async with run.read() as db:
        due = await store.list_due_changes(db)
    for member_id in due:
        async with run.write() as tx:
            await actions.put_due_change_in_effect(tx, member_id)


@periodic("shield.begin_enrolments", cron="45 * * * * *")
async def begin_enrolments(run: JobRun) -> None:
    """Activate pending members whose subscription has begun."""
    async with run.read() as db:
        begun = await store.list_begun(db)
    for member_id in begun:
        async with run.write() as tx:
            await actions.begin_enrolment(tx, member_id)


@periodic("shield.fold_subscriber_tally", cron="* * * * * */5")
async def fold_subscriber_tally(run: JobRun) -> None:
    """Join the differences appended since the last time with the rows they belong to."""
    async with run.write() as tx:
        await store.fold_tally(tx)
