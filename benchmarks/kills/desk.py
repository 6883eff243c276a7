"""A `backoffice run` on a data folder of its own: started as people start it, found by its note, ended by Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
from dotenv import dotenv_values

from backoffice.configuration import SECRETS_FILE
from backoffice.first_start import read_note
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.process import spawn

HOST = "127.0.0.1"
STARTS_WITHIN = 300.0
STOPS_WITHIN = 120.0
LOOK_EVERY = 0.05
RUNS = "Ctrl-C stops everything"


class DeskFailed(Exception):
    """The run did not start, or did not end, as it should; the message carries its last words."""


@dataclass(frozen=True)
class Desk:
    """A running house and where everything of it is."""

    process: subprocess.Popen[bytes]
    data: Path
    port: int
    beside: list[subprocess.Popen[bytes]] = field(default_factory=list)
    """Who keeps a further API and worker alive."""
    ports: list[int] = field(default_factory=list)
    """Where the APIs beside the run listen."""

    @property
    def log(self) -> str:
        return log_file(self.data).read_text(errors="replace")

    @property
    def sign_in(self) -> dict[str, str]:
        """The helpdesk's address, and who may sign in there."""
        note = read_note(self.data)
        assert note is not None, "a run that started has left its note"
        return dict(note["products"]["helpdesk"])

    @property
    def webhook(self) -> str:
        return f"{self.sign_in['address']}/api/v1/whatsapp/webhook"

    @property
    def secret(self) -> str:
        """What Meta would sign with."""
        return dotenv_values(self.data / SECRETS_FILE)["WHATSAPP_APP_SECRET"] or ""

    def database(self) -> psycopg.Connection[Any]:
        return psycopg.connect(EmbeddedServer(self.data).app_url, autocommit=True)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`backoffice ...` beside the run."""
        argv = [sys.executable, "-m", "backoffice", *words, "--data", str(self.data)]
        return subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)

    def processes(self) -> list[psutil.Process]:
        """The run and everything below it."""
        with suppress(psutil.NoSuchProcess):
            run = psutil.Process(self.process.pid)
            return [run, *run.children(recursive=True)]
        return []


def log_file(data: Path) -> Path:
    return data.with_name(f"{data.name}.log")


@contextmanager
def running_desk(data: Path, **settings: str) -> Iterator[Desk]:
    """Start a run whose environment has these settings, wait until it serves, and leave nothing of it behind."""
    port = free_port()
    argv = [sys.executable, "-m", "backoffice", "run", "--port", str(port), "--data", str(data)]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | settings
    with log_file(data).open("wb") as log:
        desk = Desk(spawn(argv, stdout=log, stderr=log, env=environment), data, port)
    try:
        wait_until(lambda: RUNS in desk.log or desk.process.poll() is not None, within=STARTS_WITHIN, desk=desk)
        wait_until(lambda: listens(port) or desk.process.poll() is not None, within=STARTS_WITHIN, desk=desk)
        if desk.process.poll() is not None:
            raise DeskFailed(f"it ended with {desk.process.returncode}:\n{desk.log}")
        yield desk
    finally:
        interrupt(desk)


def interrupt(desk: Desk) -> list[psutil.Process]:
    """Press Ctrl-C, which reaches the whole foreground group. Returns the processes that outlived it: none."""
    known = desk.processes()
    if desk.process.poll() is None:
        os.killpg(desk.process.pid, signal.SIGINT)
    try:
        desk.process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired as late:
        for one in known:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        raise DeskFailed(f"it did not stop within {STOPS_WITHIN:g} s:\n{desk.log}") from late
    _, alive = psutil.wait_procs(known, timeout=1)
    return [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def wait_until(holds: Callable[[], bool], *, within: float, desk: Desk) -> None:
    """Look until it holds; DeskFailed with the log when it does not in time."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            raise DeskFailed(f"nothing came of it within {within:g} s:\n{desk.log[-5000:]}")
        with suppress(subprocess.TimeoutExpired):
            desk.process.wait(LOOK_EVERY)


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


def free_port() -> int:
    """One with two free neighbours, which a run takes for metrics and the stand-in."""
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = int(probe.getsockname()[1])
        if port < 65_000 and not any(listens(port + beside) for beside in (0, 1, 2)):
            return port
