"""Writing the log out: entry by entry from short reads, so that a slow receiver holds no connection; then the proof.

The proof is each seal that covers an exported entry, with the ids and digests its hash is made of:

    hash = sha256( previous hash | number, 8 bytes | time of sealing | for each entry its id, 16 bytes, and its digest )

A product says how it shows an entry, and what of it stands in the cells of a spreadsheet.
"""

import io
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from starlette.responses import StreamingResponse
from typing_extensions import TypedDict

from backoffice.kernel.audit.entry import DIGESTED, Act, canonical_of
from backoffice.kernel.audit.listing import ENTRY, LOG, EntryRow
from backoffice.kernel.database import Db, Pages, Query
from backoffice.kernel.export.formats import CsvWriter
from backoffice.kernel.house import House
from backoffice.kernel.web.lock import ENCODING

ROWS_AT_ONCE = 500


class AuditAct(Act):
    EXPORTED = "audit.exported"
    CUT = "audit.cut"


class Format(StrEnum):
    """How an export is written. `jsonl` ends with the proof; `proof` is the proof alone, for beside a `csv`."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    PROOF = "proof"


@dataclass(frozen=True, slots=True)
class ProvenRow(EntryRow):
    """An entry with everything its digest covers, and the number of its seal; None while it waits for one."""

    product: str
    digest: bytes
    seal: int | None


@dataclass(frozen=True, slots=True)
class SealRow:
    """A seal, with what its hash covers: the ids of its entries and their digests, in its order."""

    number: int
    sealed_at: datetime
    previous_hash: bytes
    hash: bytes
    entry_ids: list[UUID]
    digests: list[bytes]


class ProofOut(TypedDict):
    """What proves a line. `digest` is the SHA-256 of `stored`, written with sorted keys and no spaces.

    `seal` is the number of the seal that covers it; null while it waits for one.
    """

    seal: int | None
    digest: str
    stored: dict[str, Any]


class SealOut(TypedDict):
    """A line of the proof: a seal of the chain and everything its hash covers, `[id, digest]` for each entry."""

    seal: int
    sealed_at: str
    previous_hash: str
    hash: str
    entries: list[list[str]]


@dataclass(frozen=True, slots=True)
class Export:
    """One export: the entries `shown`, each as `line` shows it, and of that line the `columns` of a spreadsheet."""

    form: Format
    shown: dict[str, Any]
    line: Callable[[ProvenRow], Mapping[str, Any]]
    columns: Mapping[str, Callable[[Mapping[str, Any]], object]]


PROVEN = Pages(
    "proven entries",
    ProvenRow,
    source=LOG.source,
    key=LOG.key,
    order=LOG.order,
    filters={**LOG.filters, "before_at": "(e.at, e.id) < (%(before_at)s, %(before_id)s)"},
    sql=ENTRY.replace(
        "{more}",
        """, e.product, e.digest,
           (SELECT l.number FROM kernel.audit_seal l WHERE l.entry_ids @> ARRAY[e.id] LIMIT 1) AS seal""",
    ),
)


def exported(house: House, export: Export) -> StreamingResponse:
    """The answer of an export's door: a file, newest entry first. The door audits AuditAct.EXPORTED itself."""
    is_csv = export.form is Format.CSV
    headers = {"Content-Disposition": f'attachment; filename="audit-log.{"csv" if is_csv else "jsonl"}"'}
    media_type = "text/csv" if is_csv else "application/x-ndjson"
    return StreamingResponse(_written(house, export), media_type=media_type, headers=headers)


async def _written(house: House, export: Export) -> AsyncIterator[bytes]:
    """Piece by piece. A spreadsheet reads a CSV as UTF-8 only when its mark says so."""
    seals: set[int] = set()
    sink = io.BytesIO()
    sheet = CsvWriter(sink, list(export.columns), with_mark=True) if export.form is Format.CSV else None
    if sheet:
        yield _taken_from(sink)
    async for rows in _batches(house, export.shown):
        seals.update(row.seal for row in rows if row.seal is not None)
        lines = [{**export.line(row), **_proof_of(row)} for row in rows]
        if sheet:
            sheet.write([cell(line) for cell in export.columns.values()] for line in lines)
            yield _taken_from(sink)
        elif export.form is Format.JSON_LINES:
            yield b"".join(orjson.dumps(line, option=ENCODING | orjson.OPT_APPEND_NEWLINE) for line in lines)
    if sheet is None:
        for number in sorted(seals):
            async with house.database.read() as db:
                seal = await get_seal(db, number)
            yield orjson.dumps(seal_out(seal), option=orjson.OPT_APPEND_NEWLINE)


async def _batches(house: House, shown: dict[str, Any]) -> AsyncIterator[list[ProvenRow]]:
    last: ProvenRow | None = None
    while True:
        async with house.database.read() as db:
            rows = await list_proven(db, shown, after=last, limit=ROWS_AT_ONCE)
        if rows:
            yield rows
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1]


def list_proven(db: Db, shown: dict[str, Any], *, after: ProvenRow | None, limit: int) -> Query[list[ProvenRow]]:
    """Newest first, those that follow `after`."""
    more = shown | {"before_at": after.at if after else None, "before_id": after.id if after else None}
    return PROVEN.rows(db, more, limit=limit)


def get_seal(db: Db, number: int) -> Query[SealRow]:
    return db.one(
        SealRow,
        """
        SELECT s.number, s.sealed_at, s.previous_hash, s.hash, s.entry_ids,
               ARRAY(SELECT coalesce(e.digest, substr(c.digests, l.place::integer * 32 - 31, 32))
                       FROM unnest(s.entry_ids) WITH ORDINALITY AS l(id, place)
                       LEFT JOIN kernel.audit_entry e ON e.id = l.id
                      ORDER BY l.place) AS digests
          FROM kernel.audit_seal s
          LEFT JOIN kernel.audit_cut_seal c ON c.number = s.number
         WHERE s.number = %(number)s
        """,
        number=number,
    )


def _proof_of(row: ProvenRow) -> ProofOut:
    stored = canonical_of({name: getattr(row, name) for name in DIGESTED})
    return {"seal": row.seal, "digest": row.digest.hex(), "stored": stored}


def seal_out(row: SealRow) -> SealOut:
    """A seal as a line of the proof."""
    return {
        "seal": row.number,
        "sealed_at": row.sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "previous_hash": row.previous_hash.hex(),
        "hash": row.hash.hex(),
        "entries": [[str(one), digest.hex()] for one, digest in zip(row.entry_ids, row.digests, strict=True)],
    }


def _taken_from(sink: io.BytesIO) -> bytes:
    """What was written there since it was taken last."""
    written = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return written
