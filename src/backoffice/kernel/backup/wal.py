"""The log of the server: where it hands over its files, how they come to the shelf, how they come back.

    postgres --archive_command--> DATA/wal, the spool --ship--> wal/<system>/... of the shelf --fetch_log--> a folder

Nothing is handed over until there is a spool, which the first backup makes: whoever makes no backups keeps no log.
"""

import re
import struct
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from backoffice.kernel.backup.record import Backup
from backoffice.kernel.backup.rules import HISTORY, SEGMENT, MomentNotCovered
from backoffice.kernel.backup.shelf import Shelf
from backoffice.kernel.database.data_folder import DataFolder
from backoffice.settings import Settings

SYSTEM_AT = 24
"""Where a segment says, in its first page, whose it is."""


def folder_of(system: str) -> str:
    return f"wal/{system}"


def open_spool(settings: Settings) -> Path:
    """The folder into which the embedded server hands over its log from now on."""
    folder = DataFolder(settings.data_folder)
    folder.spool.mkdir(mode=0o700, exist_ok=True)
    folder.give(folder.spool)
    return folder.spool


def fetch_log(shelf: Shelf, backup: Backup, *, spool: Path, into: Path, until: datetime | None) -> None:
    """All history files, and for a moment after the backup every segment from its first on.

    Histories are needed always: by them a server finds a timeline that nobody has had.
    """
    wanted = dict(_kept(shelf, backup)) | {file.name: file for file in _spooled(spool, backup)}
    for name, where in sorted(wanted.items()):
        if HISTORY.fullmatch(name) or (until is not None and _number(name) >= _number(backup.first_segment)):
            pieces = shelf.fetch(where) if isinstance(where, str) else [where.read_bytes()]
            with (into / name).open("wb") as out:
                out.writelines(pieces)
    if until is not None and not any(SEGMENT.fullmatch(name) for name in wanted):
        raise MomentNotCovered(moment=until.isoformat(), reason="no log was archived since that backup")


def _kept(shelf: Shelf, backup: Backup) -> Iterator[tuple[str, str]]:
    for one in shelf.list_files(folder_of(backup.system)):
        yield one.name.rpartition("/")[2], one.name


def _spooled(spool: Path, backup: Backup) -> Iterator[Path]:
    """What was handed over here and has not been shipped."""
    for file in log_files(spool):
        if HISTORY.fullmatch(file.name) or system_of(file) == backup.system:
            yield file


def log_files(spool: Path) -> list[Path]:
    """The whole files in it, in their order."""
    names = re.compile(f"{SEGMENT.pattern}|{HISTORY.pattern}")
    return sorted(file for file in spool.glob("*") if names.fullmatch(file.name)) if spool.is_dir() else []


def system_of(segment: Path) -> str:
    """Which database cluster wrote it."""
    with segment.open("rb") as file:
        head = file.read(SYSTEM_AT + 8)
    return str(struct.unpack_from("=Q", head, SYSTEM_AT)[0]) if len(head) == SYSTEM_AT + 8 else ""


def _number(name: str) -> str:
    """Where a segment stands in the log, on whichever timeline."""
    return name[8:]
