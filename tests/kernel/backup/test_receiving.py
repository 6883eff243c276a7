"""The log of somebody else's server, as `pg_receivewal` brings it into the spool while files are shipped from there."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from backoffice.kernel.backup.shelf import Shelf
from backoffice.kernel.backup.shipping import LEFT_AFTER_SECONDS, Shipped, ship
from backoffice.kernel.backup.source import environment_of
from backoffice.kernel.database.embedded import BINARIES, EmbeddedServer
from backoffice.settings import Settings
from tests.conftest import superuser

PATIENCE_SECONDS = 20.0
DEPLOY = Path(__file__).parents[3] / "deploy"


@pytest.fixture
def role_url(server: EmbeddedServer) -> Iterator[str]:
    """The server as the role that deploy/ makes for backups, with the rights that it has there and no other."""
    told = (DEPLOY / "postgresql" / "roles.sh").read_text().splitlines()
    mine = [line for line in told if "backoffice_backup" in line and line.startswith(("CREATE ROLE", "GRANT"))]
    with superuser(server) as db:
        for line in mine:
            db.execute(line.replace(":'backup'", "'backup'").encode())
        yield make_conninfo(server.superuser_url, user="backoffice_backup", password="backup")
        db.execute("DROP OWNED BY backoffice_backup")
        db.execute("DROP ROLE backoffice_backup")


@contextmanager
def receiving(url: str, spool: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [str(BINARIES / "pg_receivewal"), "--no-loop", "--directory", str(spool)]
    process = subprocess.Popen(command, env=environment_of(url), stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def shipped_after_a_write(server: EmbeddedServer, theirs: Settings) -> Shipped | None:
    with superuser(server) as db:
        db.execute("SELECT pg_logical_emit_message(true, 'tests', 'a write')")
    return ship(theirs)


def test_what_pg_receivewal_is_writing_is_left_to_it_and_what_it_finished_is_shipped(
    settings: Settings, server: EmbeddedServer, tmp_path: Path, role_url: str
) -> None:
    places = {"data_folder": tmp_path, "backups_url": (tmp_path / "kept").as_uri()}
    theirs = settings.model_copy(update={**places, "database_backup_url": SecretStr(role_url)})
    assert ship(theirs) is None, "a worker that is handed no log says nothing of it"
    spool = tmp_path / "wal"
    spool.mkdir()
    forgotten = spool / f"{'0' * 24}.partial"
    forgotten.touch()
    os.utime(forgotten, (0, time.time() - LEFT_AFTER_SECONDS - 60))

    with receiving(role_url, spool) as receiver:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(list(spool.glob("*.partial"))) < 2:
            assert time.monotonic() < deadline, "pg_receivewal does not begin"
        first, second = (shipped_after_a_write(server, theirs) for _ in range(2))

        assert receiver.poll() is None
    assert first and second and first.until and second.until and first.until < second.until
    assert len(Shelf(theirs).list_files("wal")) == first.files + second.files >= 2
    assert not forgotten.exists()
