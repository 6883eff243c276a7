"""Tasks that nobody works on any more are ended, results go after a week, tasks after three months."""

from datetime import timedelta
from uuid import UUID

from backoffice.kernel.lanes import JobName, Lane
from backoffice.kernel.task import Status, carry_out, lock_of
from backoffice.kernel.task.jobs import end_lost_tasks, forget_tasks
from tests.kernel.task.conftest import KEEPER, Tasks
from tests.kernel.task.test_running import write

WORK = JobName("shield.trial", Lane.BULK)


async def age(tasks: Tasks, task_id: UUID, by: timedelta) -> None:
    await tasks.change(
        """
        UPDATE kernel.task SET updated_at = updated_at - %(by)s, completed_at = completed_at - %(by)s
         WHERE id = %(task_id)s
        """,
        task_id=task_id,
        by=by,
    )


async def test_a_task_without_a_job_in_the_queue_is_lost_and_one_with_a_job_is_not(tasks: Tasks) -> None:
    waiting, lost, new = [await tasks.new() for _ in range(3)]
    async with tasks.house.database.write(KEEPER) as tx:
        tx.defer(WORK, lock=lock_of(waiting), task_id=str(waiting))
    for one in (waiting, lost):
        await age(tasks, one, timedelta(minutes=2))

    await end_lost_tasks(tasks.run())

    assert [(await tasks.find(one)).status for one in (waiting, lost, new)] == [
        Status.PENDING,
        Status.FAILED,
        Status.PENDING,
    ]
    task = await tasks.find(lost)
    assert (task.error_code, task.error_is_retryable) == ("TASK_LOST", True)


async def test_a_result_is_kept_for_a_week_and_its_task_for_ninety_days(tasks: Tasks) -> None:
    fresh, old, ancient = [await tasks.new() for _ in range(3)]
    for one, days in ((fresh, 6), (old, 8), (ancient, 91)):
        await carry_out(tasks.run(), one, work=write)
        await age(tasks, one, timedelta(days=days))

    await forget_tasks(tasks.run())

    kept = await tasks.find(fresh)
    emptied = await tasks.find(old)
    assert tasks.files() == [kept.file_id]
    assert (emptied.file_id, emptied.file_name, emptied.status) == (None, "trial.csv", Status.SUCCEEDED)
    assert await tasks.look(lambda db: db.value(int, "SELECT count(*) FROM kernel.task")) == 2


async def test_what_a_cancelled_task_left_behind_is_removed(tasks: Tasks) -> None:
    task_id = await tasks.new()
    file_id = await tasks.house.files.keep(b"half of it", "text/csv")
    await tasks.change(
        "UPDATE kernel.task SET status = 'cancelled', completed_at = clock_timestamp(), file_id = %(file_id)s"
        " WHERE id = %(task_id)s",
        task_id=task_id,
        file_id=file_id,
    )
    await age(tasks, task_id, timedelta(minutes=10))

    await forget_tasks(tasks.run())

    assert tasks.files() == []
    assert (await tasks.find(task_id)).file_id is None
