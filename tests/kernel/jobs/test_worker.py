"""A real worker process: what it does when it is told to stop, and what becomes of its job when it is killed."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from tests.kernel.jobs.holding import GATE, HOLD_ON
from tests.workers import Worker, wait_until, workers

PHONE = "+919876500001"
AT_THE_GATE = f"SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND objid = {GATE} AND NOT granted"
NO_JOB_LEFT = "SELECT count(*) = 0 FROM procrastinate.procrastinate_jobs WHERE task_name LIKE '%hold_on'"
LISTENING = "SELECT count(*) > 0 FROM procrastinate.procrastinate_workers"


@pytest.fixture
def start_worker(house: House) -> Iterator[Callable[[], Worker]]:
    with workers(house, "tests.kernel.jobs.holding") as start:
        yield start


async def defer(house: House) -> None:
    async with house.database.write(system("helpdesk", "tests")) as tx:
        tx.defer(HOLD_ON, lock=f"whatsapp:{PHONE}", phone=PHONE)


@contextmanager
def closed_gate(watcher: psycopg.Connection[Any]) -> Iterator[None]:
    """While it lasts, the job waits inside its write."""
    watcher.execute(f"SELECT pg_advisory_lock({GATE})".encode())
    yield
    watcher.execute(f"SELECT pg_advisory_unlock({GATE})".encode())


def customers(watcher: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return watcher.execute("SELECT phone FROM helpdesk.whatsapp_user").fetchall()


async def test_the_job_of_a_killed_worker_is_taken_up_by_another_and_done_once(
    house: House, start_worker: Callable[[], Worker], watcher: psycopg.Connection[Any]
) -> None:
    await defer(house)
    with closed_gate(watcher):
        killed = start_worker()
        wait_until(watcher, AT_THE_GATE)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert customers(watcher) == []
        watcher.execute("UPDATE procrastinate.procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    other = start_worker()
    wait_until(watcher, NO_JOB_LEFT)

    assert customers(watcher) == [(PHONE,)]
    other.terminate()
    assert other.wait(timeout=10) == 0


async def test_a_worker_that_is_told_to_stop_finishes_what_it_is_doing(
    house: House, start_worker: Callable[[], Worker], watcher: psycopg.Connection[Any]
) -> None:
    await defer(house)
    with closed_gate(watcher):
        worker = start_worker()
        wait_until(watcher, AT_THE_GATE)
        worker.terminate()
        watcher.execute("SELECT pg_sleep(0.2)")
        assert worker.poll() is None

    assert worker.wait(timeout=10) == 0
    assert customers(watcher) == [(PHONE,)]
    assert watcher.execute(NO_JOB_LEFT.encode()).fetchone() == (True,)


async def test_a_worker_without_work_stops_at_once(
    start_worker: Callable[[], Worker], watcher: psycopg.Connection[Any]
) -> None:
    worker = start_worker()
    wait_until(watcher, LISTENING)
    worker.send_signal(signal.SIGINT)

    assert worker.wait(timeout=10) == 0
