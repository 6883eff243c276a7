"""What may go: backups that nobody can need any more, the log from before them, and what was never finished."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from backoffice.kernel.backup.record import Backup
from backoffice.kernel.backup.rules import SEGMENT, Form
from backoffice.kernel.backup.shelf import LABEL, Shelf, backup_in, place_of
from backoffice.kernel.backup.source import Source
from backoffice.settings import Settings

UNFINISHED_AFTER = timedelta(days=1)
WITH_TIME = 7
"""The version of the ids that we make: they begin with their time."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """What went."""

    backups: list[UUID] = field(default_factory=list)
    log_files: int = 0
    unfinished: int = 0


def needed(backups: Iterable[Backup], since: datetime) -> set[UUID]:
    """What is kept: those that ended since then, the newest one of before, from which `since` itself is reached, the
    newest of all, and whatever one of these follows.
    """
    by_age = sorted(backups, key=lambda one: one.ended_at)
    by_id = {one.id: one for one in by_age}
    wanted = [one for one in by_age if one.ended_at >= since]
    wanted += [one for one in by_age if one.ended_at < since][-1:] + by_age[-1:]
    kept: set[UUID] = set()
    while wanted:
        one = wanted.pop()
        kept.add(one.id)
        if one.follows in by_id and one.follows not in kept:
            wanted.append(by_id[one.follows])
    return kept


def clear_away(settings: Settings, now: datetime | None = None) -> Cleared:
    """Delete what BACKUP_KEEP_DAYS lets go. BackupUnderWay, BackupStoreAway.

    A backup whose key is not on the ring is left alone, and with it all of the log.
    """
    now, shelf = now or datetime.now(UTC), Shelf(settings)
    with Source.of(settings).alone():
        labels = shelf.labels()
        backups = shelf.backups()
        kept = needed(backups, now - timedelta(days=settings.backup_keep_days))
        gone = [one for one in reversed(backups) if one.id not in kept]
        for one in gone:
            _delete(shelf, one.id)
        staying = [one for one in backups if one.id in kept]
        log = _clear_log(shelf, staying) if staying and len(labels) == len(backups) else 0
        return Cleared([one.id for one in gone], log, _clear_unfinished(shelf, now))


def _delete(shelf: Shelf, backup_id: UUID) -> None:
    """Its label first: from then on it is no backup."""
    shelf.delete(place_of(backup_id, LABEL), *(one.name for one in shelf.list_files(f"backups/{backup_id}")))


def _clear_log(shelf: Shelf, staying: list[Backup]) -> int:
    """Segments from before the first that a kept backup of their cluster needs. Histories stay: they are small."""
    first: dict[str, str] = {}
    for one in staying:
        if one.form is Form.PHYSICAL:
            number = one.first_segment[8:]
            first[one.system] = min(number, first.get(one.system, number))
    gone = []
    for file in shelf.list_files("wal"):
        _, system, *inside = file.name.split("/")
        name = "/".join(inside)
        if SEGMENT.fullmatch(name) and (system not in first or name[8:] < first[system]):
            gone.append(file.name)
    shelf.delete(*gone)
    return len(gone)


def _clear_unfinished(shelf: Shelf, now: datetime) -> int:
    """Files of a backup that got no label within a day: whoever made it died."""
    by_id: dict[UUID, set[str]] = {}
    for file in shelf.list_files("backups"):
        if (named := backup_in(file.name)) is not None and named[0].version == WITH_TIME:
            by_id.setdefault(named[0], set()).add(named[1])
    dead = [one for one, names in by_id.items() if LABEL not in names and now - _made_at(one) > UNFINISHED_AFTER]
    for one in dead:
        _delete(shelf, one)
    return len(dead)


def _made_at(backup_id: UUID) -> datetime:
    """The first 48 bits of such an id are milliseconds."""
    return datetime.fromtimestamp((backup_id.int >> 80) / 1000, UTC)
