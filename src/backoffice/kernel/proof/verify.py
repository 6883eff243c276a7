"""Proving the audit log: every entry is what was written, every seal is what was sealed, nothing is missing or added.

Reads the whole log once, in one snapshot and in little memory. Stops at the first thing that is wrong.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path
from uuid import UUID

from backoffice.kernel.audit.entry import DIGESTED, digest_of
from backoffice.kernel.database.query import Db
from backoffice.kernel.proof import store
from backoffice.kernel.proof.cut_store import list_cuts
from backoffice.kernel.proof.epochs import Epoch, SealLine, parsed, read_epochs
from backoffice.kernel.proof.seal import BEGINNING, new_chain_hash
from backoffice.kernel.proof.store import SealedRow, StoredRow

LINES_AT_ONCE = 1_000
GRACE = timedelta(minutes=2)
"""A seal is written outside within seconds of its making; one that is older must be there."""
ENTRIES_A_STEP = 10_000


class Breach(StrEnum):
    ENTRY_CHANGED = "an entry was changed after it was written"
    ENTRY_DELETED = "an entry was deleted"
    ENTRY_SLIPPED_IN = "an entry was neither sealed nor does it wait for its seal"
    SEAL_MISSING = "a seal is missing"
    SEAL_UNCHAINED = "a seal does not follow the one before"
    SEAL_CHANGED = "a seal, its list of entries or their order was changed"
    SEALS_CUT_OFF = "a seal known outside the database is missing"
    SEALS_REPLACED = "a seal differs from what is known outside the database"
    ENTRY_LISTED_TWICE = "an entry is named by two seals, or by one while it waits for another"
    OUTSIDE_UNREADABLE = "the file of seals outside the database is missing or can't be read"
    CUT_UNEXPLAINED = "entries are cut off that no recorded cut explains"
    OUTSIDE_INCOMPLETE = "a seal is in no file outside the database"
    EPOCH_UNKNOWN = "a restore that the files outside tell of is not recorded in the database"


@dataclass(frozen=True, slots=True)
class Broken:
    """The first thing that is wrong: what, in which seal (by number) and with which entry, where one is named."""

    breach: Breach
    seal: int | None = None
    entry_id: UUID | None = None

    def __str__(self) -> str:
        where = [f"seal {self.seal}" if self.seal else "", f"entry {self.entry_id}" if self.entry_id else ""]
        named = ", ".join(filter(None, where))
        return f"{self.breach} ({named})" if named else str(self.breach)


@dataclass(slots=True)
class Report:
    """How much was proved: seals, sealed entries, entries still waiting, seals compared with the file outside.

    `cut` of the sealed entries are in the files of a cut only: their digests are proven, not what they say.
    `unreadable_lines` of that file were left out: a crash may tear its last line. `given_up` are lines of seals that a
    restore has undone, `epochs` those restores.
    """

    seals: int = 0
    entries: int = 0
    unsealed: int = 0
    outside_seals: int = 0
    cut: int = 0
    unreadable_lines: int = 0
    given_up: int = 0
    epochs: list[Epoch] = field(default_factory=list)
    broken: Broken | None = None


class _Stop(Exception):
    def __init__(self, breach: Breach, *, seal: int | None = None, entry_id: UUID | None = None) -> None:
        super().__init__(breach)
        self.broken = Broken(breach, seal, entry_id)


def ignore_progress(entries: int) -> None:
    """For whoever waits without looking."""


async def verify(
    db: Db, *, seals_files: Sequence[Path] | None = None, progress: Callable[[int], None] = ignore_progress
) -> Report:
    """Check the whole log, and the seals written outside. `progress` hears how many entries are done.

    Together the files must know every seal older than GRACE: each worker writes a file of its own. None leaves the
    files out.
    """
    report = Report()
    due_before = datetime.now(UTC) - GRACE
    async with db.connection.transaction():
        await db.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        await db.run("SET LOCAL statement_timeout = 0")
        try:
            outside = await asyncio.to_thread(_sizes_of, seals_files or ())
            due = await _verify_chain(db, report, progress, due_before=due_before)
            await _verify_cuts(db, report)
            await _verify_waiting(db, report)
            if seals_files is not None:
                if outside is None and due:
                    raise _Stop(Breach.OUTSIDE_UNREADABLE)
                report.epochs = await _epochs(db, list(outside or {}))
                await _verify_outside(db, report, _lines_of(outside or {}, report), due=due)
        except _Stop as stop:
            report.broken = stop.broken
    return report


async def _verify_chain(db: Db, report: Report, progress: Callable[[int], None], *, due_before: datetime) -> int:
    """The number of the newest seal from before `due_before`."""
    seal: _Seal | None = None
    due = 0
    async with aclosing(store.stream_sealed(db)) as rows:
        async for row in rows:
            if seal is None or row.number != seal.number:
                hash_before = seal.close() if seal else BEGINNING
                report.seals += 1
                seal = _Seal(row, number=report.seals, hash_before=hash_before)
                due = row.number if row.sealed_at < due_before else due
            if row.listed_id is not None:
                report.cut += seal.add(row)
                report.entries += 1
                if report.entries % ENTRIES_A_STEP == 0:
                    progress(report.entries)
    if seal is not None:
        seal.close()
    progress(report.entries)
    return due


class _Seal:
    """One seal while its lines go by."""

    def __init__(self, row: SealedRow, *, number: int, hash_before: bytes) -> None:
        if row.number != number:
            raise _Stop(Breach.SEAL_MISSING, seal=number)
        if row.previous_hash != hash_before:
            raise _Stop(Breach.SEAL_UNCHAINED, seal=number)
        self.number = number
        self._hash = row.hash
        self._chain = new_chain_hash(hash_before, number, sealed_at=row.sealed_at)

    def add(self, row: SealedRow) -> bool:
        """Whether the entry is one that was cut off, of which the digest stayed."""
        if row.id is None and row.listed_id is not None and row.kept:
            self._chain.update(row.listed_id.bytes + row.kept)
            return True
        entry_id, digest = checked(row, seal=self.number)
        self._chain.update(entry_id.bytes + digest)
        return False

    def close(self) -> bytes:
        if self._chain.digest() != self._hash:
            raise _Stop(Breach.SEAL_CHANGED, seal=self.number)
        return self._hash


def checked(row: StoredRow, *, seal: int | None) -> tuple[UUID, bytes]:
    """The entry's id and its digest, which is what its columns say."""
    if row.id is None or row.digest is None:
        raise _Stop(Breach.ENTRY_DELETED, seal=seal, entry_id=row.listed_id)
    if digest_of({name: getattr(row, name) for name in DIGESTED}) != row.digest:
        raise _Stop(Breach.ENTRY_CHANGED, seal=seal, entry_id=row.id)
    return row.id, row.digest


async def _verify_cuts(db: Db, report: Report) -> None:
    """As many entries are gone as cuts say, and of each cut an entry says the same, unless it was cut off itself."""
    cuts = await list_cuts(db)
    newest = max((cut.until for cut in cuts), default=None)
    for cut in cuts:
        said = {"until": cut.until.astimezone(UTC).isoformat(), "entries": cut.entries, "sha256": cut.sha256.hex()}
        may_be_gone = newest is not None and cut.cut_at < newest
        if (cut.action, cut.said) != ("audit.cut", said) and not (cut.action is None and may_be_gone):
            raise _Stop(Breach.CUT_UNEXPLAINED, entry_id=cut.entry_id)
    if report.cut != sum(cut.entries for cut in cuts):
        raise _Stop(Breach.CUT_UNEXPLAINED)


async def _verify_waiting(db: Db, report: Report) -> None:
    """Those without a seal; and that no entry stands outside both lists, for writing one puts it on the second."""
    async with aclosing(store.stream_unsealed(db)) as rows:
        async for row in rows:
            checked(row, seal=None)
            report.unsealed += 1
    if slipped_in := await store.find_unlisted(db):
        raise _Stop(Breach.ENTRY_SLIPPED_IN, entry_id=slipped_in)
    if twice := await store.find_listed_twice(db):
        raise _Stop(Breach.ENTRY_LISTED_TWICE, entry_id=twice)


async def _epochs(db: Db, files: Sequence[Path]) -> list[Epoch]:
    """The restores that the files tell of, each of which the database has recorded."""
    try:
        epochs = await asyncio.to_thread(read_epochs, files)
    except OSError as failure:
        raise _Stop(Breach.OUTSIDE_UNREADABLE) from failure
    recorded = set(await store.list_epochs(db))
    if any(epoch.number not in recorded for epoch in epochs):
        raise _Stop(Breach.EPOCH_UNKNOWN)
    return epochs


async def _verify_outside(db: Db, report: Report, lines: Iterator[tuple[int, bytes]], *, due: int) -> None:
    known_outside = bytearray(report.seals + 1)
    while some := list(islice(lines, LINES_AT_ONCE)):
        rows = await store.list_seal_hashes(db, [number for number, _ in some])
        hashes = {row.number: row.hash for row in rows}
        for number, known in some:
            if number not in hashes:
                raise _Stop(Breach.SEALS_CUT_OFF, seal=number)
            if hashes[number] != known:
                raise _Stop(Breach.SEALS_REPLACED, seal=number)
            report.outside_seals += not known_outside[number]
            known_outside[number] = True
    missing = known_outside.find(0, 1, due + 1)
    if missing > 0:
        raise _Stop(Breach.OUTSIDE_INCOMPLETE, seal=missing)


def _sizes_of(files: Sequence[Path]) -> dict[Path, int] | None:
    """None when one of them can't be looked at: before the first seal there is none."""
    try:
        return {file: file.stat().st_size for file in files}
    except OSError:
        return None


def _lines_of(sizes: Mapping[Path, int], report: Report) -> Iterator[tuple[int, bytes]]:
    """Number and hash of each seal in the files as they were at the beginning: later ones are not in our snapshot."""
    for seals_file, size in sizes.items():
        try:
            with seals_file.open("rb") as file:
                while file.tell() < size and (line := file.readline()):
                    match parsed(line):
                        case SealLine() as seal if any(
                            one.gives_up(seal.number, sealed_at=seal.sealed_at) for one in report.epochs
                        ):
                            report.given_up += 1
                        case SealLine() as seal:
                            yield seal.number, seal.hash
                        case None:
                            report.unreadable_lines += 1
        except OSError as failure:
            raise _Stop(Breach.OUTSIDE_UNREADABLE) from failure
