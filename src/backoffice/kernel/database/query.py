"""A statement that is ready to run: store functions return one, callers await it or send several in one round trip.

ticket = await store.lock_ticket(tx, 7)
page, total = await together(store.list_notes(db, 7), store.count_notes(db, 7))
"""

import itertools
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import nullcontext
from typing import Any, Generic, LiteralString, TypeVar, overload

import psycopg
from psycopg import AsyncConnection

from backoffice.kernel.database.compose import Composed
from backoffice.kernel.database.rows import maker_of
from backoffice.kernel.errors import Refusal

T = TypeVar("T")
R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
Cursor = psycopg.AsyncCursor[tuple[Any, ...]]
Statement = LiteralString | Composed
"""SQL as written in a store, or composed there from fixed fragments."""
ROWS_AT_ONCE = 1_000
_streams = itertools.count(1)


class NoRow(Exception):
    """A statement that always finds a row found none: a bug, not an answer."""


class Query(Generic[T]):
    """One statement with its parameters and what becomes of its result. Awaiting it runs it."""

    __slots__ = ("_cursor", "_take", "db", "params", "sql")

    def __init__(
        self, db: "Db", sql: Statement, params: dict[str, Any], *, take: Callable[[list[Any], Cursor], T]
    ) -> None:
        self.db = db
        self.sql = sql.text if isinstance(sql, Composed) else sql
        self.params = params
        self._take = take
        self._cursor: Cursor | None = None

    def __await__(self) -> Generator[Any, None, T]:
        return self._run().__await__()

    async def _run(self) -> T:
        async with self.db.connection.pipeline() if self.db.owes and not self.db.pipelined else nullcontext():
            await self.send()
        return await self.take()

    async def send(self) -> None:
        """Send the statement; inside a pipeline this waits for nothing."""
        connection = await self.db.ready()
        self._cursor = connection.cursor(binary=True)
        await self._cursor.execute(self.sql, self.params)

    async def take(self) -> T:
        """The result of a statement that was sent."""
        cursor = self._cursor
        assert cursor is not None, "send() comes before take()"
        return self._take(await cursor.fetchall(), cursor)


class Touch(Query[int]):
    """A statement without a result: it says how many rows it touched, and only outside `together`."""

    async def take(self) -> int:
        assert self._cursor is not None, "send() comes before take()"
        return self._cursor.rowcount


class Db:
    """A connection for reading: each statement sees the newest committed rows."""

    def __init__(self, connection: AsyncConnection[tuple[Any, ...]]) -> None:
        self.connection = connection

    @property
    def pipelined(self) -> bool:
        return self.connection.pgconn.pipeline_status != psycopg.pq.PipelineStatus.OFF

    @property
    def owes(self) -> bool:
        """Whether something goes ahead of the next statement: both then share one round trip."""
        return False

    async def ready(self) -> AsyncConnection[tuple[Any, ...]]:
        return self.connection

    def one(self, row: type[R], sql: Statement, /, *, missing: Refusal | None = None, **params: Any) -> Query[R]:
        """The one row, or `missing` raised."""
        make = maker_of(row)

        def take(rows: list[Any], _: Cursor) -> R:
            if not rows:
                raise missing or NoRow(self._name(sql))
            return make(rows[0])  # type: ignore[no-any-return]

        return Query(self, sql, params, take=take)

    def find(self, row: type[R], sql: Statement, /, **params: Any) -> Query[R | None]:
        """The row, or None."""
        make = maker_of(row)
        return Query(self, sql, params, take=lambda rows, _: make(rows[0]) if rows else None)

    def all(self, row: type[R], sql: Statement, /, **params: Any) -> Query[list[R]]:
        """Every row."""
        make = maker_of(row)
        return Query(self, sql, params, take=lambda rows, _: [make(values) for values in rows])

    def value(self, kind: type[R], sql: Statement, /, **params: Any) -> Query[R]:
        """The only column of the only row."""

        def take(rows: list[Any], _: Cursor) -> R:
            if not rows:
                raise NoRow(self._name(sql))
            return rows[0][0]  # type: ignore[no-any-return]

        return Query(self, sql, params, take=take)

    def find_value(self, kind: type[R], sql: Statement, /, **params: Any) -> Query[R | None]:
        """The only column of the row, or None where there is no row."""
        return Query(self, sql, params, take=lambda rows, _: rows[0][0] if rows else None)

    def values(self, kind: type[R], sql: Statement, /, **params: Any) -> Query[list[R]]:
        """The only column of every row."""
        return Query(self, sql, params, take=lambda rows, _: [values[0] for values in rows])

    def run(self, sql: Statement, /, **params: Any) -> Query[int]:
        """How many rows the statement touched."""
        return Touch(self, sql, params, take=lambda _, cursor: cursor.rowcount)

    async def stream(self, row: type[R], sql: Statement, /, **params: Any) -> AsyncGenerator[R, None]:
        """Row by row from a cursor on the server, inside a transaction: for what need not fit memory."""
        make = maker_of(row)
        text = sql.text if isinstance(sql, Composed) else sql
        async with self.connection.cursor(f"stream_{next(_streams)}", binary=True) as cursor:
            cursor.itersize = ROWS_AT_ONCE
            await cursor.execute(text, params)
            async for values in cursor:
                yield make(values)

    @staticmethod
    def _name(sql: Statement) -> str:
        return " ".join((sql.text if isinstance(sql, Composed) else sql).split())[:80]


@overload
async def together(first: Query[A], second: Query[B], /) -> tuple[A, B]: ...
@overload
async def together(first: Query[A], second: Query[B], third: Query[C], /) -> tuple[A, B, C]: ...
@overload
async def together(first: Query[A], second: Query[B], third: Query[C], fourth: Query[D], /) -> tuple[A, B, C, D]: ...
@overload
async def together(*queries: Query[Any]) -> tuple[Any, ...]: ...
async def together(*queries: Query[Any]) -> tuple[Any, ...]:
    """Send several statements at once and wait for all their results: one round trip."""
    db = queries[0].db
    async with nullcontext() if db.pipelined else db.connection.pipeline():
        for query in queries:
            await query.send()
    return tuple([await query.take() for query in queries])
