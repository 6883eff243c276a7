"""What is known of each restore, in files beside the database: the row of its task is in what is replaced.

    DATA/restores/ID.json    what was asked, how far it is, how long each step took, why it failed, what was kept

Written whole each time, by one at a time: whoever asks, then `backoffice run`, then the process that prepares.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from backoffice.kernel.restore.rules import ENDED, Status, Window

FOLDER = "restores"


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is done, with the seconds it took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to go back to: a backup as it is, a moment, or a moment by way of this backup."""

    backup_id: UUID | None = None
    moment: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One restore. `product` and `staff_id` are whose task it is; both are empty for the command line.

    `moment` is what the database will be of, also where a backup was asked for as it is. `doing` is the step under way;
    `report` the name of the file that says what it has undone.
    """

    id: UUID
    wish: Wish
    moment: datetime
    asked_at: datetime
    product: str = ""
    staff_id: int | None = None
    status: Status = Status.ASKED
    doing: str = ""
    steps: tuple[Step, ...] = ()
    why: str = ""
    kept_as: str = ""
    safety_backup: UUID | None = None
    report: str = ""
    ended_at: datetime | None = None

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    @property
    def window(self) -> Window | None:
        """The past that it has replaced."""
        if self.status is not Status.SUCCEEDED or self.ended_at is None:
            return None
        return Window(self.moment, self.ended_at)

    def changed(self, **changes: Any) -> "Record":
        return replace(self, **changes)


_ADAPTER = TypeAdapter(Record)


class Records:
    """The files of one data folder."""

    def __init__(self, data: Path) -> None:
        self.folder = data / FOLDER

    def write(self, record: Record) -> Record:
        """Keep it as it is now; what was written before stays whole until then."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._file(record.id).with_suffix(".new")
        with draft.open("wb") as file:
            file.write(_ADAPTER.dump_json(record, indent=1))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._file(record.id))
        return record

    def find(self, record_id: UUID) -> Record | None:
        try:
            return _ADAPTER.validate_json(self._file(record_id).read_bytes())
        except FileNotFoundError:
            return None

    def find_open(self) -> Record | None:
        """The oldest that has not ended."""
        return min((one for one in self if not one.has_ended), key=lambda one: one.asked_at, default=None)

    def find_last(self) -> Record | None:
        return max(self, key=lambda one: one.asked_at, default=None)

    def __iter__(self) -> Iterator[Record]:
        for file in self.folder.glob("*.json"):
            yield _ADAPTER.validate_json(file.read_bytes())

    def _file(self, record_id: UUID) -> Path:
        return self.folder / f"{record_id}.json"
