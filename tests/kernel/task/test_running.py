"""Carrying tasks out: once, by one at a time, and without leaving anything behind."""

import asyncio
import hashlib
import io
from uuid import UUID

import pytest

from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.task import CannotCancel, Made, Status, Working, carry_out, rules
from backoffice.kernel.task.running import LOOK_EVERY_SECONDS
from tests.kernel.task.conftest import Tasks

CONTENT = b"id\n1\n2\n"


class NothingToExport(Conflict):
    """There is nothing to export"""


async def write(working: Working) -> Made:
    working.rows, working.total = 2, 2
    return await working.keep(io.BytesIO(CONTENT), name="trial.csv", content_type="text/csv")


async def wait_for_ever(working: Working) -> Made:
    """Keeps its file, and then does not end."""
    await write(working)
    await asyncio.Event().wait()
    raise AssertionError


async def refuse(working: Working) -> None:
    raise NothingToExport


async def break_down(working: Working) -> None:
    raise ConnectionError("nobody answers")


async def test_a_task_that_succeeds_knows_its_rows_and_its_file(tasks: Tasks) -> None:
    task_id = await tasks.new()
    before = await tasks.find(task_id)

    await carry_out(tasks.run(), task_id, work=write)

    task = await tasks.find(task_id)
    assert (before.status, before.started_at, before.file_id) == (Status.PENDING, None, None)
    assert (task.status, task.rows_processed, task.total_rows) == (Status.SUCCEEDED, 2, 2)
    assert (task.file_name, task.file_bytes) == ("trial.csv", len(CONTENT))
    assert task.file_sha256 == hashlib.sha256(CONTENT).digest()
    assert task.started_at is not None
    assert task.completed_at is not None
    assert tasks.files() == [task.file_id]
    assert (await tasks.house.files.fetch(task.file_id or "")).content == CONTENT


async def test_what_was_done_is_not_done_again(tasks: Tasks) -> None:
    task_id = await tasks.new()
    await carry_out(tasks.run(), task_id, work=write)
    [name] = tasks.files()

    await carry_out(tasks.run(), task_id, work=break_down)

    assert tasks.files() == [name]
    assert (await tasks.find(task_id)).status is Status.SUCCEEDED


async def test_a_running_task_that_is_cancelled_stops_at_the_next_look_and_leaves_no_file(
    tasks: Tasks,
) -> None:
    task_id = await tasks.new()
    running = asyncio.create_task(carry_out(tasks.run(), task_id, work=wait_for_ever))
    while not tasks.files():
        await asyncio.wait({running}, timeout=0.01)

    await tasks.cancel(task_id)
    async with asyncio.timeout(30):
        await running

    task = await tasks.find(task_id)
    assert (task.status, task.file_id) == (Status.CANCELLED, None)
    assert tasks.files() == []
    assert LOOK_EVERY_SECONDS < 2


async def test_a_task_that_is_cancelled_before_it_began_is_never_done(tasks: Tasks) -> None:
    task_id = await tasks.new()
    await tasks.cancel(task_id)

    await carry_out(tasks.run(), task_id, work=write)

    assert (await tasks.find(task_id)).status is Status.CANCELLED
    assert tasks.files() == []


async def test_what_has_ended_cannot_be_cancelled_and_what_never_was_neither(tasks: Tasks) -> None:
    task_id = await tasks.new()
    await carry_out(tasks.run(), task_id, work=write)

    with pytest.raises(CannotCancel, match="succeeded"):
        await tasks.cancel(task_id)
    with pytest.raises(NotFound):
        await tasks.cancel(UUID(int=7))


async def test_a_cancelled_task_says_who_cancelled_it_and_why(tasks: Tasks) -> None:
    task_id = await tasks.new()
    await tasks.cancel(task_id)

    entry = await tasks.look(
        lambda db: db.value(str, "SELECT action || ' ' || subject || ' ' || reason FROM kernel.audit_entry")
    )
    assert entry == f"task.cancelled task:{task_id} no longer needed"


async def test_a_task_whose_worker_ended_is_begun_anew_and_the_first_file_is_gone(tasks: Tasks) -> None:
    task_id = await tasks.new()
    dying = asyncio.create_task(carry_out(tasks.run(), task_id, work=wait_for_ever))
    while not tasks.files():
        await asyncio.wait({dying}, timeout=0.01)
    left = tasks.files()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert (await tasks.find(task_id)).status is Status.PROCESSING
    assert tasks.files() == left, "nobody was there to remove it"

    await carry_out(tasks.run(1), task_id, work=write)

    task = await tasks.find(task_id)
    assert task.status is Status.SUCCEEDED
    assert tasks.files() == [task.file_id] != left


async def test_a_worker_that_was_taken_for_dead_changes_nothing_when_it_comes_back(tasks: Tasks) -> None:
    task_id = await tasks.new()
    came_back = asyncio.Event()

    async def come_back_late(working: Working) -> Made:
        await came_back.wait()
        return await working.keep(io.BytesIO(b"another"), name="late.csv", content_type="text/csv")

    late = asyncio.create_task(carry_out(tasks.run(), task_id, work=come_back_late))
    while (await tasks.find(task_id)).status is Status.PENDING:
        await asyncio.wait({late}, timeout=0.01)
    await carry_out(tasks.run(1), task_id, work=write)
    came_back.set()
    await late

    task = await tasks.find(task_id)
    assert task.file_name == "trial.csv"
    assert tasks.files() == [task.file_id]


async def test_a_refusal_fails_a_task_at_once(tasks: Tasks) -> None:
    task_id = await tasks.new()

    await carry_out(tasks.run(), task_id, work=refuse)

    task = await tasks.find(task_id)
    assert (task.status, task.error_code, task.error_is_retryable) == (Status.FAILED, "NOTHING_TO_EXPORT", False)
    assert task.error_message == "There is nothing to export"


async def test_another_failure_is_tried_again_until_it_was_tried_often_enough(tasks: Tasks) -> None:
    task_id = await tasks.new()
    for attempt in range(rules.ATTEMPTS - 1):
        with pytest.raises(ConnectionError):
            await carry_out(tasks.run(attempt), task_id, work=break_down)
        assert (await tasks.find(task_id)).status is Status.PROCESSING

    await carry_out(tasks.run(rules.ATTEMPTS - 1), task_id, work=break_down)

    task = await tasks.find(task_id)
    assert (task.status, task.error_code, task.error_is_retryable) == (Status.FAILED, "INTERNAL_ERROR", True)
    assert "nobody answers" not in (task.error_message or "")
    assert "job-7" in (task.error_message or "")


async def test_a_task_that_ends_its_worker_each_time_is_given_up(tasks: Tasks) -> None:
    task_id = await tasks.new()
    await tasks.change("UPDATE kernel.task SET status = 'processing', tries = 5 WHERE id = %(id)s", id=task_id)

    await carry_out(tasks.run(), task_id, work=write)

    assert (await tasks.find(task_id)).error_code == "WORKER_DIED"
    assert tasks.files() == []
