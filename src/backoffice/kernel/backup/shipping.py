"""Shipping the log: every file that the server handed over goes to the shelf, and then out of the spool."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from backoffice.kernel.backup.rules import HISTORY, LogOfAnother
from backoffice.kernel.backup.shelf import Shelf
from backoffice.kernel.backup.source import Db, Source, nature_of
from backoffice.kernel.backup.wal import folder_of, log_files, system_of
from backoffice.kernel.database.data_folder import DataFolder
from backoffice.settings import Settings

HAND_OVER_SECONDS = 15.0
LOOK_EVERY_SECONDS = 0.2
LEFT_AFTER_SECONDS = 24 * 3600.0
"""A file that is not finished may be one that `pg_receivewal` still writes; after so long nobody does."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """How many files went, how many wait, and the moment up to which the log is on the shelf, if that is known."""

    files: int
    waiting: int
    until: datetime | None


def ship(settings: Settings) -> Shipped | None:
    """Have the server finish the file that it writes, and bring all that are finished to the shelf.

    None where there is no spool: nothing is asked, and another machine may be handed the log. BackupStoreAway,
    LogOfAnother.
    """
    spool = DataFolder(settings.data_folder).spool
    if not spool.is_dir():
        return None
    source, shelf = Source.of(settings), Shelf(settings)
    with psycopg.connect(source.url, autocommit=True, application_name="backoffice backup") as db:
        system = nature_of(db).system
        until = _finished(db, lambda segment: _has(spool, shelf, f"{folder_of(system)}/{segment}"))
    files = log_files(spool)
    for file in files:
        _ship_one(shelf, file, system=system)
    for file in [*spool.glob("*.backup"), *filter(_is_left, spool.glob("*.partial"))]:
        file.unlink()
    waiting = len(log_files(spool))
    return Shipped(len(files), waiting, until)


def _is_left(file: Path) -> bool:
    return time.time() - file.stat().st_mtime > LEFT_AFTER_SECONDS


def _has(spool: Path, shelf: Shelf, name: str) -> bool:
    """Whether a segment was handed over: what the server says it archived may have gone to another place."""
    return (spool / Path(name).name).exists() or shelf.has(name)


def _finished(db: Db, is_handed_over: Callable[[str], bool]) -> datetime | None:
    """Everything committed before this moment was handed over. None where it was not in time, or may not be asked.

    Where nothing was written since the last file was finished, that one is meant.
    """
    try:
        row = db.execute("SELECT clock_timestamp(), pg_walfile_name(pg_switch_wal() - 1)").fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return None
    assert row is not None
    moment, segment = row
    deadline = time.monotonic() + HAND_OVER_SECONDS
    while time.monotonic() < deadline:
        if is_handed_over(segment):
            found: datetime = moment
            return found
        time.sleep(LOOK_EVERY_SECONDS)
    return None


def _ship_one(shelf: Shelf, file: Path, *, system: str) -> None:
    """Where the shelf has it already it must be the same: a file of the log is never written over."""
    content = file.read_bytes()
    whose = system if HISTORY.fullmatch(file.name) else system_of(file)
    name = f"{folder_of(whose)}/{file.name}"
    if not shelf.put_once(name, content) and b"".join(shelf.fetch(name)) != content:
        raise LogOfAnother(segment=file.name)
    file.unlink()
