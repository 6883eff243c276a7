"""The journal's files: one a day in DATA/journal of each machine, a JSON line for each thing, on disk before we go on.

    {"at": "2026-11-27T15:30:02.123456+00:00", "kind": "sent", "job": 812, "name": "desk.send_outbound", ...}

All processes of a machine append to the same file: a line is one write, and who waits at once shares one fsync. A line
that a crash has torn is left out when the files are read.
"""

import asyncio
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from backoffice.kernel.database.swap import sync_folder

FOLDER = "journal"
KEYS = "keys"
"""Idempotency keys have files of their own: nobody needs them after a day."""
KEYS_KEPT = timedelta(days=2)
TAIL_BYTES = 500_000

Line = dict[str, Any]


class Kind(StrEnum):
    """`mark` says how far the database was, `step` the row committed with money that was about to move.

    `sent` tells what a job was about to do outside, `money` what was about to move, `erased` whom we forgot,
    `access` keys, roles and people shut out, `received` what we acknowledged, `key` idempotency keys of writes.
    """

    MARK = "mark"
    SENT = "sent"
    MONEY = "money"
    STEP = "step"
    ERASED = "erased"
    ACCESS = "access"
    RECEIVED = "received"
    KEY = "key"


def line(kind: Kind, **facts: Any) -> Line:
    """A line of this moment. Facts are ids, amounts and codes: nothing personal, no secret."""
    return {"at": datetime.now(UTC).isoformat(timespec="microseconds"), "kind": kind, **facts}


def at_of(one: Line) -> datetime:
    return datetime.fromisoformat(one["at"])


@dataclass(slots=True)
class _Batch:
    lines: list[Line] = field(default_factory=list)
    is_written: bool = False


class Journal:
    """The journal of one machine. Each process holds one."""

    def __init__(self, data_folder: Path, *, folder: str = FOLDER) -> None:
        self.folder = data_folder / folder
        self.reached: dict[str, int] = {}
        """How far sequences were when this process told of them last."""
        self.server: str | None = None
        """The server that this process has held beside the journal, as `StandingRow.server` names it."""
        self._batch = _Batch()
        self._turn = asyncio.Lock()

    async def write(self, *lines: Line) -> None:
        """On disk when this returns. OSError where it can't be: what was about to be done must not be done then."""
        batch = self._batch
        batch.lines.extend(lines)
        async with self._turn:
            if batch.is_written:
                return
            if batch is self._batch:
                self._batch = _Batch()
            await asyncio.to_thread(self.append, batch.lines)
            batch.is_written = True

    def append(self, lines: Sequence[Line]) -> None:
        """The same, for whoever has no loop."""
        keys = [one for one in lines if one["kind"] == Kind.KEY]
        others = [one for one in lines if one["kind"] != Kind.KEY]
        today = datetime.now(UTC).date()
        for some, named in ((others, f"{today}.log"), (keys, f"{today}.{KEYS}.log")):
            if some:
                append_lines(self.folder / named, some)

    def read(self, *, since: datetime, folders: Sequence[Path] = ()) -> Iterator[Line]:
        """Every line since then, of this machine's files and of copies of others' that `folders` hold."""
        first = since.astimezone(UTC).date()
        for folder in (self.folder, *folders):
            for file in sorted(folder.glob("????-??-??*.log")):
                if file.name[:10] >= first.isoformat():
                    yield from (one for one in _lines_of(file) if at_of(one) >= since)

    def tail(self) -> list[Line]:
        """The lines at the end of the last two days, the oldest first: a mark comes every few seconds."""
        files = sorted(self.folder.glob("????-??-??.log"))[-2:]
        return [one for file in files for one in _lines_of(file, most_bytes=TAIL_BYTES)]

    def forget(self, *, before: date) -> None:
        """Remove the files of days before this, and of keys that are forgotten in the database, too."""
        keys_before = datetime.now(UTC).date() - KEYS_KEPT
        for file in self.folder.glob("????-??-??*.log"):
            limit = keys_before if file.name.endswith(f".{KEYS}.log") else before
            if file.name[:10] < limit.isoformat():
                file.unlink(missing_ok=True)


def append_lines(path: Path, lines: Iterable[Line]) -> None:
    """On disk for good when this returns; a torn last line is ended first. For the files of seals, too."""
    left = b"".join(orjson.dumps(one) + b"\n" for one in lines)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_new = not path.exists()
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            left = b"\n" + left
        while left:
            left = left[os.write(file, left) :]
        os.fsync(file)
    finally:
        os.close(file)
    if is_new:
        sync_folder(path.parent)


def _lines_of(path: Path, *, most_bytes: int | None = None) -> Iterator[Line]:
    """Its lines, or those of its last bytes."""
    with path.open("rb") as file:
        if most_bytes is not None:
            file.seek(max(0, path.stat().st_size - most_bytes))
        for raw in file:
            try:
                one = orjson.loads(raw)
                at_of(one)
                Kind(one["kind"])
            except (ValueError, KeyError, TypeError):
                continue
            yield one
