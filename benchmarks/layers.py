"""`--layers`: where a request's Python goes, and what the database does for the first and the thousandth page of lists.

Both ask the real application in this process, without a socket. A timer looks every millisecond of processor time which
layer is at work: the innermost frame that belongs to one. What libraries do in C counts for whoever called them.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import CodeType, FrameType
from typing import Any

import uvloop
from rich.table import Table

from backoffice.application import described, front
from backoffice.kernel.database import Db, Query
from backoffice.kernel.telemetry import start_logging
from backoffice.kernel.web.front import Front
from backoffice.kernel.web.paging import Paged
from benchmarks.ground import HOST, Ground

LAYERS: Mapping[str, tuple[str, ...]] = {
    "token": ("kernel/tokens.py", "/joserfc/"),
    "limits": ("kernel/limits.py", "/limits/"),
    "inputs": ("web/inputs.py", "web/json_body.py", "web/paging.py"),
    "rows": ("database/rows.py",),
    "statements": ("kernel/database/", "/psycopg/", "/psycopg_pool/"),
    "answer": ("web/lock.py:_answer", "web/door.py:answer"),
    "metrics": ("telemetry.py:count_request", "/prometheus_client/"),
    "log": ("kernel/telemetry.py", "/structlog/"),
    "gate": ("kernel/web/", "/starlette/"),
}
"""Where their code is, as `file:function`. The first that fits counts; what fits none is the rest."""
REST = "rest"
EVERY_SECONDS, WARM, OK = 0.001, 100, 200
PAGES = (1, 1_000)
Share = Mapping[str, float]
"""Microseconds of processor time that one request takes in each layer."""


class Refused(Exception):
    """A door that is measured did not answer 200."""


@dataclass(frozen=True)
class Looked:
    """What the database did for one page: through which indexes (a table's name where it read it whole), rows seen."""

    address: str
    page: int
    through: tuple[str, ...]
    rows: int


def show(ground: Ground, *, seconds: float) -> list[Table]:
    """Both tables of the product, measured now; the log goes nowhere, as JSON, which is what a served one writes."""
    start_logging(style="json", level=ground.settings.log_level)
    with _stderr_to_nowhere():
        shares, pages = uvloop.run(_measured(ground, seconds))
    names = [*LAYERS, REST]
    spent = Table("door", *names, "all", title=f"{ground.tested.name}: microseconds a request")
    for address, share in shares.items():
        each = [share.get(name, 0.0) for name in names]
        spent.add_row(address.partition("?")[0], *(f"{one:.0f}" for one in [*each, sum(each)]))
    read = Table("list", "page", "rows looked at", "through", title=f"{ground.tested.name}: what a page costs")
    for page in pages:
        read.add_row(page.address, f"{page.page:,}", f"{page.rows:,}", ", ".join(page.through))
    return [spent, read]


@contextmanager
def _stderr_to_nowhere() -> Iterator[None]:
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


async def _measured(ground: Ground, seconds: float) -> tuple[dict[str, Share], list[Looked]]:
    application = front(ground.settings)
    await application.house.open()
    try:
        asked = Asked(application, ground.token)
        doors = [door.address for door in ground.tested.doors.values() if "{}" not in door.address]
        shares = {address: await _share(asked, address, seconds) for address in doors}
        lists = lists_of(ground.tested.name)
        return shares, [await _looked(asked, address, page) for address in lists for page in PAGES]
    finally:
        await application.house.close()


class Asked:
    """Asks the application as somebody signed in."""

    def __init__(self, application: Front, token: str) -> None:
        self.application = application
        self._headers = [(b"host", HOST.encode()), (b"authorization", b"Bearer " + token.encode())]

    async def get(self, address: str) -> int:
        """The status of the answer."""
        path, _, query = address.partition("?")
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "root_path": "",
            "headers": self._headers,
            "client": (HOST, 1),
        }
        status = 0

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)

        await self.application(scope, receive, send)
        return status


async def _share(asked: Asked, address: str, seconds: float) -> Share:
    for _ in range(WARM):
        if (status := await asked.get(address)) != OK:
            raise Refused(f"{address}: {status}")
    times = 0
    with _sampled() as seen:
        began, spent = time.perf_counter(), time.process_time()
        while time.perf_counter() - began < seconds:
            await asked.get(address)
            times += 1
        each = (time.process_time() - spent) / times * 1e6
    total = max(1, seen.total())
    return {layer: each * count / total for layer, count in seen.items()}


@contextmanager
def _sampled() -> Iterator[Counter[str]]:
    """Counts the layers that are found at work. Only the main thread can be looked at."""
    seen: Counter[str] = Counter()

    def look(_: int, frame: FrameType | None) -> None:
        while frame is not None:
            if (layer := layer_of(frame.f_code)) is not None:
                seen[layer] += 1
                return
            frame = frame.f_back
        seen[REST] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
    try:
        yield seen
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@cache
def layer_of(code: CodeType) -> str | None:
    """The layer that this function belongs to, if any."""
    place = f"{code.co_filename}:{code.co_name}"
    return next((layer for layer, parts in LAYERS.items() if any(part in place for part in parts)), None)


def lists_of(product: str) -> list[str]:
    """The addresses of the product's lists that staff may page through, but those of one thing."""
    doors = described()[product].doors
    return [
        f"/{product}{door.path_format}"
        for door in doors
        if door.lock.permission and "{" not in door.path_format
        if door.lock.inputs.query and issubclass(door.lock.inputs.query[1], Paged)
    ]


async def _looked(asked: Asked, address: str, page: int) -> Looked:
    """The plans of all that this page asked the database, but for who asks."""
    with _noted() as queries:
        if (status := await asked.get(f"{address}?page={page}")) != OK:
            raise Refused(f"{address}: {status}")
    through: dict[str, None] = {}
    rows = 0.0
    async with asked.application.house.database.read() as db:
        for query in queries:
            if query.sql.split(None, 1)[0] in ("SELECT", "WITH") and "kernel.session" not in query.sql:
                for scan in scans_in(await _plan(db, query)):
                    through |= dict.fromkeys(way_of(scan))
                    rows += rows_of(scan)
    return Looked(address, page, tuple(through), round(rows))


@contextmanager
def _noted() -> Iterator[list[Query[Any]]]:
    """Every statement that is made meanwhile."""
    made: list[Query[Any]] = []
    plain = Query.__init__

    def noting(self: Query[Any], *given: Any, **named: Any) -> None:
        plain(self, *given, **named)
        made.append(self)

    Query.__init__ = noting  # type: ignore[method-assign]
    try:
        yield made
    finally:
        Query.__init__ = plain  # type: ignore[method-assign]


async def _plan(db: Db, query: Query[Any]) -> dict[str, Any]:
    cursor = await db.connection.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query.sql, query.params)
    row = await cursor.fetchone()
    assert row is not None
    return row[0][0]["Plan"]  # type: ignore[no-any-return]


def scans_in(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The parts of a plan that read a table or an index."""
    if "Relation Name" in plan or "Index Name" in plan:
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans_in(part)


def way_of(scan: dict[str, Any]) -> Iterator[str]:
    if "Index Name" in scan:
        yield scan["Index Name"]
    elif scan["Node Type"] == "Seq Scan":
        yield f"all of {scan['Relation Name']}"


def rows_of(scan: dict[str, Any]) -> float:
    """Rows of a table, those that a filter dropped as well. What a bitmap's index names its table's scan reads."""
    if "Relation Name" not in scan:
        return 0
    return float((scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"])
