"""What becomes of tasks that nobody works on any more, of their files, and of the tasks themselves."""

from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.errors import code_of
from backoffice.kernel.jobs.queue import HOUR, MINUTE, JobRun, job, periodic
from backoffice.kernel.lanes import Lane
from backoffice.kernel.task import keeping, rules, store
from backoffice.kernel.task.store import Error, HeldRow
from backoffice.kernel.write.transaction import Tx


@periodic("kernel.end_lost_tasks", every_seconds=MINUTE, at_second=40)
async def end_lost_tasks(run: JobRun) -> None:
    """Fail what neither waits nor runs in the queue: its job gave up without being able to say so."""
    await run.each(_lost, _end)


def _lost(db: Db) -> Query[list[HeldRow]]:
    return keeping.list_lost(db, silent=rules.LOST_AFTER)


async def _end(tx: Tx, task: HeldRow) -> None:
    lost = rules.TaskLost()
    error = Error(code_of(lost), lost.sentence, is_retryable=True)
    if await store.set_failed(tx, task.id, error, at_try=task.tries) is not None:
        tx.record("task lost", task.id)


@periodic("kernel.forget_tasks", every_seconds=HOUR, at_second=37 * MINUTE, lane=Lane.BULK)
async def forget_tasks(run: JobRun) -> None:
    """Remove results after seven days, what others left after minutes, and tasks after ninety days."""
    async with run.read() as db:
        old = await keeping.list_old_files(db, kept=rules.FILE_KEPT, left=rules.LEFT_BEHIND)
    for one in old:
        await run.house.files.delete(one.file_id)
        async with run.write() as tx:
            await store.set_without_file(tx, one)
            tx.record("task without its file", one.id)
    async with run.write() as tx:
        if count := await keeping.delete_old(tx, days=rules.KEPT_DAYS):
            tx.record("tasks forgotten", count)


@job(rules.DELETE_FILE, attempts=50)
async def delete_task_file(run: JobRun, *, file_id: str) -> None:
    """Remove the file of a task that is gone. A store that is away gets hours to come back."""
    await run.house.files.delete(file_id)
