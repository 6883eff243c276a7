"""A migration as it is written: its number, its SQL, and what its first lines say about how it runs.

    -- outside a transaction: the index of ten million entries is built while they are written
    -- needs code: 0157

The first runs its statements one by one, each in a transaction of its own: whatever locks for long, and indexes
CONCURRENTLY. An empty line stands between two statements, and it can be run again after it broke off anywhere. The
second is for one that takes something away: the oldest code that still works afterwards knows the migration with this
number. Without it every code goes on that knew the schema before. docs/growth.md has the rule.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGED = Path(__file__).parents[2] / "migrations"
FOLDER = PACKAGED if PACKAGED.exists() else Path(__file__).parents[4] / "migrations"
"""A wheel brings the migrations inside the package; a checkout has them at its top."""
OUTSIDE = re.compile(r"^-- outside a transaction: \S", re.MULTILINE)
NEEDS = re.compile(r"^-- needs code: (\d{4})$", re.MULTILINE)
BETWEEN = re.compile(r"\n[ \t]*\n")
COMMENTS = re.compile(r"^\s*--.*$", re.MULTILINE)


class MigrationRefused(Exception):
    """The database can't be brought to this version; the message says why in one sentence."""


class DatabaseNewer(MigrationRefused):
    """A later version has migrated it, and this code would not work there."""


@dataclass(frozen=True, slots=True)
class AppliedRow:
    """`needs` is the number of the migration that code must know to work beside it; None where any code may."""

    name: str
    checksum: str
    needs: str | None


@dataclass(frozen=True, slots=True)
class Migration:
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def outside(self) -> bool:
        return OUTSIDE.search(self.text) is not None

    @property
    def needs(self) -> str | None:
        found = NEEDS.search(self.text)
        return found[1] if found else None

    @property
    def statements(self) -> list[str]:
        """Of one that runs outside a transaction."""
        parts = (part.strip() for part in BETWEEN.split(self.text))
        return [part for part in parts if COMMENTS.sub("", part).strip()]


def known_migrations(folder: Path = FOLDER) -> list[Migration]:
    return [Migration(path.stem, path.read_text()) for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))]


def refuse_newer(applied: Iterable[AppliedRow], known: Iterable[str]) -> None:
    """Return when code that knows these migrations works where those are applied, else DatabaseNewer."""
    numbers = {name[:4] for name in known}
    names = set(known)
    for row in sorted(applied, key=lambda row: row.name, reverse=True):
        if row.name not in names and row.needs is not None and row.needs not in numbers:
            raise DatabaseNewer(
                f"The database is newer than this version: its migration {row.name} needs code that knows "
                f"migration {row.needs}. Start the version that it was migrated to."
            )


def refuse_edited(applied: Iterable[AppliedRow], known: Mapping[str, str]) -> None:
    for row in sorted(applied, key=lambda row: row.name):
        if known.get(row.name, row.checksum) != row.checksum:
            raise MigrationRefused(f"Migration {row.name} was edited after it was applied. Add a new one instead.")
