"""Shipping the log: every file that the server handed over goes to the shelf, and then out of the spool."""

import time
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
LOOK_EVERY_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Shipped:
    """How many files went, how many wait, and the moment up to which the log is on the shelf, if that is known."""

    files: int
    waiting: int
    until: datetime | None


def ship(settings: Settings) -> Shipped:
    """Have the server finish the file that it writes, and bring all that are finished to the shelf.

    Where there is no spool nothing is asked and nothing goes. BackupStoreAway, LogOfAnother.
    """
    spool = DataFolder(settings.data_folder).spool
    if not spool.is_dir():
        return Shipped(0, 0, None)
    source, shelf = Source.of(settings), Shelf(settings)
    with psycopg.connect(source.url, autocommit=True, application_name="backoffice backup") as db:
        until = _finished(db)
        system = nature_of(db).system
    files = log_files(spool)
    for file in files:
        _ship_one(shelf, file, system=system)
    for file in [*spool.glob("*.backup"), *spool.glob("*.partial")]:
        file.unlink()
    waiting = len(log_files(spool))
    return Shipped(len(files), waiting, until)


def _finished(db: Db) -> datetime | None:
    """Everything committed before this moment was handed over. None where it was not in time, or may not be asked."""
    try:
        row = db.execute("SELECT clock_timestamp(), pg_walfile_name(pg_switch_wal())").fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return None
    assert row is not None
    moment, segment = row
    deadline = time.monotonic() + HAND_OVER_SECONDS
    while time.monotonic() < deadline:
        last = db.execute("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver").fetchone()
        if last and last[0][:24] >= segment:
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
