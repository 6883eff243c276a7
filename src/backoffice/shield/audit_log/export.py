"""Writing the log out: entry by entry from short reads, so that a slow receiver holds no connection; then the proof.

The proof is each seal that covers an exported entry, with the ids and digests its hash is made of:

    hash = sha256( previous hash | number, 8 bytes | time of sealing | for each entry its id, 16 bytes, and its digest )
"""

import codecs
import csv
import io
from collections.abc import AsyncIterator, Sequence

import orjson

from backoffice.kernel.house import House
from backoffice.kernel.web.lock import ENCODING
from backoffice.shield.audit_log import listing
from backoffice.shield.audit_log.answers import proven_out, seal_out
from backoffice.shield.audit_log.listing import ProvenRow
from backoffice.shield.audit_log.rules import Format
from backoffice.shield.audit_log.schemas import Filters, ProvenOut

ROWS_AT_ONCE = 500
MEDIA = {Format.CSV: "text/csv", Format.JSON_LINES: "application/x-ndjson", Format.PROOF: "application/x-ndjson"}
COLUMNS = (
    "id",
    "timestamp",
    "admin_id",
    "admin_email",
    "admin_name",
    "action",
    "resource_type",
    "resource_id",
    "changes",
    "reason",
    "ip_address",
    "user_agent",
    "seal",
    "digest",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet compute a cell instead of showing it."""


async def written(house: House, filters: Filters, *, form: Format) -> AsyncIterator[bytes]:
    """The export, piece by piece, newest entry first. A spreadsheet reads a CSV as UTF-8 only when its mark says so."""
    seals: set[int] = set()
    if form is Format.CSV:
        yield codecs.BOM_UTF8 + _lines([COLUMNS])
    async for rows in _batches(house, filters):
        seals.update(row.seal for row in rows if row.seal is not None)
        entries = [proven_out(row, house.keys) for row in rows]
        if form is Format.CSV:
            yield _lines([_cells(entry) for entry in entries])
        elif form is Format.JSON_LINES:
            yield b"".join(orjson.dumps(entry, option=ENCODING | orjson.OPT_APPEND_NEWLINE) for entry in entries)
    if form is not Format.CSV:
        async for line in _proof(house, sorted(seals)):
            yield line


async def _batches(house: House, filters: Filters) -> AsyncIterator[list[ProvenRow]]:
    last: ProvenRow | None = None
    while True:
        async with house.database.read() as db:
            rows = await listing.list_proven(db, filters.shown, after=last, limit=ROWS_AT_ONCE)
        if rows:
            yield rows
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1]


async def _proof(house: House, numbers: list[int]) -> AsyncIterator[bytes]:
    for number in numbers:
        async with house.database.read() as db:
            seal = await listing.get_seal(db, number)
        yield orjson.dumps(seal_out(seal), option=orjson.OPT_APPEND_NEWLINE)


def _cells(entry: ProvenOut) -> list[str]:
    who = entry["admin"]
    plain = {
        **entry,
        "timestamp": orjson.dumps(entry["timestamp"], option=ENCODING).decode().strip('"'),
        "admin_id": who["id"],
        "admin_email": who["email"],
        "admin_name": who["name"],
        "changes": orjson.dumps(entry["changes"], option=ENCODING).decode(),
    }
    return [_safe(plain[column]) for column in COLUMNS]


def _safe(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    page = io.StringIO()
    csv.writer(page).writerows(rows)
    return page.getvalue().encode()
