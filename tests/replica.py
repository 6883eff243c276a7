"""A second PostgreSQL that follows the one of the tests, as a streaming replica of production does."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import psycopg

from backoffice.kernel.database.embedded import BINARIES, EmbeddedServer
from tests.conftest import superuser

PATIENCE_SECONDS = 30.0


class Follower(EmbeddedServer):
    """Its replay is held up and let go, its processes paused, killed and started again."""

    def follow(self) -> None:
        """Run it, and return once it may be read from."""
        self.launch()
        self.wait_ready(PATIENCE_SECONDS)

    def hold_replay(self) -> None:
        self._run_there("SELECT pg_wal_replay_pause()")
        while self._run_there("SELECT pg_get_wal_replay_pause_state()") != "paused":
            self._run_there("SELECT pg_sleep(0.01)")

    def let_replay(self) -> None:
        self._run_there("SELECT pg_wal_replay_resume()")

    def catch_up(self, primary: EmbeddedServer) -> None:
        with superuser(primary) as connection:
            row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
        assert row is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._run_there(f"SELECT pg_last_wal_replay_lsn() >= '{row[0]}'") is not True:
            assert time.monotonic() < deadline, "the replica does not catch up"
            self._run_there("SELECT pg_sleep(0.01)")

    def _run_there(self, sql: str) -> Any:
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            row = connection.execute(sql).fetchone()  # type: ignore[arg-type]
            return row and row[0]

    def signal(self, number: signal.Signals) -> None:
        """To every process of it."""
        first = psutil.Process(self.process.pid)
        for process in (first, *first.children(recursive=True)):
            process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def following(primary: EmbeddedServer) -> Iterator[Follower]:
    """One that was copied from the primary and streams from it."""
    with TemporaryDirectory(prefix="backoffice-replica-") as root:
        replica = Follower(Path(root))
        shutil.copytree(primary.folder.root / "secrets", replica.folder.root / "secrets")
        replica.folder.claim()
        environment = {"PGPASSWORD": primary.folder.password("postgres"), "PATH": os.defpath}
        copy = [BINARIES / "pg_basebackup", "-h", primary.folder.socket_folder, "-U", "postgres", "-R"]
        copy += ["-D", replica.folder.cluster, "--checkpoint=fast", "--no-sync"]
        subprocess.run(copy, env=environment, check=True, capture_output=True)
        if identity := primary.folder.identity:
            for path in (replica.folder.cluster, *replica.folder.cluster.rglob("*")):
                os.chown(path, *identity)
        try:
            replica.follow()
            yield replica
        finally:
            replica.stop()
