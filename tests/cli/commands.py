"""Running `backoffice` the way people do: as a process of its own, from a folder of its own, in a bare environment."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil

import backoffice
from backoffice.settings import Settings

COMMAND = [sys.executable, "-m", "backoffice"]
PATIENCE_SECONDS = 300
RUNS = "Ctrl-C stops everything."
OURS = {*(name.upper() for name in Settings.model_fields), "DATA_FOLDER"}


def environment(**settings: str) -> dict[str, str]:
    """What the tests run in, without any setting of ours but these."""
    bare = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**bare, "PYTHONPATH": str(Path(backoffice.__file__).parents[1]), **settings}


def run_command(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """One command from start to end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(data: Path) -> list[str]:
    """Every process that was started for this data folder: by its arguments, its working folder or its environment."""
    found = []
    for process in psutil.process_iter():
        try:
            places = [*process.cmdline(), process.cwd(), process.environ().get("DATA_FOLDER", "")]
        except psutil.Error:
            continue
        if any(str(data) in place for place in places) and process.status() != psutil.STATUS_ZOMBIE:
            found.append(" ".join(process.cmdline()[:6]))
    return found


@dataclass
class Run:
    """A `backoffice run` of a data folder, as leader of its process group, the way a terminal starts one."""

    data: Path
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> "Run":
        self.output = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*COMMAND, "run", "--port", str(self.port), "--data", str(self.data), *self.options],
            cwd=self.data.parent,
            env=environment(**self.settings),
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()
        self.output.close()

    def wait_ready(self) -> None:
        """It serves, and has said so: not before."""
        self.wait_until(lambda: RUNS in self.said() and self.is_ready(), "ready")

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_SECONDS} s\n{self.said()}"
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.said()
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz").text == "ready"
        except httpx.TransportError:
            return False

    @property
    def note(self) -> Any:
        return orjson.loads((self.data / "first-sign-in.json").read_bytes())

    def said(self) -> str:
        self.output.seek(0)
        return self.output.read().decode()

    def stop(self) -> tuple[int, str]:
        """Ctrl-C: the terminal sends SIGINT to the whole group. The exit code, and all that was said."""
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            return self.process.wait(PATIENCE_SECONDS), self.said()
        finally:
            self.process.kill()
