"""Taking a task back, and asking for one again."""

from uuid import UUID

import pytest

from backoffice.kernel.errors import NotFound
from backoffice.kernel.lanes import JobName, Lane
from backoffice.kernel.task import (
    CannotDelete,
    CannotRetry,
    NewTask,
    Status,
    TaskRow,
    begin,
    carry_out,
    hold,
    lock_of,
    remove,
    retry,
)
from backoffice.kernel.task.jobs import delete_task_file
from tests.kernel.task.conftest import KEEPER, Tasks
from tests.kernel.task.test_running import refuse, write

WORK = JobName("shield.trial", Lane.BULK)
QUEUED = "SELECT task_name FROM procrastinate.procrastinate_jobs WHERE lock = %(lock)s"


async def new(tasks: Tasks) -> UUID:
    async with tasks.house.database.write(KEEPER) as tx:
        tx.record("task asked for", "trial")
        return await begin(tx, NewTask("trial", {"format": "csv"}, job=WORK, opens=frozenset({"members:read"})))


async def queued(tasks: Tasks, task_id: UUID) -> str | None:
    found: str | None = await tasks.look(lambda db: db.find_value(str, QUEUED, lock=lock_of(task_id)))
    return found


async def again(tasks: Tasks, task_id: UUID) -> TaskRow:
    async with tasks.house.database.write(KEEPER) as tx:
        made = await retry(tx, await hold(tx, task_id, missing=NotFound()))
    return await tasks.find(made)


async def test_the_job_of_a_task_is_queued_with_it(tasks: Tasks) -> None:
    assert await queued(tasks, await new(tasks)) == "shield.trial"


async def test_what_failed_is_asked_for_again_with_all_that_was_asked_for(tasks: Tasks) -> None:
    task_id = await new(tasks)
    await carry_out(tasks.run(), task_id, work=refuse)

    made = await again(tasks, task_id)

    assert (made.status, made.type, made.opens) == (Status.PENDING, "trial", ["members:read"])
    assert made.metadata == {"format": "csv", "retry_of": str(task_id)}
    assert await queued(tasks, made.id) == "shield.trial"
    failed = await tasks.find(task_id)
    assert (failed.status, failed.again_as) == (Status.FAILED, made.id)


async def test_what_was_tried_again_or_names_no_job_is_not_tried_again(tasks: Tasks) -> None:
    tried, nameless = await new(tasks), await tasks.new()
    for one in (tried, nameless):
        await tasks.cancel(one)
    await again(tasks, tried)

    for one in (tried, nameless):
        with pytest.raises(CannotRetry, match="cancelled"):
            await again(tasks, one)


async def take_back(tasks: Tasks, task_id: UUID) -> None:
    async with tasks.house.database.write(KEEPER) as tx:
        await remove(tx, await hold(tx, task_id, missing=NotFound()))


async def test_a_task_is_taken_back_once_it_has_ended_and_its_file_follows(tasks: Tasks) -> None:
    task_id = await new(tasks)
    with pytest.raises(CannotDelete, match="pending"):
        await take_back(tasks, task_id)
    await carry_out(tasks.run(), task_id, work=write)
    [file_id] = tasks.files()

    await take_back(tasks, task_id)
    await delete_task_file(tasks.run(), file_id=file_id)
    await delete_task_file(tasks.run(), file_id=file_id)

    assert tasks.files() == []
    with pytest.raises(NotFound):
        await take_back(tasks, task_id)


async def test_the_file_of_one_that_was_ended_under_its_workers_hands_is_removed_once_nobody_writes_it(
    tasks: Tasks,
) -> None:
    task_id = await new(tasks)
    file_id = await tasks.house.files.keep(b"half of it", "text/csv")
    await tasks.cancel(task_id)
    await tasks.change("UPDATE kernel.task SET file_id = %(file_id)s WHERE id = %(id)s", file_id=file_id, id=task_id)

    await take_back(tasks, task_id)

    wait = (
        "SELECT extract(epoch FROM scheduled_at - now()) FROM procrastinate.procrastinate_jobs WHERE args ? 'file_id'"
    )
    assert 240 < await tasks.look(lambda db: db.value(float, wait)) <= 300
