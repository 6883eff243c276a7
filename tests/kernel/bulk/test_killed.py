"""A worker that is killed in the middle of a bulk act: another does what is left, and no row twice."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from backoffice.configuration import environment_of
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.house import House
from backoffice.kernel.task import Status
from tests.conftest import superuser
from tests.kernel.bulk.conftest import Bulk, TrialAct
from tests.kernel.bulk.holding import GATE
from tests.kernel.task.test_killed import DONE, Worker, wait_until

AT_THE_GATE = f"SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND objid = {GATE} AND NOT granted"


@pytest.fixture
def workers(house: House) -> Iterator[list[Worker]]:
    """Those that are put in here do not outlive the test."""
    started: list[Worker] = []
    yield started
    for worker in started:
        worker.kill()
        worker.wait()


def start(house: House, workers: list[Worker]) -> Worker:
    environment = environment_of(house.settings) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    workers.append(subprocess.Popen([sys.executable, "-m", "tests.kernel.bulk.holding"], env=environment))
    return workers[-1]


async def test_a_bulk_act_whose_worker_is_killed_is_ended_by_another_and_changes_no_row_twice(
    bulk: Bulk, workers: list[Worker], clean: EmbeddedServer
) -> None:
    task_id = await bulk.start("a", "b", "gate", "c")
    with superuser(clean) as watcher:
        watcher.execute(f"SELECT pg_advisory_lock({GATE})".encode())
        killed = start(bulk.house, workers)
        wait_until(watcher, AT_THE_GATE)
        killed.kill()
        killed.wait()
        assert await bulk.counts(task_id) == {"done": 2, "waiting": 2}
        watcher.execute("UPDATE procrastinate.procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
        start(bulk.house, workers)
        watcher.execute(f"SELECT pg_advisory_unlock({GATE})".encode())
        wait_until(watcher, DONE)

    assert (await bulk.task(task_id)).status is Status.SUCCEEDED
    assert await bulk.audited(TrialAct.DONE) == ["a", "b", "gate", "c"]
    assert await bulk.counts(task_id) == {"done": 4}
