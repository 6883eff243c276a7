"""Keeps the processes of `backoffice run` alive, and leaves none behind.

    started -> dies -> what it left is killed -> a wait of 0.2 s, doubling to 5 s -> started again
            -> stuck for 10 s -> killed

A child that lived 10 s starts over at 0.2 s. A signal stops all of them, the last one first.

An interlude may look on: it lets children rest, starts an errand of its own, and lets them go on.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

import structlog

FIRST_WAIT = 0.2
LONGEST_WAIT = 5.0
STEADY_AFTER = 10.0
LOOK_EVERY = 0.1
ASK_EVERY = 1.0
STUCK_AFTER = 10.0
PR_SET_PDEATHSIG = 1

Process = subprocess.Popen[bytes]

# Loaded before any fork: between fork and exec there is no safe moment for it.
libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_log = structlog.get_logger(__name__)


def spawn(argv: Sequence[str], *, death_signal: signal.Signals = signal.SIGTERM, **options: Any) -> Process:
    """Start a process as leader of its own session; on Linux it gets `death_signal` when we die, however we die.

    We are the thread that called this: call it from one that lives as long as the child should. `options` are Popen's.
    """
    parent = os.getpid()

    def die_with_parent() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            # The parent may have died before the line above.
            if os.getppid() != parent:
                os._exit(1)

    return subprocess.Popen(
        list(argv),
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - the wish is lost at setuid, so only the child itself can make it
        **options,
    )


def kill_group(process: Process) -> None:
    """Kill at once whatever lives in the session that `process` led, also after it is gone itself."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep alive: how it is started (with `spawn`), how it is asked to stop, how long it may take.

    `is_stuck` tells of one that lives and will never work again; it is killed once that holds for STUCK_AFTER seconds.
    """

    name: str
    start: Callable[[], Process]
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    is_stuck: Callable[[], bool] | None = None


class _Watched:
    """One child over its lives."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: Process | None = None
        self.wait = FIRST_WAIT
        self.started = 0.0
        self.due = 0.0
        self.well_until = 0.0
        self.asked = 0.0
        self.rests = False

    def start(self) -> None:
        self.started = self.well_until = time.monotonic()
        self.process = self.child.start()

    def look(self) -> None:
        """Notice a death, or start again what is due."""
        if self.process is not None:
            exit_code = self.process.poll()
            if exit_code is not None:
                self._bury(self.process, exit_code)
            elif self._is_stuck():
                _log.warning("child_stuck", child=self.child.name, seconds=STUCK_AFTER)
                kill_group(self.process)
        elif not self.rests and time.monotonic() >= self.due:
            try:
                self.start()
            except Exception as reason:
                self._wait_longer(reason=str(reason))

    def _is_stuck(self) -> bool:
        now = time.monotonic()
        if self.child.is_stuck is None or now - self.asked < ASK_EVERY:
            return False
        self.asked = now
        if not self.child.is_stuck():
            self.well_until = now
        return now - self.well_until >= STUCK_AFTER

    def _bury(self, process: Process, exit_code: int) -> None:
        kill_group(process)
        self.process = None
        if time.monotonic() - self.started >= STEADY_AFTER:
            self.wait = FIRST_WAIT
        self._wait_longer(exit_code=exit_code)

    def _wait_longer(self, **why: object) -> None:
        _log.warning("child_restarts", child=self.child.name, wait=self.wait, **why)
        self.due = time.monotonic() + self.wait
        self.wait = min(self.wait * 2, LONGEST_WAIT)

    def stop(self) -> None:
        """Ask, wait for the grace time, then kill; nothing of its session stays."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.child.stop_signal)
        try:
            self.process.wait(self.child.grace)
        except subprocess.TimeoutExpired:
            _log.warning("child_killed", child=self.child.name, grace=self.child.grace)
        kill_group(self.process)
        self.process.wait()
        self.process = None


class Interlude(Protocol):
    """What now and then has to happen between the children, such as giving them another data folder."""

    def look(self, supervisor: "Supervisor") -> None:
        """Called ten times a second; whatever it waits for, the children wait for as well."""

    def stop(self) -> None:
        """Everything ends: leave no process."""


class Supervisor:
    """Runs children until a signal or `stop()`. Start order is list order: what others need comes first."""

    def __init__(self, children: Sequence[Child], *, interlude: Interlude | None = None) -> None:
        self._watched = [_Watched(child) for child in children]
        self._interlude = interlude
        self._stopping = False

    @property
    def names(self) -> list[str]:
        return [watched.child.name for watched in self._watched]

    def rest(self, *names: str) -> None:
        """Stop these children, the last one first, until they are let go on."""
        for watched in reversed(self._watched):
            if watched.child.name in names:
                watched.rests = True
                watched.stop()

    def go_on(self) -> None:
        """Start again, in order, whoever rests."""
        for watched in self._watched:
            if watched.rests:
                watched.rests = False
                watched.wait, watched.due = FIRST_WAIT, 0.0

    def run(self) -> None:
        """Start all, keep them alive, return once all have stopped. Main thread only. Raises if a first start does."""
        with self._signals_stop_us():
            try:
                for watched in self._watched:
                    if not self._stopping:
                        watched.start()
                while not self._stopping:
                    for watched in self._watched:
                        watched.look()
                    if self._interlude is not None:
                        self._interlude.look(self)
                    time.sleep(LOOK_EVERY)
            finally:
                if self._interlude is not None:
                    self._interlude.stop()
                for watched in reversed(self._watched):
                    watched.stop()

    def stop(self) -> None:
        """Let `run()` stop everything and return."""
        self._stopping = True

    @contextlib.contextmanager
    def _signals_stop_us(self) -> Iterator[None]:
        def stop(_signal: int, _frame: FrameType | None) -> None:
            self.stop()

        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup, and so it stays
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, stop) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
