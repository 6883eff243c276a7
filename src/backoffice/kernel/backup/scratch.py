"""A PostgreSQL on an unpacked backup, for a trial: nobody but us gets in, it archives nothing, and it is gone after."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backoffice.kernel.backup.source import environment_of, run_tool
from backoffice.kernel.backup.unpacking import DUMP, ROLES
from backoffice.kernel.database.data_folder import DataFolder
from backoffice.kernel.database.embedded import PORT, SUPERUSER, EmbeddedServer

SETTINGS = {
    "archive_mode": "off",
    "hot_standby": "off",
    "summarize_wal": "off",
    "shared_buffers": "64MB",
    "fsync": "off",
}
RECOVERY_SECONDS = 6 * 3600.0
HBA = "local all all trust\n"


@contextmanager
def started(home: Path) -> Iterator[EmbeddedServer]:
    """The server of the cluster in `home/postgres`, recovered. ServerDidNotStart says why it could not be.

    Its socket lies in a folder that only its user may enter; so it needs no password, which may be another one's.
    """
    folder = DataFolder(home)
    rules = folder.cluster / "scratch_hba.conf"
    rules.write_text(HBA)
    if identity := folder.identity:
        shutil.chown(rules, *identity)
    server = EmbeddedServer(home, settings={**SETTINGS, "hba_file": str(rules)})
    try:
        server.launch()
        server.wait_ready(timeout=RECOVERY_SECONDS)
        yield server
    finally:
        server.stop()


@contextmanager
def started_from_dump(home: Path) -> Iterator[EmbeddedServer]:
    """A new server with what the two files in `home/dump` say. ToolFailed where one of them can't be carried out."""
    first = EmbeddedServer(home, settings=SETTINGS)
    try:
        first.launch()
        first.wait_ready(timeout=60)
    finally:
        first.stop()
    with started(home) as server:
        given = environment_of(url_of(server, "postgres"))
        # Roles that every server has are there already.
        run_tool("psql", "--no-psqlrc", "--quiet", f"--file={home / 'dump' / ROLES}", environment=given)
        restore = ("--create", "--exit-on-error", "--dbname=postgres", str(home / "dump" / DUMP))
        run_tool("pg_restore", *restore, environment=given)
        yield server


def url_of(server: EmbeddedServer, database: str, *, role: str = SUPERUSER) -> str:
    return f"postgresql://{role}@/{database}?host={server.folder.socket_folder}&port={PORT}"
