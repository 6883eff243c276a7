"""A worker that is killed in the middle of a task: another does it anew, and one file is left."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from backoffice.kernel.house import House
from backoffice.kernel.task import Status, lock_of
from tests.kernel.task.conftest import KEEPER, Tasks
from tests.kernel.task.holding import GATE, KEEP_AND_WAIT
from tests.workers import Worker, wait_until, workers

AT_THE_GATE = f"SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND objid = {GATE} AND NOT granted"
DONE = "SELECT status = 'succeeded' FROM kernel.task"


@pytest.fixture
def start_worker(house: House) -> Iterator[Callable[[], Worker]]:
    with workers(house, "tests.kernel.task.holding") as start:
        yield start


async def test_a_task_whose_worker_is_killed_is_done_by_another_and_leaves_one_file(
    tasks: Tasks, start_worker: Callable[[], Worker], watcher: psycopg.Connection[Any]
) -> None:
    task_id = await tasks.new()
    async with tasks.house.database.write(KEEPER) as tx:
        tx.defer(KEEP_AND_WAIT, lock=lock_of(task_id), task_id=str(task_id))
    watcher.execute(f"SELECT pg_advisory_lock({GATE})".encode())
    killed = start_worker()
    wait_until(watcher, AT_THE_GATE)
    [first] = tasks.files()

    killed.kill()
    killed.wait()
    watcher.execute("UPDATE procrastinate.procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    start_worker()
    wait_until(watcher, "SELECT tries = 2 FROM kernel.task")
    watcher.execute(f"SELECT pg_advisory_unlock({GATE})".encode())
    wait_until(watcher, DONE)

    task = await tasks.find(task_id)
    assert (task.status, task.rows_processed) == (Status.SUCCEEDED, 1)
    assert tasks.files() == [task.file_id] != [first]
