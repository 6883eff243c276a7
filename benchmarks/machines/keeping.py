"""Parts that are started again when they die, as systemd does; killed, paused and fenced as machines are."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from backoffice.kernel.process import Process, kill_group

RESTARTS_AFTER = 0.2
"""RestartSec of the units in deploy/systemd."""
LOOK_EVERY = 0.05
STOPS_WITHIN = 15.0


@dataclass
class Part:
    """One program of one machine. `is_well` says whether it does its work."""

    name: str
    start: Callable[[], Process]
    is_well: Callable[[], bool]
    process: Process | None = None
    fenced: bool = False
    """Its machine is off: nobody starts it again."""
    paused: list[psutil.Process] = field(default_factory=list)

    def begin(self) -> None:
        self.process = self.start()

    def everything(self) -> list[psutil.Process]:
        """Its first process and all below it."""
        if self.process is None:
            return []
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(self.process.pid)
            return [first, *first.children(recursive=True)]
        return []

    def kill(self) -> None:
        """As a machine that loses its power: all of it at once."""
        for one in self.everything():
            with suppress(psutil.NoSuchProcess):
                one.kill()

    def pause(self) -> None:
        self.paused = self.everything()
        self._signal(self.paused, signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(self.paused, signal.SIGCONT)
        self.paused = []

    def fence(self) -> None:
        self.fenced = True
        self.kill()

    def stop(self) -> None:
        self.fenced = True
        self.resume()
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT if "postgresql" in self.name else signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOPS_WITHIN)
        kill_group(self.process)

    @staticmethod
    def _signal(whom: Iterable[psutil.Process], number: signal.Signals) -> None:
        for one in whom:
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                os.kill(one.pid, number)


async def keep(parts: list[Part]) -> None:
    """Start again what died, for ever. Of the main thread: what it starts dies with it."""
    died_at: dict[str, float] = {}
    while True:
        now = asyncio.get_running_loop().time()
        for part in parts:
            if part.fenced or (part.process is not None and part.process.poll() is None):
                died_at.pop(part.name, None)
            elif now - died_at.setdefault(part.name, now) >= RESTARTS_AFTER:
                died_at.pop(part.name)
                if part.process is not None:
                    kill_group(part.process)
                part.begin()
        await asyncio.sleep(LOOK_EVERY)


async def until(holds: Callable[[], bool], *, within: float, what: str) -> None:
    """NotWell when it does not come to hold in so many seconds."""
    deadline = asyncio.get_running_loop().time() + within
    while not await asyncio.to_thread(holds):
        if asyncio.get_running_loop().time() > deadline:
            raise NotWell(f"{what} was not well within {within:g} s")
        await asyncio.sleep(LOOK_EVERY)


class NotWell(Exception):
    """A part did not come back by itself."""
