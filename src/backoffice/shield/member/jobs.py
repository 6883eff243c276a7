"""What members' dates bring about, and folding their kept sums."""

from backoffice.kernel.jobs.queue import JobRun, periodic
from backoffice.shield.member import actions, store


@periodic("shield.put_deactivations_in_effect", cron="15 * * * * *")
async def put_deactivations_in_effect(run: JobRun) -> None:
    """Deactivate whose day has come, each in a write of their own."""
    async with run.read() as db:
        due = await store.list_due(db)
    for member_id in due:
        async with run.write() as tx:
            await actions.put_due_deactivation_in_effect(tx, member_id)


@periodic("shield.fold_member_tally", cron="* * * * * */5")
async def fold_member_tally(run: JobRun) -> None:
    """Join the differences appended since the last time with the rows they belong to."""
    async with run.write() as tx:
        await store.fold_tally(tx)
