"""`backoffice serve` as a process of its own, and the processes below it."""

import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil

from tests.cli.commands import COMMAND, PATIENCE_SECONDS, environment, free_port


class Serving:
    """A server as a process of its own, and the process below it that answers."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.log = folder / "serve.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "serve"], cwd=folder, env=environment(PORT=str(self.port), **settings), stderr=log
            )

    def answering(self, *, but: frozenset[int] = frozenset()) -> psutil.Process:
        """The process below that listens, once it answers; one that is not among `but`."""
        found: list[psutil.Process] = []

        def answers() -> bool:
            found[:] = [child for child in self.below() if child.pid not in but]
            return bool(found) and self.is_alive()

        eventually(answers)
        return found[0]

    def below(self) -> list[psutil.Process]:
        return [child for child in psutil.Process(self.process.pid).children(recursive=True) if is_there(child)]

    def is_alive(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=1).text == "alive"
        except httpx.HTTPError:
            return False

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(30)

    def port_is_free(self) -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError:
                return False
            return True


def eventually(holds: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up_at
        threading.Event().wait(0.05)


def is_there(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
