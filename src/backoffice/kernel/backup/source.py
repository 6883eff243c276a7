"""The server that is backed up: its address for that, PostgreSQL's own tools, and what it lets us do.

The tools get address and password by their environment: a command line can be read by everybody on the machine.
"""

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import class_row

from backoffice.kernel.backup.rules import BackupUnderWay, Form, Stopped, ToolFailed
from backoffice.kernel.database.data_folder import DataFolder
from backoffice.kernel.database.embedded import BINARIES, SYSTEM_LOCALE, EmbeddedServer
from backoffice.kernel.process import kill_group, spawn
from backoffice.settings import Settings

LOOK_EVERY_SECONDS = 0.2
LOCK = 0x6261636B
ENVIRONMENT = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "passfile": "PGPASSFILE",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "channel_binding": "PGCHANNELBINDING",
}

ERROR = re.compile(r"\berror:\s+(.+)", re.IGNORECASE)
"""The tools say it small, psql repeats what the server says in capitals."""

Db = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Nature:
    """What the server is, and what our role may do there."""

    system: str
    version: int
    may_replicate: bool
    summarizes: bool
    has_tablespaces: bool

    @property
    def form(self) -> Form:
        return Form.PHYSICAL if self.may_replicate else Form.LOGICAL


@dataclass(frozen=True, slots=True)
class Source:
    """An address, and whether the server there is the embedded one of our data folder."""

    url: str
    is_ours: bool

    @classmethod
    def of(cls, settings: Settings) -> "Source":
        """The embedded server as its superuser; another one as the role of DATABASE_BACKUP_URL, or its owner."""
        folder = DataFolder(settings.data_folder)
        host = conninfo_to_dict(settings.direct_url).get("host")
        if folder.cluster.exists() and host == str(folder.socket_folder):
            return cls(EmbeddedServer(settings.data_folder).superuser_url, is_ours=True)
        named = settings.database_backup_url or settings.database_owner_url
        return cls(named.get_secret_value() if named else settings.direct_url, is_ours=False)

    @property
    def database(self) -> str:
        return str(conninfo_to_dict(self.url).get("dbname") or "backoffice")

    @contextlib.contextmanager
    def alone(self) -> Iterator[Db]:
        """A connection, as the only one that makes or clears away backups now. BackupUnderWay."""
        with psycopg.connect(self.url, autocommit=True, application_name="backoffice backup") as db:
            if not _asked(db, "SELECT pg_try_advisory_lock(%s)", LOCK):
                raise BackupUnderWay
            yield db

    def run(self, tool: str, *arguments: str, watch: Callable[[], None] = lambda: None) -> None:
        """One of PostgreSQL's programs against this server. `watch` is called meanwhile; what it raises ends it."""
        run_tool(tool, *arguments, environment=environment_of(self.url), watch=watch)


def nature_of(db: Db) -> Nature:
    """Asks the server. What our role may not see counts as absent."""
    with db.cursor(row_factory=class_row(Nature)) as cursor:
        cursor.execute(
            """
            SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system,
                   current_setting('server_version_num')::int AS version,
                   (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user) AS may_replicate,
                   coalesce(current_setting('summarize_wal', true), 'off') = 'on' AS summarizes,
                   (SELECT count(*) > 2 FROM pg_tablespace) AS has_tablespaces
            """
        )
        found = cursor.fetchone()
    assert found is not None
    return found


def environment_of(url: str) -> dict[str, str]:
    """The address as libpq reads it from the environment."""
    named = {ENVIRONMENT[name]: str(value) for name, value in conninfo_to_dict(url).items() if name in ENVIRONMENT}
    return {"PATH": os.defpath, "LC_ALL": SYSTEM_LOCALE, "PGAPPNAME": "backoffice backup", **named}


def run_tool(
    tool: str, *arguments: str, environment: Mapping[str, str] | None = None, watch: Callable[[], None] = lambda: None
) -> None:
    """Run a program of the package to its end. ToolFailed says what it said last."""
    given = environment or {"PATH": os.defpath, "LC_ALL": SYSTEM_LOCALE}
    process = spawn(
        [str(BINARIES / tool), *arguments],
        env=given,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        said = _said_by(process, watch)
    finally:
        kill_group(process)
        process.wait()
    if process.returncode != 0:
        raise ToolFailed(tool=tool, reason=said or f"exit code {process.returncode}")


def _said_by(process: "subprocess.Popen[bytes]", watch: Callable[[], None]) -> str:
    """The last error that it tells of, else its last line, once it has ended: after one it tells what it removes."""
    while True:
        try:
            _, told = process.communicate(timeout=LOOK_EVERY_SECONDS)
        except subprocess.TimeoutExpired:
            watch()
        else:
            lines = told.decode(errors="replace").strip().splitlines()
            errors = [found[1] for line in lines if (found := ERROR.search(line))]
            return (errors or lines or [""])[-1]


def _asked(db: Db, statement: Any, *values: object) -> Any:
    row = db.execute(statement, values).fetchone()
    return row[0] if row else None


PARTS = {
    "copying": (0, 30),
    "keeping": (30, 55),
    "keeping uploads": (55, 60),
    "unpacking": (60, 85),
    "checking": (85, 99),
}
"""Which part of the whole, in hundredths, a step of making a backup takes about."""


class Watch:
    """How far the making of a backup is, for whoever looks, and whether it is still wanted.

    Written by the thread that makes it, read by another one.
    """

    def __init__(self, tell: Callable[["Watch"], None] = lambda watch: None) -> None:
        self.stopped = False
        self.step = ""
        self.done = 0
        self.total = 0
        self._tell = tell
        self._told_at = 0.0

    def begin(self, step: str, *, total: int = 0) -> None:
        self.step, self.done, self.total = step, 0, total
        self.look()

    @property
    def percent(self) -> int:
        """How far all of it is, about."""
        first, last = PARTS.get(self.step, (0, 0))
        done = min(1.0, self.done / self.total) if self.total else 0.0
        return first + int(done * (last - first))

    def look(self) -> None:
        """Stopped if it is no longer wanted."""
        if self.stopped:
            raise Stopped
        if time.monotonic() - self._told_at > LOOK_EVERY_SECONDS:
            self._told_at = time.monotonic()
            self._tell(self)

    def counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same pieces, each a step."""
        for piece in pieces:
            self.done += len(piece)
            self.look()
            yield piece


def pieces_of(file: Path, *, size: int = 1024 * 1024) -> Iterator[bytes]:
    with file.open("rb") as content:
        while piece := content.read(size):
            yield piece
