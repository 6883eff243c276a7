"""Cutting the oldest months off the audit log: written to a file, said by an entry, then dropped as a whole.

    audit_entry_2027_01.jsonl   each entry, its digest and what that covers; then the proof of every seal over them

The digests of what is cut stay, 32 bytes an entry: the chain is proven from its beginning as before, and whoever holds
the file proves its entries against it. Only the owner of the tables can cut; the application's role can't.
"""

import hashlib
import os
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedWriter
from pathlib import Path
from typing import Any

import orjson

from backoffice.kernel.actor import system
from backoffice.kernel.audit.entry import DIGESTED, canonical_of
from backoffice.kernel.database.owned import NotDone, cut_audit_part
from backoffice.kernel.database.swap import sync_folder
from backoffice.kernel.errors import Conflict
from backoffice.kernel.house import House
from backoffice.kernel.proof import cut_store
from backoffice.kernel.proof.cut_store import PartRow
from backoffice.kernel.proof.export import AuditAct, get_seal, seal_out
from backoffice.kernel.proof.verify import verify

BY = "command line"


class NothingToCut(Conflict):
    """No part of the audit log has ended by then."""


class CutRefused(Conflict):
    """The audit log is not cut: {reason}."""

    reason: str


@dataclass(frozen=True, slots=True)
class Cut:
    """A part that is gone from the database, and the file it is in."""

    part: str
    until: datetime
    entries: int
    file: Path


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who cuts: with the address of the owner, files into this folder, the chain proven against these files."""

    owner_url: str
    folder: Path
    seals_files: list[Path]


async def cut_before(house: House, keeper: Keeper, *, before: datetime) -> list[Cut]:
    """Cut every part that ended by then, oldest first. NothingToCut, or CutRefused.

    The whole log is verified first: what is broken is never cut.
    """
    async with house.database.read() as db:
        parts = await cut_store.list_parts(db, before=before)
        if not parts:
            raise NothingToCut
        until = parts[-1].until
        if waiting := await cut_store.count_waiting(db, before=until):
            raise CutRefused(reason=f"{waiting} of its entries wait for their seal")
        if left := await cut_store.count_in_the_rest(db, before=until):
            raise CutRefused(reason=f"{left} of its entries lie in no month")
        report = await verify(db, seals_files=keeper.seals_files)
    if report.broken:
        raise CutRefused(reason=f"it is broken, {report.broken}")
    return [await _cut(house, part, keeper) for part in parts]


async def _cut(house: House, part: PartRow, keeper: Keeper) -> Cut:
    file = keeper.folder / f"{part.name}.jsonl"
    entries, digest = await _write_out(house, part, file)
    async with house.database.write(system("kernel", BY)) as tx:
        facts: dict[str, Any] = {
            "until": part.until.astimezone(UTC).isoformat(),
            "entries": entries,
            "sha256": digest.hex(),
        }
        said = tx.audit(AuditAct.CUT, part.name, after=facts)
    try:
        await cut_audit_part(keeper.owner_url, part.name, entries=entries, said=said.id, sha256=digest)
    except NotDone as failure:
        raise CutRefused(reason=str(failure)) from failure
    return Cut(part.name, part.until, entries, file)


async def _write_out(house: House, part: PartRow, file: Path) -> tuple[int, bytes]:
    """How many entries were written, and the SHA-256 of the file. It has its name only once it is whole, on disk."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    begun, digest, entries = file.with_suffix(".part"), hashlib.sha256(), 0
    with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        async with house.database.read() as db, db.connection.transaction():
            await db.run("SET LOCAL statement_timeout = 0")
            async with aclosing(cut_store.stream_entries(db, before=part.until)) as rows:
                async for row in rows:
                    stored = canonical_of({name: getattr(row, name) for name in DIGESTED})
                    digest.update(_written(out, {"digest": row.digest.hex(), "stored": stored}))
                    entries += 1
            for number in await cut_store.list_seals_over(db, before=part.until):
                digest.update(_written(out, seal_out(await get_seal(db, number))))
        out.flush()
        os.fsync(out.fileno())
    begun.replace(file)
    sync_folder(file.parent)
    return entries, digest.digest()


def _written(out: BufferedWriter, line: Mapping[str, Any]) -> bytes:
    text = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
    out.write(text)
    return text
