"""Epochs of the audit chain: a restore to an earlier moment gives up seals that the files outside still tell of.

    {"epoch": 2, "begun_at": "...", "after_seal": 811, "moment": "..."}

Such a line in a file of seals says that seals above its number, made before it, are of a past that was given up. Only
the files are believed: whoever can write to the database alone can't begin an epoch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from backoffice.kernel.journal.book import append_lines


@dataclass(frozen=True, slots=True)
class Epoch:
    number: int
    begun_at: datetime
    after_seal: int
    moment: datetime | None

    def gives_up(self, seal: int, *, sealed_at: datetime) -> bool:
        return seal > self.after_seal and sealed_at < self.begun_at


@dataclass(frozen=True, slots=True)
class SealLine:
    number: int
    sealed_at: datetime
    hash: bytes


def read_epochs(files: Sequence[Path]) -> list[Epoch]:
    """The epochs that these files tell of, each once. Files that are not there tell nothing."""
    found = {one.number: one for file in files for one in _said_in(file) if isinstance(one, Epoch)}
    return [found[number] for number in sorted(found)]


def read_seals(files: Sequence[Path]) -> Iterator[SealLine]:
    for file in files:
        yield from (one for one in _said_in(file) if isinstance(one, SealLine))


def _said_in(file: Path) -> Iterator[Epoch | SealLine]:
    try:
        with file.open("rb") as lines:
            for raw in lines:
                said = parsed(raw)
                if said is not None:
                    yield said
    except FileNotFoundError:
        return


def parsed(raw: bytes) -> Epoch | SealLine | None:
    """What a line says; None where a crash has torn it."""
    try:
        said: dict[str, Any] = orjson.loads(raw)
        if "epoch" in said:
            moment = datetime.fromisoformat(said["moment"]) if said["moment"] else None
            return Epoch(int(said["epoch"]), datetime.fromisoformat(said["begun_at"]), int(said["after_seal"]), moment)
        return SealLine(int(said["number"]), datetime.fromisoformat(said["sealed_at"]), bytes.fromhex(said["hash"]))
    except (ValueError, KeyError, TypeError):
        return None


def write_epoch(seals_file: Path, epoch: Epoch) -> None:
    """Append it, on disk before this returns."""
    said = {
        "epoch": epoch.number,
        "begun_at": epoch.begun_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "after_seal": epoch.after_seal,
        "moment": epoch.moment.astimezone(UTC).isoformat(timespec="microseconds") if epoch.moment else None,
    }
    append_lines(seals_file, [said])
