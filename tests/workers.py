"""Worker processes that a test starts and kills, and waiting until the database says what they did."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from backoffice.configuration import environment_of
from backoffice.kernel.house import House

Worker = subprocess.Popen[bytes]


@contextmanager
def workers(house: House, module: str) -> Iterator[Callable[[], Worker]]:
    """Starts workers of this module on the test's database; none outlives the test."""
    started: list[Worker] = []
    environment = environment_of(house.settings) | {"PYTHONPATH": os.pathsep.join(sys.path)}

    def start() -> Worker:
        started.append(subprocess.Popen([sys.executable, "-m", module], env=environment))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()
        worker.wait()


def wait_until(watcher: psycopg.Connection[Any], fact: str) -> None:
    """Until the database says so, but not for ever."""
    give_up_at = time.monotonic() + 60
    while watcher.execute(fact.encode()).fetchone() != (True,):
        assert time.monotonic() < give_up_at, f"never true: {fact}"
        watcher.execute("SELECT pg_sleep(0.02)")
