"""`python -m benchmarks.kills.lost_server`: kills PostgreSQL under a worker, again and again; the worker has to end.

Each time jobs are under way, at a moment nobody chose. One that goes on without its database, without heartbeat and
jobs, is the fault that is looked for: nothing would ever start another.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random, SystemRandom
from typing import Annotated

import psutil
import psycopg
import typer
from pydantic import SecretStr
from rich.console import Console

from backoffice.configuration import environment_of
from backoffice.kernel.database.embedded import APP, EmbeddedServer
from backoffice.kernel.database.migrations import migrate
from backoffice.kernel.encryption.keyring import new_key
from backoffice.kernel.lanes import Lane
from backoffice.settings import Settings

JOBS_UNDER_WAY = 300
ENDS_WITHIN_SECONDS = 60
"""Far above the 15 seconds of the watchdog: a slow machine is not the fault that is looked for."""
WORKING = "SELECT count(*) FROM procrastinate.procrastinate_workers"
QUEUE_JOBS = """
    INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, args)
         SELECT (ARRAY['sending', 'model', 'bulk'])[1 + n %% 3], 'kernel.send_notification',
                jsonb_build_object('notice_id', uuidv7())
           FROM generate_series(1, %s) n
"""


class Way(StrEnum):
    FIRST = "first process killed"
    ALL = "all processes killed"
    STOPPED = "all processes stopped"


@dataclass(frozen=True)
class Death:
    """How the server went, how the worker did, and after how many seconds; no exit code: it had to be killed."""

    way: Way
    exit_code: int | None
    seconds: float


class Ground:
    """A server of its own, and workers upon it one after the other."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self.server = EmbeddedServer(folder)
        self.random = Random(seed)
        self.log = (folder.parent / "workers.log").open("ab")

    def __enter__(self) -> "Ground":
        self.server.start()
        migrate(self.server.owner_url, app_role=APP)
        settings = Settings(
            _env_file=None,
            database_url=SecretStr(self.server.app_url),
            token_secret=SecretStr("a secret of the kills, long enough to sign"),
            encryption_keys=SecretStr(new_key()),
            data_folder=self.server.folder.root / "worker",
        )
        self.environment = environment_of(settings)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()
        self.log.close()

    def lose_server(self, way: Way) -> Death:
        """Once: a worker at work, the server gone, the worker's end, the server back."""
        self.server.start()
        with psycopg.connect(self.server.superuser_url, autocommit=True) as db:
            db.execute("SET search_path TO public, procrastinate")
            db.execute("TRUNCATE procrastinate.procrastinate_jobs, procrastinate.procrastinate_workers CASCADE")
            db.execute(QUEUE_JOBS, [JOBS_UNDER_WAY])
            worker = subprocess.Popen(
                [sys.executable, "-m", "backoffice", "worker"], env=self.environment, stderr=self.log
            )
            while db.execute(WORKING).fetchone() != (len(Lane),):
                if worker.poll() is not None:
                    raise RuntimeError(f"the worker ended by itself with {worker.returncode}")
                time.sleep(0.01)
        time.sleep(self.random.uniform(0, 2))
        there = self._strike(way)
        death = _death(worker, way)
        for process in there if way is Way.STOPPED else []:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.server.process.wait(ENDS_WITHIN_SECONDS)
        return death

    def _strike(self, way: Way) -> list[psutil.Process]:
        first = psutil.Process(self.server.process.pid)
        there = [first] if way is Way.FIRST else [first, *first.children(recursive=True)]
        for process in there:
            with suppress(psutil.NoSuchProcess):
                os.kill(process.pid, signal.SIGSTOP if way is Way.STOPPED else signal.SIGKILL)
        return there


def _death(worker: subprocess.Popen[bytes], way: Way) -> Death:
    began = time.monotonic()
    try:
        exit_code: int | None = worker.wait(ENDS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        exit_code = None
        worker.kill()
        worker.wait()
    return Death(way, exit_code, time.monotonic() - began)


def main(
    *,
    times: Annotated[int, typer.Option(min=1, help="How often the server is killed")] = 100,
    stopped: Annotated[int, typer.Option(min=0, help="How many of them it is stopped instead")] = 5,
    seed: Annotated[int | None, typer.Option(help="Repeats the choices of an earlier run")] = None,
) -> None:
    """Kill PostgreSQL under a worker; exits 1 when a worker outlived it."""
    seed = SystemRandom().randrange(10_000) if seed is None else seed
    console, scratch = Console(), Path(tempfile.mkdtemp(prefix="backoffice-lost-"))
    ways = [*[Way.STOPPED] * min(stopped, times), *[(Way.FIRST, Way.ALL)[n % 2] for n in range(times - stopped)]]
    deaths = []
    try:
        with Ground(scratch / "var", seed=seed) as ground:
            for way in ways:
                deaths.append(ground.lose_server(way))
                console.print(f"{len(deaths)}: {deaths[-1]}", highlight=False)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    outlived = [death for death in deaths if death.exit_code is None]
    counted = Counter(f"{death.way}, exit {death.exit_code}" for death in deaths)
    console.print(f"{len(deaths)} times with seed {seed}, longest {max(death.seconds for death in deaths):.1f} s:")
    for what, number in sorted(counted.items()):
        console.print(f"  {number} x {what}", highlight=False)
    raise typer.Exit(1 if outlived else 0)


if __name__ == "__main__":
    typer.run(main)
