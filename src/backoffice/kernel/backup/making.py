"""Making a backup: taken, compressed, encrypted, kept, fetched again, restored on trial, compared; then it is one.

What fails on this way is removed. A process that dies leaves files without a label, which `keeping` clears away.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from backoffice.kernel.backup import trial, uploads
from backoffice.kernel.backup.figures import figures, moment_before
from backoffice.kernel.backup.record import Backup, Part
from backoffice.kernel.backup.rules import (
    BackupStoreAway,
    Form,
    IncrementalNotOurs,
    Kind,
    NothingToFollow,
    TablespacesElsewhere,
)
from backoffice.kernel.backup.shelf import Shelf, place_of
from backoffice.kernel.backup.source import Db, Nature, Source, Watch, nature_of, pieces_of
from backoffice.kernel.backup.trial import Live
from backoffice.kernel.backup.unpacking import BASE, DUMP, LOG, MANIFEST, ROLES
from backoffice.kernel.backup.uploads import UPLOADS
from backoffice.kernel.backup.wal import open_spool
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.proof.seal import SEALS_FILE
from backoffice.settings import Settings

WORK = "backup-work"
SEALS = "audit-seals.log"
SEGMENT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for."""

    kind: Kind = Kind.FULL
    with_uploads: bool = False
    description: str = ""


def make(settings: Settings, order: Order, *, watch: Watch | None = None) -> Backup:
    """Make a backup and prove it. It waits, from a thread; Stopped soon after `watch.stopped` is set.

    BackupUnderWay, NothingToFollow, IncrementalNotOurs, TablespacesElsewhere, BackupFailedItsCheck, ToolFailed,
    BackupStoreAway.
    """
    source, shelf = Source.of(settings), Shelf(settings)
    with source.alone() as db, workplace(settings, WORK) as work:
        making = _Making(settings, source, shelf, db, order, work, watch or Watch())
        with making.kept_only_if_whole():
            return making.make()


@contextmanager
def workplace(settings: Settings, name: str) -> Iterator[Path]:
    """A folder that nobody else enters, for what is in plain; gone afterwards. What one before left is removed.

    Whoever asks for it sees to it that no other does the same now.
    """
    work = settings.data_folder.absolute() / name
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700, parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What was taken of the server: parts that were kept, the moment they lead to, what they are compared with."""

    parts: list[Part]
    ended_at: datetime
    first_segment: str
    live: Live


@dataclass(slots=True)
class _Making:
    settings: Settings
    source: Source
    shelf: Shelf
    db: Db
    order: Order
    work: Path
    watch: Watch
    id: UUID = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.id = uuid7()

    @contextmanager
    def kept_only_if_whole(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            with suppress(BackupStoreAway):
                self.shelf.delete(*(one.name for one in self.shelf.list_files(f"backups/{self.id}")))
            raise

    @property
    def taken(self) -> Path:
        """Where PostgreSQL writes to."""
        return self.work / "taken"

    def make(self) -> Backup:
        nature = nature_of(self.db)
        self._refuse_unfit(nature)
        follows = self._followed(nature) if self.order.kind is Kind.INCREMENTAL else None
        if self.source.is_ours:
            open_spool(self.settings)
        started_at = datetime.now(UTC)
        taken = self._take_logical() if nature.form is Form.LOGICAL else self._take(follows)
        parts = taken.parts + self._beside()
        backup = Backup(
            id=self.id,
            kind=self.order.kind,
            form=nature.form,
            follows=follows.id if follows else None,
            system=nature.system,
            database=self.source.database,
            server_version=nature.version,
            first_segment=taken.first_segment,
            started_at=started_at,
            ended_at=taken.ended_at,
            with_uploads=self.order.with_uploads,
            description=self.order.description,
            keys=self._keys(),
            parts=parts,
        )
        checked = trial.check(self.settings, backup, home=self.work / "trial", live=taken.live, watch=self.watch)
        whole = backup.model_copy(update={"checked": checked})
        self.shelf.write_down(whole)
        return whole

    def _refuse_unfit(self, nature: Nature) -> None:
        if nature.has_tablespaces:
            raise TablespacesElsewhere
        if self.order.kind is Kind.INCREMENTAL:
            if nature.form is Form.LOGICAL:
                raise IncrementalNotOurs(reason="this role may not replicate")
            if not nature.summarizes:
                raise IncrementalNotOurs(reason="its setting summarize_wal is off")

    def _followed(self, nature: Nature) -> Backup:
        """The newest backup of this cluster that can still be read."""
        ours = [one for one in self.shelf.backups() if one.system == nature.system and one.form is Form.PHYSICAL]
        if not ours:
            raise NothingToFollow
        return ours[-1]

    def _take(self, follows: Backup | None) -> _Taken:
        """Have PostgreSQL write its files, and keep them. It is asked for its figures before and after."""
        moment = moment_before(self.db)
        before = figures(self.db, moment)
        self._copy(follows)
        ended_at = self._now()
        parts = self._keep_all(BASE, LOG, MANIFEST)
        manifest = json.loads((self.taken / MANIFEST).read_bytes())
        return _Taken(parts, ended_at, first_segment(manifest), Live(moment, before, figures(self.db, moment)))

    def _take_logical(self) -> _Taken:
        """Have pg_dump write the database down as one snapshot sees it, in which its figures are asked for, too."""
        self.taken.mkdir()
        with self.db.transaction():
            self.db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            row = self.db.execute("SELECT pg_export_snapshot(), clock_timestamp()").fetchone()
            assert row is not None
            snapshot, ended_at = row
            found = figures(self.db, ended_at)
            self.watch.begin("copying")
            target = ("--format=custom", "--compress=0", f"--file={self.taken / DUMP}", f"--snapshot={snapshot}")
            self.source.run("pg_dump", "--no-password", *target, watch=self.watch.look)
        roles = ("--roles-only", "--no-role-passwords", f"--database={self.source.database}")
        self.source.run("pg_dumpall", "--no-password", *roles, f"--file={self.taken / ROLES}", watch=self.watch.look)
        return _Taken(self._keep_all(DUMP, ROLES), ended_at, "", Live(ended_at, found, found))

    def _now(self) -> datetime:
        row = self.db.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        now: datetime = row[0]
        return now

    def _copy(self, follows: Backup | None) -> None:
        arguments = ["-D", str(self.taken), "-Ft", "--wal-method=stream", "--checkpoint=fast", "--no-password"]
        arguments += ["--manifest-checksums=SHA256", "--label=backoffice", "--no-sync"]
        if follows:
            manifest = self.work / "manifest-before"
            manifest.write_bytes(b"".join(self.shelf.fetch_part(follows, MANIFEST)))
            arguments.append(f"--incremental={manifest}")
        self.watch.begin("copying")
        self.source.run("pg_basebackup", *arguments, watch=self._look_at_progress)

    def _keep_all(self, *names: str) -> list[Part]:
        self.watch.begin("keeping", total=sum((self.taken / name).stat().st_size for name in names))
        return [self._keep(name, self.taken / name, remove=name != MANIFEST) for name in names]

    def _look_at_progress(self) -> None:
        row = self.db.execute(
            "SELECT sum(backup_streamed)::bigint, sum(backup_total)::bigint FROM pg_stat_progress_basebackup"
        ).fetchone()
        done, total = row or (0, 0)
        self.watch.done, self.watch.total = done or 0, total or 0
        self.watch.look()

    def _keep(self, name: str, file: Path, *, remove: bool = True) -> Part:
        before, after = self.shelf.put(place_of(self.id, name), self.watch.counted(pieces_of(file)))
        if remove:
            file.unlink()
        return Part(name=name, plain_bytes=before, kept_bytes=after)

    def _beside(self) -> list[Part]:
        """What belongs to the database and lies outside it: the audit log's seals, and customers' files where asked."""
        seals = self.settings.data_folder / SEALS_FILE
        parts = [self._keep(SEALS, seals, remove=False)] if seals.exists() else []
        if self.order.with_uploads:
            self.watch.begin("keeping uploads")
            archive = self.work / UPLOADS
            with archive.open("wb") as out:
                out.writelines(self.watch.counted(uploads.packed(self.settings)))
            parts.append(self._keep(UPLOADS, archive))
        return parts

    def _keys(self) -> list[str]:
        """The key that it is sealed under, and those under which the database keeps values."""
        rows: list[Any] = self.db.execute("SELECT name FROM kernel.secret_check WHERE name LIKE 'key:%'").fetchall()
        return sorted({self.shelf.keys.current, *(name.removeprefix("key:") for (name,) in rows)})


def first_segment(manifest: dict[str, Any]) -> str:
    """The file of the log in which the backup begins."""
    first = manifest["WAL-Ranges"][0]
    high, _, low = first["Start-LSN"].partition("/")
    number = ((int(high, 16) << 32) + int(low, 16)) // SEGMENT_BYTES
    per_file = (1 << 32) // SEGMENT_BYTES
    return f"{first['Timeline']:08X}{number // per_file:08X}{number % per_file:08X}"
