"""What the months of the audit log cost whoever reads it: `python -m benchmarks.months --parts 13 --parts 85`.

A database of its own for each number of parts, the same entries spread over them; then each list as the doors ask for
it, by prepared statements on one connection. Shown is what the fastest
tenth took, in milliseconds: what else the machine does is not in it.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from backoffice.kernel.audit.listing import LOG, filtered, get_entry
from backoffice.kernel.database import Db
from backoffice.kernel.database.embedded import APP, EmbeddedServer
from backoffice.kernel.database.migrations import migrate
from backoffice.kernel.database.pool import ReadDatabase
from backoffice.kernel.errors import NotFound

PRODUCT = "marketplace"
TIMES = 300
FILL = """
    INSERT INTO kernel.audit_entry (id, at, product, actor_kind, actor_id, actor_label, action, subject, data_subject,
                                    address, agent, request_id, digest)
    SELECT overlay(uuidv7(at - now())::text placing '7' from 15 for 1)::uuid, at, %(product)s, 'staff', n %% 20 + 1,
           'Asha', CASE n %% 4 WHEN 0 THEN 'refund.approved' ELSE 'booking.' || n %% 7 END, 'booking:' || n %% 5000,
           'marketplace:' || n %% 5000, '10.0.0.1', 'bench', 'r' || n / 3, sha256(n::text::bytea)
      FROM (SELECT n, %(first)s::timestamptz + n * (%(past)s::timestamptz - %(first)s::timestamptz) / %(entries)s AS at
              FROM generate_series(0, %(entries)s - 1) n) entries
"""


class Missing(NotFound):
    """No such entry."""


def main(
    parts: Annotated[list[int], typer.Option(min=2, help="Of the log, that of before the months among them")],
    *,
    entries: Annotated[int, typer.Option(min=1000)] = 200_000,
) -> None:
    """Read the audit log in so many parts."""
    figures = {number: asyncio.run(_measured(number, entries)) for number in parts}
    table = Table("asked for", *(f"{number} parts, ms" for number in parts))
    for name in figures[parts[0]]:
        table.add_row(name, *(f"{figures[number][name]:.2f}" for number in parts))
    Console().print(table)


async def _measured(parts: int, entries: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="backoffice-months-") as folder:
        server = EmbeddedServer(Path(folder))
        server.start()
        try:
            migrate(server.owner_url, app_role=APP)
            newest = _fill(server, parts, entries)
            return await _read(server, newest)
        finally:
            server.stop()


def _fill(server: EmbeddedServer, parts: int, entries: int) -> tuple[UUID, datetime]:
    """The newest entry. The parts are what was before the months, the months, and the rest."""
    url = psycopg.conninfo.make_conninfo(server.superuser_url)
    with psycopg.connect(url, autocommit=True) as db:
        ahead = "SELECT kernel.make_audit_months(%s - (SELECT count(*) FROM kernel.audit_month) + 3)"
        db.execute(ahead, [parts])
        bounds = "SELECT min(until) - interval '1 month' AS first, max(until) AS past FROM kernel.audit_month"
        first, past = db.execute(bounds).fetchone() or (None, None)
        db.execute("SET session_replication_role = replica")
        db.execute(FILL, {"product": PRODUCT, "first": first, "past": past, "entries": entries})
        db.execute("VACUUM (ANALYZE) kernel.audit_entry")
        found = db.execute("SELECT id, at FROM kernel.audit_entry ORDER BY at DESC LIMIT 1").fetchone()
        assert found, "entries were written"
        return found[0], found[1]


async def _read(server: EmbeddedServer, newest: tuple[UUID, datetime]) -> dict[str, float]:
    entry_id, at = newest
    lists: dict[str, dict[str, Any]] = {
        "newest": {},
        "a person": {"person": "marketplace:77"},
        "one of the staff": {"staff_id": 7},
        "an act": {"action": "refund_approved"},
        "a kind": {"kind": "refund"},
        "a thing": {"subject": "booking:77"},
        "a request": {"request": "r77"},
        "a week": {"first": at - timedelta(days=7), "past": at},
    }
    asked: dict[str, Callable[[Db], Awaitable[Any]]] = {name: _list(by) for name, by in lists.items()}
    asked["by its id"] = lambda db: get_entry(db, entry_id, product=PRODUCT, missing=Missing())
    database = ReadDatabase(server.app_url)
    await database.open()
    try:
        return {name: await _fastest(database, ask) for name, ask in asked.items()}
    finally:
        await database.close()


def _list(by: dict[str, Any]) -> Callable[[Db], Awaitable[Any]]:
    return lambda db: LOG.rows(db, filtered(PRODUCT, **by), limit=25)


async def _fastest(database: ReadDatabase, ask: Callable[[Db], Awaitable[Any]]) -> float:
    took = []
    async with database.read() as db:
        for _ in range(TIMES):
            begun = time.perf_counter()
            await ask(db)
            took.append(time.perf_counter() - begun)
    return statistics.quantiles(took, n=10)[0] * 1000


if __name__ == "__main__":
    typer.run(main)
