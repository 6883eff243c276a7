"""The part of `backoffice run` in a restore: who stops, who goes on, and the one moment at which folders change places.

asked      requests get 503, the worker rests                      PostgreSQL and the API go on
preparing  a process of its own makes the other database ready     PostgreSQL goes on: its safety backup comes first
decided    PostgreSQL stops and starts on the other folder; a process recovers it; then the API starts anew, the
           worker goes on, and requests are let in
failed     everybody goes on as before

A crash before the decision leaves the old database, one after it the new: the next start sees to what is left.
"""

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import structlog

from backoffice.kernel.database.data_folder import DataFolderInUse
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.database.swap import is_decided
from backoffice.kernel.pause import Pause
from backoffice.kernel.process import Process, Supervisor, kill_group
from backoffice.kernel.restore.record import Record, Records
from backoffice.kernel.restore.rules import Status

POSTGRESQL, API = "postgresql", "api"
"""The children that a restore knows by name."""
PREPARE, FINISH = "prepare", "finish"
SCRATCH = "restoring"
"""Below the data folder: where the other database is made ready."""
START_SECONDS, DYING_SECONDS = 600.0, 10.0
BEING_RESTORED = "The database is being restored to {moment:%Y-%m-%d %H:%M:%S} UTC."
INTERRUPTED = "it was interrupted before it was decided"
log = structlog.get_logger("backoffice.restore")


def settle(data: Path) -> None:
    """At a start, before any server: what an earlier run left in the middle is over, one way or the other.

    The data folder must be ours. Where the swap is decided, the server's start carries it out.
    """
    records = Records(data)
    for record in [one for one in records if not one.has_ended]:
        _end(records, record, is_done=_is_decided(data, record))
    clear(data)
    Pause(data).end()


def clear(data: Path) -> None:
    """Remove what is left of preparing, and end what still runs there. What is decided on stays."""
    scratch = EmbeddedServer(data / SCRATCH)
    if not scratch.folder.root.exists() or is_decided(data):
        return
    _claim(scratch)
    scratch.stop()
    shutil.rmtree(scratch.folder.root)


def _claim(scratch: EmbeddedServer) -> None:
    """What prepared there may be about to die."""
    deadline = time.monotonic() + DYING_SECONDS
    while True:
        try:
            return scratch.folder.claim()
        except DataFolderInUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _is_decided(data: Path, record: Record) -> bool:
    was_kept = bool(record.kept_as) and (data / record.kept_as).exists()
    return record.status is Status.DECIDED or was_kept or is_decided(data)


def _end(records: Records, record: Record, *, is_done: bool) -> None:
    status, why = (Status.SUCCEEDED, "") if is_done else (Status.FAILED, record.why or INTERRUPTED)
    records.write(record.changed(status=status, why=why, doing="", ended_at=datetime.now(UTC)))
    log.warning("restore ended", restore=str(record.id), status=status, why=why, kept_as=record.kept_as)


class RestoreInterlude:
    """Watches for restores that are asked for. `begin` starts a process for one of them: `prepare`, later `finish`."""

    def __init__(self, server: EmbeddedServer, *, begin: Callable[[str, UUID], Process]) -> None:
        self._server = server
        self._data = server.folder.root
        self._records = Records(self._data)
        self._pause = Pause(self._data)
        self._begin = begin
        self._ended: set[str] = set()
        self._process: Process | None = None
        self._phase = ""
        self._id: UUID | None = None

    def look(self, supervisor: Supervisor) -> None:
        if self._process is None:
            if (asked := self._find_asked()) is not None:
                self._take_up(supervisor, asked)
        elif self._process.poll() is not None:
            self._go_further(supervisor, self._process)

    def stop(self) -> None:
        """Whatever is being prepared is given up; the next start says so."""
        if self._process is not None:
            kill_group(self._process)
            self._process.wait()
            self._process = None

    def _find_asked(self) -> Record | None:
        """Only a file that is new, or has not ended, is read: this is asked ten times a second."""
        names = {file.name for file in self._records.folder.glob("*.json")}
        if names == self._ended:
            return None
        self._ended = {f"{one.id}.json" for one in self._records if one.has_ended}
        return self._records.find_open()

    def _take_up(self, supervisor: Supervisor, asked: Record) -> None:
        log.warning("restore begins", restore=str(asked.id), moment=asked.moment.isoformat())
        self._pause.begin(BEING_RESTORED.format(moment=asked.moment.astimezone(UTC)))
        self._id = self._records.write(asked.changed(status=Status.PREPARING)).id
        supervisor.rest(*(name for name in supervisor.names if name not in (POSTGRESQL, API)))
        self._start(PREPARE)

    def _start(self, phase: str) -> None:
        assert self._id is not None, "it was taken up"
        self._phase, self._process = phase, self._begin(phase, self._id)

    def _go_further(self, supervisor: Supervisor, ended: Process) -> None:
        kill_group(ended)
        self._process = None
        record = self._records.find(self._id) if self._id else None
        assert record is not None, "nobody deletes the file of a restore under way"
        is_decided_for_new = _is_decided(self._data, record)
        if is_decided_for_new and self._phase == PREPARE:
            self._swap(supervisor)
            self._start(FINISH)
            return
        if self._phase == FINISH:
            supervisor.rest(API)
        _end(self._records, record, is_done=is_decided_for_new)
        clear(self._data)
        self._pause.end()
        supervisor.go_on()

    def _swap(self, supervisor: Supervisor) -> None:
        supervisor.rest(POSTGRESQL)
        self._server.launch()
        self._server.wait_ready(START_SECONDS)
