"""The ground a run stands on: a filled database, somebody signed in, and the processes that are measured.

The measured server has the first core for itself, whoever asks it the second; PostgreSQL takes what it needs.
"""

import base64
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr
from rich.console import Console
from rich.progress import Progress

from backoffice.configuration import environment_of
from backoffice.kernel.database.embedded import APP, DATABASE, EmbeddedServer
from backoffice.kernel.database.migration import DatabaseNewer, MigrationRefused
from backoffice.kernel.database.migrations import migrate
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.process import Process, kill_group, spawn
from backoffice.kernel.tokens import Tokens
from backoffice.settings import Settings
from benchmarks.filling import filled_scale
from benchmarks.product import Connection, Tested

ROOT = Path(__file__).parents[1]
PYTHON = Path(sys.executable)
SERVER_CORE, CLIENT_CORE = 0, 1
HOST = "127.0.0.1"
PATIENCE_SECONDS = 180
UNLIMITED = 1_000_000_000
MARK = "filled-by-load-runs"
APP_SECRET = "signs the webhooks of load runs"  # noqa: S105 - made up, and known to whoever reads this
ENCRYPTION_KEYS = f"bench:{base64.b64encode(bytes(32)).decode()}"
"""The same for every run: a database that is kept holds values that were sealed with it."""
console = Console()


class NotOurs(Exception):
    """A folder that is to be filled belongs to somebody else."""


class DidNotStart(Exception):
    """A measured process ended, or did not listen in time."""


@dataclass(frozen=True)
class Ground:
    """A product's filled database with its server, and the settings of every process on it."""

    tested: Tested
    server: EmbeddedServer
    settings: Settings
    scale: int
    token: str
    session_id: str

    def connect(self) -> Connection:
        return superuser(self.server)

    def with_settings(self, **changes: object) -> "Ground":
        return replace(self, settings=self.settings.model_copy(update=changes))

    @contextmanager
    def serving(self, *command: str, port: int, python: Path = PYTHON) -> Iterator[Process]:
        """A process that has the server's core for itself; it listens on this port."""
        with self.with_settings(port=port).running(*command, core=SERVER_CORE, python=python) as process:
            _wait_for(port, process)
            yield process

    @contextmanager
    def running(
        self, module: str, *arguments: str, core: int | None = None, python: Path = PYTHON
    ) -> Iterator[Process]:
        """`python -m module arguments` with the settings of this ground; it is gone afterwards."""
        log = self.server.folder.root / "logs" / f"{'-'.join([module, *arguments[:1]])}.log"
        with log.open("ab") as out, on_core(core) if core is not None else nullcontext():
            argv = [str(python), "-m", module, *arguments]
            process = spawn(argv, cwd=ROOT, env=environment_of(self.settings), stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE_SECONDS)
            kill_group(process)
            process.wait()


@contextmanager
def ground(data: Path, tested: Tested, *, scale: int) -> Iterator[Ground]:
    """The product's database of this scale below `data`, filled when there is none."""
    folder = (data / tested.name / str(scale)).absolute()
    is_new = not folder.exists()
    claim(folder)
    server = EmbeddedServer(folder)
    server.start()
    try:
        _migrate(server)
        _ensure_filled(server, tested, scale, is_new=is_new)
        settings = _settings(server)
        session_id = str(uuid7())
        with superuser(server) as db:
            db.execute(
                """
                INSERT INTO kernel.session (id, staff_id, product, address, agent, expires_at)
                     VALUES (%s, %s, %s, '127.0.0.1', 'benchmarks', now() + interval '1 day')
                """,
                [session_id, tested.admin.id, tested.name],
            )
        yield Ground(tested, server, settings, scale, _token(settings, tested, session_id), session_id)
    finally:
        server.stop()


def superuser(server: EmbeddedServer) -> Connection:
    """In the product's database, past all its walls."""
    return psycopg.connect(make_conninfo(server.superuser_url, dbname=DATABASE), autocommit=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def on_core(number: int) -> Iterator[None]:
    """What is started inside stays on this core, where the system can do that and has so many."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(allowed)[number % len(allowed)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def claim(folder: Path) -> None:
    """Mark a folder as ours to throw away; one that was there before us never is."""
    if folder.exists() and not (folder / MARK).exists():
        raise NotOurs(f"{folder} holds something that load runs did not put there. Name another folder with --data.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def _migrate(server: EmbeddedServer) -> None:
    """To this version; a database whose migrations were edited since is thrown away. DatabaseNewer: it is kept."""
    try:
        migrate(server.owner_url, app_role=APP)
    except DatabaseNewer:
        raise
    except MigrationRefused:
        _begin_anew(server)


def _ensure_filled(server: EmbeddedServer, tested: Tested, scale: int, *, is_new: bool) -> None:
    """What an interrupted run or another version left is thrown away; a folder made just now has nothing of it."""
    with superuser(server) as db:
        if filled_scale(db, tested.version) == scale:
            tested.forget(db, scale)
            return
    if not is_new:
        _begin_anew(server)
    with superuser(server) as db, Progress(console=console, transient=True) as progress:
        tested.fill(db, scale, progress)


def _begin_anew(server: EmbeddedServer) -> None:
    server.stop()
    shutil.rmtree(server.folder.root)
    claim(server.folder.root)
    server.start()
    migrate(server.owner_url, app_role=APP)


def _settings(server: EmbeddedServer) -> Settings:
    """The product's defaults, but nobody is told to slow down."""
    return Settings(
        _env_file=None,
        database_url=SecretStr(server.app_url),
        database_owner_url=SecretStr(server.owner_url),
        token_secret=SecretStr("signs the tokens of load runs and nothing else"),
        encryption_keys=SecretStr(ENCRYPTION_KEYS),
        data_folder=server.folder.root,
        reads_per_minute=UNLIMITED,
        writes_per_minute=UNLIMITED,
        whatsapp_app_secret=SecretStr(APP_SECRET),
        whatsapp_verify_token=SecretStr("verify-token"),
    )


def _token(settings: Settings, tested: Tested, session_id: str) -> str:
    admin = tested.admin
    who = {"user_id": admin.id, "username": admin.label, "email": f"{admin.label}@desk.example", "role": admin.role}
    tokens = Tokens(settings.token_secret.get_secret_value())
    return tokens.issue("access", tested.name, lifetime=timedelta(days=1), claims={**who, "sid": session_id})


def _wait_for(port: int, process: Process) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.02)
    raise DidNotStart(f"{process.args!r} does not listen on port {port}; its log is beside the database")
