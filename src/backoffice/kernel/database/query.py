"""A statement that is ready to run: store functions return one, callers await it or send several in one round trip.

ticket = await store.lock_ticket(tx, 7)
page, total = await together(store.list_notes(db, 7), store.count_notes(db, 7))
"""

import itertools
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from operator import itemgetter
from typing import Any, Generic, LiteralString, TypeVar, overload

from backoffice.kernel.database.batch import Connection, Result
from backoffice.kernel.database.compose import Composed
from backoffice.kernel.database.rows import maker_of
from backoffice.kernel.errors import Refusal

T = TypeVar("T")
R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
Statement = LiteralString | Composed
"""SQL as written in a store, or composed there from fixed fragments."""
ROWS_AT_ONCE = 1_000
_streams = itertools.count(1)
_only: Callable[[Sequence[Any]], Any] = itemgetter(0)


class NoRow(Exception):
    """A statement that always finds a row found none: a bug, not an answer."""


class Query(Generic[T]):
    """One statement with its parameters and what becomes of its result. Awaiting it runs it."""

    __slots__ = ("db", "params", "sql", "take")

    def __init__(self, db: "Db", sql: Statement, params: dict[str, Any], *, take: Callable[[Result], T]) -> None:
        self.db = db
        self.sql = sql.text if isinstance(sql, Composed) else sql
        self.params = params
        self.take = take

    def __await__(self) -> Generator[Any, None, T]:
        return self._run().__await__()

    async def _run(self) -> T:
        (answer,) = await self.db.answers(self)
        return answer  # type: ignore[no-any-return]

    def then(self, check: Callable[[T], A]) -> "Query[A]":
        """The same statement, whose answer is what `check` makes of it."""
        take = self.take
        return Query(self.db, self.sql, self.params, take=lambda result: check(take(result)))

    def otherwise(self, refusal: Refusal) -> "Query[T]":
        """The same statement, which asks kernel.require: what does not hold is this refusal.

        PostgreSQL itself stops there, so a commit behind it in the same batch keeps nothing.
        """
        take = self.take

        def held(result: Result) -> T:
            if result.is_not_held:
                raise refusal
            return take(result)

        return Query(self.db, self.sql, self.params, take=held)


class Db:
    """A connection for reading: each statement sees the newest committed rows."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._ahead: list[Query[Any]] = []

    def send_ahead(self, query: Query[Any]) -> None:
        """Send this in front of whatever is sent next, in a write at the latest with its commit: nobody waits for it.

        What it raises comes first, and again until it raises no more: nobody else gets an answer before.
        In a write only PostgreSQL may refuse it, never a check of ours: its answer may come with that of the commit.
        """
        self._ahead.append(query)

    def drop_ahead(self) -> None:
        """Send none of it; until it is sent it keeps this object, and this object keeps it."""
        self._ahead = []

    async def ready(self) -> Connection:
        """The connection, once what goes ahead has its answer."""
        if self._ahead:
            await self.answers()
        return self.connection

    async def answers(self, *queries: Query[Any]) -> list[Any]:
        """What becomes of these statements: one round trip. The first one that failed raises."""
        ahead = self._ahead
        results = await self.connection.batches.send([(query.sql, query.params) for query in (*ahead, *queries)])
        for query in ahead:
            query.take(results.pop(0))
        self._ahead = []
        return [query.take(result) for query, result in zip(queries, results, strict=True)]

    def one(self, row: type[R], sql: Statement, /, *, missing: Refusal | None = None, **params: Any) -> Query[R]:
        """The one row, or `missing` raised."""
        make = maker_of(row)

        def take(result: Result) -> R:
            found = result.first(make)
            if found is None:
                raise missing or NoRow(self._name(sql))
            return found  # type: ignore[no-any-return]

        return Query(self, sql, params, take=take)

    def find(self, row: type[R], sql: Statement, /, **params: Any) -> Query[R | None]:
        """The row, or None."""
        make = maker_of(row)
        return Query(self, sql, params, take=lambda result: result.first(make))

    def all(self, row: type[R], sql: Statement, /, **params: Any) -> Query[list[R]]:
        """Every row."""
        make = maker_of(row)
        return Query(self, sql, params, take=lambda result: result.rows(make))

    def value(self, kind: type[R], sql: Statement, /, *, missing: Refusal | None = None, **params: Any) -> Query[R]:
        """The only column of the only row, or `missing` raised."""

        def take(result: Result) -> R:
            found = result.rows(_only)
            if not found:
                raise missing or NoRow(self._name(sql))
            return found[0]  # type: ignore[no-any-return]

        return Query(self, sql, params, take=take)

    def find_value(self, kind: type[R], sql: Statement, /, **params: Any) -> Query[R | None]:
        """The only column of the row, or None where there is no row."""
        return Query(self, sql, params, take=lambda result: result.first(_only))

    def values(self, kind: type[R], sql: Statement, /, **params: Any) -> Query[list[R]]:
        """The only column of every row."""
        return Query(self, sql, params, take=lambda result: result.rows(_only))

    def run(self, sql: Statement, /, **params: Any) -> Query[int]:
        """How many rows the statement touched."""
        return Query(self, sql, params, take=lambda result: result.touched)

    async def stream(self, row: type[R], sql: Statement, /, **params: Any) -> AsyncGenerator[R, None]:
        """Row by row from a cursor on the server, inside a transaction: for what need not fit memory."""
        make = maker_of(row)
        text = sql.text if isinstance(sql, Composed) else sql
        connection = await self.ready()
        async with connection.cursor(f"stream_{next(_streams)}", binary=True) as cursor:
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
    return tuple(await queries[0].db.answers(*queries))
