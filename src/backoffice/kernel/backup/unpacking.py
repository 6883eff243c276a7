"""From what is kept to a folder that PostgreSQL can start on, with the way to the wanted moment written into it.

    unpack(settings, backup, into=into)             the moment at which the backup ended
    unpack(settings, backup, into=into, until=moment)    any moment after that, as far as the archived log reaches

What PostgreSQL does with it at its next start: it recovers to that moment, begins a new timeline, and is
open. Its log lies fetched and opened in the folder beside (`into` with `.wal` at its end), so that it needs no key for
that; whoever started it removes that folder once it is open. Nothing else is changed: neither the cluster that stands
nor a file of a customer.
"""

import json
import os
import shlex
import shutil
import tarfile
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from backoffice.kernel.backup.record import Backup
from backoffice.kernel.backup.rules import BackupDamaged, Form, MomentNotCovered
from backoffice.kernel.backup.sealing import Reading
from backoffice.kernel.backup.shelf import Shelf
from backoffice.kernel.backup.source import Watch, run_tool
from backoffice.kernel.backup.wal import fetch_log
from backoffice.kernel.database.data_folder import DataFolder, let_pass
from backoffice.settings import Settings

BASE, LOG, MANIFEST = "base.tar", "pg_wal.tar", "backup_manifest"
DUMP, ROLES = "database.dump", "roles.psql"
OURS = "# where to recover to, written by backoffice"
RECOVERY_SETTINGS = ("recovery_target", "restore_command", "recovery_end_command", "archive_cleanup_command")
READ_BYTES = 1024 * 1024


def unpack(
    settings: Settings, backup: Backup, *, into: Path, until: datetime | None = None, watch: Watch | None = None
) -> int:
    """Fetch the chain of a physical backup, open it, put it together in `into`, set it up to recover to `until`.

    `into` must not be there yet. Every file is compared with the list that PostgreSQL made; how many files there were.

    As root everything in it belongs to the server's user afterwards. MomentNotCovered, KeyMissing, BackupDamaged,
    BackupNotFound (of the chain), BackupStoreAway, OSError; nothing is left then. `watch` hears how many bytes of how
    many are there.
    """
    if backup.form is not Form.PHYSICAL:
        raise MomentNotCovered(moment=f"{until or backup.ended_at}", reason="it is a dump, which is restored as it is")
    if until is not None and until < backup.ended_at:
        raise MomentNotCovered(moment=until.isoformat(), reason=f"this backup begins at {backup.ended_at.isoformat()}")
    shelf, watch = Shelf(settings), watch or Watch()
    chain = shelf.chain(backup)
    watch.begin("unpacking", total=sum(one.plain_bytes for one in chain))
    staging, log = into.with_name(f"{into.name}.parts"), into.with_name(f"{into.name}.wal")
    for folder in (staging, log):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
    try:
        folders = [staging / str(number) for number, _ in enumerate(chain)]
        files = sum(_unpack_one(shelf, one, folder, watch) for one, folder in zip(chain, folders, strict=True))
        _put_together(folders, into)
        fetch_log(shelf, backup, spool=DataFolder(settings.data_folder).spool, into=log, until=until)
        _lead_to(into, log, until)
        _give(settings, into, log)
    except BaseException:
        for folder in (into, log):
            shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return files


def fetch_dump(settings: Settings, backup: Backup, *, into: Path, watch: Watch | None = None) -> int:
    """The files of a logical backup, ROLES for psql and DUMP for pg_restore, in a folder that is made.

    How many they are. KeyMissing, BackupDamaged, BackupStoreAway.
    """
    shelf, watch = Shelf(settings), watch or Watch()
    watch.begin("unpacking", total=backup.plain_bytes)
    into.mkdir(mode=0o700, parents=True)
    try:
        for name in (DUMP, ROLES):
            with (into / name).open("wb") as out:
                out.writelines(watch.counted(shelf.fetch_part(backup, name)))
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise
    return 2


def _unpack_one(shelf: Shelf, backup: Backup, folder: Path, watch: Watch) -> int:
    """The three files of one backup as one folder; how many files are in it, each proved to be what it was."""
    for part, target in ((BASE, folder), (LOG, folder / "pg_wal")):
        target.mkdir(mode=0o700, exist_ok=True)
        pieces = watch.counted(shelf.fetch_part(backup, part))
        with tarfile.open(fileobj=Reading(pieces), mode="r|", bufsize=READ_BYTES) as archive:
            archive.extractall(target, filter="data")
        for _ in pieces:  # what follows the end of the archive is proved, too
            pass
    manifest = b"".join(shelf.fetch_part(backup, MANIFEST))
    (folder / MANIFEST).write_bytes(manifest)
    return _compare(folder, manifest, backup)


def _compare(folder: Path, manifest: bytes, backup: Backup) -> int:
    """Every file that PostgreSQL listed is there, as long and with the same hash."""
    listed = json.loads(manifest)["Files"]
    for one in listed:
        path = one["Path"] if "Path" in one else os.fsdecode(bytes.fromhex(one["Encoded-Path"]))
        try:
            digest = _digest_of(folder / path)
        except FileNotFoundError:
            digest = "none"
        if digest != one["Checksum"]:
            raise BackupDamaged(backup_id=str(backup.id), reason=f"{path} is not the file that was backed up")
    return len(listed)


def _digest_of(file: Path) -> str:
    digest = sha256()
    with file.open("rb") as content:
        while piece := content.read(READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _put_together(folders: list[Path], into: Path) -> None:
    """One folder of a full backup and those that follow it. Files are linked where they stand, not copied.

    None is waited for until it is on the disk: PostgreSQL does that before it recovers.
    """
    if len(folders) == 1:
        (folders[0] / MANIFEST).unlink()
        folders[0].rename(into)
        return
    run_tool("pg_combinebackup", "--link", "--no-manifest", "--no-sync", "-o", str(into), *map(str, folders))


def _lead_to(into: Path, log: Path, until: datetime | None) -> None:
    """Recovery to the moment, and then a timeline of its own: what was archived after the moment stays as it is."""
    (into / "recovery.signal").touch(mode=0o600)
    folder = shlex.quote(str(log)).replace("%", "%%")
    command = f"cp {folder}/%f %p"
    target = f"recovery_target_time = '{until.isoformat()}'" if until else "recovery_target = 'immediate'"
    lines = [
        OURS,
        f"restore_command = '{_quoted(command)}'",
        target,
        "recovery_target_action = 'promote'",
        "recovery_target_timeline = 'latest'",
    ]
    file = into / "postgresql.auto.conf"
    kept = [line for line in file.read_text().splitlines() if not line.startswith(RECOVERY_SETTINGS) and line != OURS]
    file.write_text("\n".join([*kept, *lines, ""]))


def _quoted(value: str) -> str:
    return value.replace("'", "''")


def _give(settings: Settings, *folders: Path) -> None:
    """To the server's user, where that is not us."""
    identity = DataFolder(settings.data_folder).identity
    if identity is None:
        return
    for folder in folders:
        for path, _, names in os.walk(folder):
            os.chown(path, *identity)
            for name in names:
                os.chown(Path(path) / name, *identity, follow_symlinks=False)
        let_pass(folder.parent)
