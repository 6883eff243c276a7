"""Ends a process that no longer works though it lives: its loop stands still, or it can't say that all is well.

    watchdog = Watchdog("worker", still_seconds=15)
    watchdog.start()
    watchdog.beat()            # again and again, by whoever can vouch for the process
    watchdog.end_within(9)     # once it was told to stop: it ends by itself or is ended

It is a thread of its own and ends the process without asking anybody, because whoever could be asked may be what hangs.
Whoever keeps the process alive (`backoffice run`, Granian, systemd) starts another.
"""

import os
import sys
import threading
import time
import traceback

import structlog

LOOK_EVERY_SECONDS = 0.2
LAST_WORDS_SECONDS = 1.0
"""A log that can't be written, perhaps because of the very lock that hangs, holds the end up no longer."""
EXIT_CODE = 1
_log = structlog.get_logger("backoffice.process")


class Watchdog:
    """Watches one process. `still_seconds` is how long it may be silent."""

    def __init__(self, name: str, *, still_seconds: float) -> None:
        self.name = name
        self.still_seconds = still_seconds
        self._watched = threading.get_ident()
        self._due = time.monotonic() + still_seconds
        self._ending = False

    def start(self) -> None:
        """Watch from now on. Call it from the thread whose loop is watched: its stack is told when it hangs."""
        self._watched = threading.get_ident()
        self.beat()
        threading.Thread(target=self._watch, name=f"watchdog of {self.name}", daemon=True).start()

    def beat(self) -> None:
        """All is well. Once the process is ending this changes nothing."""
        if not self._ending:
            self._due = time.monotonic() + self.still_seconds

    def end_within(self, seconds: float) -> None:
        """The process was told to end, or has to; the first call counts."""
        if not self._ending:
            self._due = time.monotonic() + seconds
            self._ending = True

    def _watch(self) -> None:
        while time.monotonic() < self._due:
            time.sleep(LOOK_EVERY_SECONDS)
        telling = threading.Thread(target=self._tell, daemon=True)
        telling.start()
        telling.join(LAST_WORDS_SECONDS)
        os._exit(EXIT_CODE)

    def _tell(self) -> None:
        why = "did not end in time" if self._ending else "gave no sign of life"
        frame = sys._current_frames().get(self._watched)
        _log.error(f"the process {why} and is ended", process=self.name, stack="".join(traceback.format_stack(frame)))
