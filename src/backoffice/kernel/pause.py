"""A pause: while it lasts every request is refused with 503, by all processes that serve this data folder.

    DATA/pause.json    {"because": "The database is being restored."}

A file and no row, because it holds while the database is stopped or replaced as well. Asking costs one look at a name.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import orjson

from backoffice.kernel.errors import Unavailable

NAME = "pause.json"


class ServicePaused(Unavailable):
    """{because} Please try again in a while."""

    retry_after_seconds: ClassVar[int] = 15
    because: str


@dataclass(frozen=True, slots=True)
class Pause:
    """The pause of one data folder. Whoever begins it sees to its end, also after a crash."""

    folder: Path

    def begin(self, because: str) -> None:
        """From now on nothing is served; saying another reason is fine."""
        draft = self._file.with_suffix(".new")
        draft.write_bytes(orjson.dumps({"because": because}))
        draft.replace(self._file)

    def end(self) -> None:
        self._file.unlink(missing_ok=True)

    def refuse(self) -> None:
        """ServicePaused while it lasts."""
        if (because := self.why()) is not None:
            raise ServicePaused(because=because)

    def why(self) -> str | None:
        """Why nothing is served; None when all is. A file that can't be read pauses, too: it says that somebody did."""
        try:
            os.stat(os.path.join(self.folder, NAME))  # noqa: PTH116, PTH118 - every request asks: a path object costs more
            written = self._file.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return str(orjson.loads(written)["because"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return "The service is paused."

    @property
    def _file(self) -> Path:
        return self.folder / NAME
