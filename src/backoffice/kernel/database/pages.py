"""One list: its rows under any of its filters, a page at a time, and how many there are.

TICKETS = Pages(
    "tickets",
    ListedRow,
    source="helpdesk.ticket t",
    key="t.id",
    order="t.created_at DESC, t.id DESC",
    filters={"status": "t.status = %(status)s", "unassigned": {True: "t.assigned_agent_id IS NULL"}},
    tally=tally("helpdesk.ticket_tally", "tickets", by={"status": "status = %(status)s", ...}),
    sql="SELECT t.id, ... FROM {page} JOIN helpdesk.ticket t USING (id) LEFT JOIN ... ORDER BY {order}",
)
rows, total = await TICKETS.page(db, query, call)

`{page}` is a page's keys, chosen by index alone; only then is it joined. Filters are named like the fields of the query
that they are taken from. A page of a usual size carries its LIMIT as a number, the first one no OFFSET: so PostgreSQL
sees how little it needs, and keeps one plan for all. With both as parameters it plans for a tenth of all, every time
anew, and after some requests far down the list it keeps that plan, which reads and sorts tables whole, for all pages.

Of a list whose kept total is known, a page far beyond its middle is walked to from the end: nobody waits for the last.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, LiteralString, Protocol, TypeVar, overload

from backoffice.kernel.database.compose import Filter, Listing
from backoffice.kernel.database.query import Db, Query, together
from backoffice.kernel.errors import Refusal

R = TypeVar("R")
A = TypeVar("A")
USUAL: Mapping[int, LiteralString] = {
    10: "LIMIT 10",
    20: "LIMIT 20",
    25: "LIMIT 25",
    50: "LIMIT 50",
    100: "LIMIT 100",
    200: "LIMIT 200",
    500: "LIMIT 500",
}
"""Few, since each is a text of its own for every combination of filters."""
UNUSUAL: LiteralString = "LIMIT %(limit)s"
DEEPER: LiteralString = " OFFSET %(offset)s"
FURTHER: LiteralString = " + 20 * %(offset)s::bigint"
"""Where one of twenty rows fits, a walk that looks so much further still fills a page far down the list."""
FAR = 5_000
"""Rows before a page from which on it is worth a round trip to know how many come after."""
MIRRORED: Mapping[str, LiteralString] = {"_asc": "_desc", "_desc": "_asc"}
"""How two orders are named of which each is the other one backwards."""


class Asked(Protocol):
    """A list's query: how many rows from where, and in which order where there are several, beside the filters."""

    @property
    def size(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def sort(self) -> str: ...


class Asking(Protocol):
    """Who asks, and where totals that may lag are kept: the call of a door."""

    async def lagging_total(self, key: str, count: Callable[[], Awaitable[int]]) -> int: ...


def tally(
    table: LiteralString, sums: LiteralString, *, by: Mapping[str, Filter], always: LiteralString = ""
) -> Listing:
    """A list's total, by the filters under which a table of sums is kept with every write."""
    sql = "SELECT coalesce(sum({sums}), 0)::bigint FROM {table} {where}"
    return Listing(int, sql.replace("{sums}", sums).replace("{table}", table), by, always=always)


@dataclass(frozen=True)
class Pages(Generic[R]):
    """A list. `order` is its ORDER BY, or one for each sort that its query names; each ends in the primary key.

    Its total comes from the `tally` where that knows the filters. Where it doesn't it is counted, by the first of
    `quick` that knows them, and may lag a minute, but never for whoever just wrote: it is kept under the list's `name`,
    which no other list of the house has. A list without a tally has few rows: they are counted each time.

    A list that is walked only so far has an `otherwise`: the same list by another way, asked where the page was not
    filled. Its total is none that a tally knows.
    """

    name: str
    row: type[R]
    sql: LiteralString
    source: LiteralString
    key: LiteralString
    order: LiteralString | Mapping[str, LiteralString]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    always: LiteralString = ""
    tally: Listing | None = None
    quick: Sequence[Listing] = ()
    otherwise: "Pages[R] | None" = None

    @cached_property
    def listing(self) -> Listing:
        """The rows; beside the filters, one by its key."""
        page = "(SELECT {key} FROM {source} {where} ORDER BY {order} {cut}) AS page"
        sql = self.sql.replace("{page}", page).replace("{key}", self.key).replace("{source}", self.source)
        filters = {**self.filters, "key": self.key + " = %(key)s"}
        sorts = {"": self.order} if isinstance(self.order, str) else self.order
        return Listing(self.row, sql, filters, sorts=sorts, always=self.always)

    def backwards(self, sort: str) -> Listing | None:
        """The rows in this order, their keys walked to from its end; None where no order of the list is its mirror."""
        return self._mirrors.get(sort)

    @cached_property
    def _mirrors(self) -> Mapping[str, Listing]:
        orders = {} if isinstance(self.order, str) else self.order
        made = {}
        for sort in orders:
            base, mark, end = sort.rpartition("_")
            mirror = base + MIRRORED.get(mark + end, "")
            if mirror in orders:
                sql = self.listing.sql.replace("{order}", orders[mirror], 1).replace("{order}", orders[sort])
                made[sort] = Listing(self.row, sql, self.listing.filters, always=self.always)
        return made

    @cached_property
    def count(self) -> Listing:
        """One by one, under any filters."""
        sql = "SELECT count(*) FROM {source} {where}".replace("{source}", self.source)
        return Listing(int, sql, self.filters, always=self.always)

    @cached_property
    def keyed(self) -> Listing:
        """The keys alone, under any filters."""
        sql = "SELECT {key} FROM {source} {where} ORDER BY {key} LIMIT %(limit)s"
        sql = sql.replace("{key}", self.key).replace("{source}", self.source)
        return Listing(object, sql, self.filters, always=self.always)

    def keys(self, db: Db, shown: Mapping[str, Any], *, limit: int) -> Query[list[Any]]:
        """The keys of all rows of the list, `limit` at most: for acting on what the list shows."""
        return db.values(object, self.keyed.where(shown), **shown, limit=limit)

    def rows(self, db: Db, shown: Mapping[str, Any], *, limit: int, offset: int = 0, sort: str = "") -> Query[list[R]]:
        """One page."""
        cut = USUAL.get(limit, UNUSUAL) + (DEEPER if offset else "")
        further = FURTHER if offset else ""
        return db.all(
            self.row,
            self.listing.where(shown, sort=sort, cut=cut, further=further),
            **shown,
            limit=limit,
            offset=offset,
        )

    def one(self, db: Db, key: object, *, missing: Refusal) -> Query[R]:
        """The row with this key, as the list shows it."""
        by = {"key": key}
        return db.one(self.row, self.listing.where(by, sort=next(iter(self.listing.sorts))), **by, missing=missing)

    def total(self, db: Db, shown: Mapping[str, Any]) -> Query[int]:
        """How many rows there are: from the kept sums, or counted."""
        kept = (self.tally,) if self.tally is not None else ()
        knowing = next((one for one in (*kept, *self.quick) if one.knows(shown)), self.count)
        return db.value(int, knowing.where(shown), **shown)

    @overload
    async def page(
        self, db: Db, query: Asked, call: Asking, *, beside: Query[A], **more: Any
    ) -> tuple[list[R], A, int]: ...
    @overload
    async def page(self, db: Db, query: Asked, call: Asking, **more: Any) -> tuple[list[R], int]: ...
    async def page(self, db: Db, query: Asked, call: Asking, *, beside: Any = None, **more: Any) -> tuple[Any, ...]:
        """A page of rows and the list's total, in one round trip where the total need not be counted.

        `more` are filters and parameters that are not in the query; `beside` is another statement of the same trip.
        """
        shown = {name: more[name] if name in more else getattr(query, name) for name in self.filters} | more
        sort = "" if isinstance(self.order, str) else query.sort
        if query.start >= FAR and self.tally is not None and self.tally.knows(shown) and self.backwards(sort):
            return await self._far_page(db, query, shown, beside=beside, sort=sort)
        rows = self.rows(db, shown, limit=query.size, offset=query.start, sort=sort)
        asked = [rows] if beside is None else [rows, beside]
        if self.tally is None or self.tally.knows(shown):
            return await together(*asked, self.total(db, shown))
        found = await together(*asked)
        if self.otherwise is not None and len(found[0]) < query.size:
            found = (await self.otherwise.rows(db, shown, limit=query.size, offset=query.start, sort=sort), *found[1:])
        key = f"{self.name}:{sorted((name, str(value)) for name, value in shown.items() if value is not None)}"
        return (*found, await call.lagging_total(key, lambda: self.total(db, shown)))

    async def _far_page(
        self, db: Db, query: Asked, shown: Mapping[str, Any], *, beside: Any, sort: str
    ) -> tuple[Any, ...]:
        """The same, once it is known from which end the way is shorter."""
        *found, total = await together(*([] if beside is None else [beside]), self.total(db, shown))
        after = total - query.start - query.size
        listing = self.backwards(sort)
        if listing is None or after >= query.start:
            rows = self.rows(db, shown, limit=query.size, offset=query.start, sort=sort)
        else:
            limit, offset = max(query.size + min(after, 0), 0), max(after, 0)
            cut = USUAL.get(limit, UNUSUAL) + (DEEPER if offset else "")
            rows = db.all(self.row, listing.where(shown, cut=cut), **shown, limit=limit, offset=offset)
        return (await rows, *found, total)
