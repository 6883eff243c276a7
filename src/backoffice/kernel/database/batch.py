"""A batch: statements that leave in one flush and are answered in one wait.

    page, total = await connection.batches.send([(PAGE, {"status": "open"}), (COUNT, {})])

psycopg's own pipeline goes to the socket once per statement, and each has a cursor. Here they are written over its `pq`
layer; what adapts values, waits, cancels and names errors is psycopg's. Between two batches its cursors work as ever.

A statement is prepared under a name of its own when it first comes. The name counts only once the server confirmed it:
what was skipped behind a failure was never prepared. psycopg's own preparing is off, for its DEALLOCATE ALL would take
these names along.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection, generators
from psycopg.abc import Buffer, PQGen, Transformer
from psycopg.adapt import PyFormat
from psycopg.adapt import Transformer as NewTransformer
from psycopg.errors import PipelineAborted, error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult
from psycopg.rows import AsyncRowFactory, tuple_row

from backoffice.kernel.traces import span_of_statements

R = TypeVar("R")
Row = tuple[Any, ...]
Key = tuple[str, tuple[int, ...]]
"""One text has a statement for each combination of its values' types: a NULL has none."""
TEXTS_KEPT = 4_096
PREPARED_AT_MOST = 200
"""On one connection; the one that was used longest ago makes room. PostgreSQL keeps some 20 kB for each."""
_PLACE = re.compile(r"%(?:\((\w+)\)s|%)")
_COPIES = (ExecStatus.COPY_IN, ExecStatus.COPY_OUT, ExecStatus.COPY_BOTH)
NOT_HELD = b"BO004"
"""What kernel.require raises."""
_GOOD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY)


@dataclass(frozen=True, slots=True)
class Text:
    """SQL as PostgreSQL takes it: `$1` for `%(name)s`, one number for each name."""

    sql: bytes
    names: tuple[str, ...]
    formats: list[PyFormat]


@lru_cache(TEXTS_KEPT)
def numbered(sql: str) -> Text:
    numbers: dict[str, int] = {}

    def number(place: re.Match[str]) -> str:
        return f"${numbers.setdefault(place[1], len(numbers) + 1)}" if place[1] else "%"

    text = _PLACE.sub(number, sql)
    return Text(text.encode(), tuple(numbers), [PyFormat.AUTO] * len(numbers))


def _values(text: Text, params: Mapping[str, Any]) -> list[Any]:
    try:
        return [params[name] for name in text.names]
    except KeyError as missing:
        raise psycopg.ProgrammingError(f"query parameter missing: {missing.args[0]}") from None


@dataclass(slots=True)
class _Bound:
    """A statement with its values, as it is sent; `name` is None where it is not prepared, `new` where it will be."""

    key: Key
    text: Text
    values: Sequence[Buffer | None]
    formats: Sequence[int]
    name: bytes | None
    new: bool


class Result:
    """What one statement of a batch brought: rows, or its failure, raised as soon as somebody looks."""

    __slots__ = ("_batches", "raw")

    def __init__(self, raw: PGresult, batches: "Batches") -> None:
        self.raw = raw
        self._batches = batches

    def rows(self, make: Callable[[Sequence[Any]], R]) -> list[R]:
        return self._loading().load_rows(0, self.raw.ntuples, make)

    def first(self, make: Callable[[Sequence[Any]], R]) -> R | None:
        transformer = self._loading()
        return transformer.load_row(0, make) if self.raw.ntuples else None

    @property
    def touched(self) -> int:
        """How many rows the statement found or changed."""
        return self._good().command_tuples or 0

    @property
    def tag(self) -> bytes:
        """What PostgreSQL says it did: `COMMIT`, `INSERT 0 1`."""
        return self._good().command_status or b""

    @property
    def is_not_held(self) -> bool:
        """Whether kernel.require refused it."""
        failed = self.raw.status == ExecStatus.FATAL_ERROR
        return failed and self.raw.error_field(DiagnosticField.SQLSTATE) == NOT_HELD

    def _good(self) -> PGresult:
        if self.raw.status not in _GOOD:
            raise self._batches.failure_of(self.raw)
        return self.raw

    def _loading(self) -> Transformer:
        transformer = self._batches.transformer
        transformer.set_pgresult(self._good())
        return transformer


class Batches:
    """The batches of one connection, and the statements prepared on it."""

    prepares = False
    """Off behind a pooler that gives each transaction another connection: its statements have no names."""

    def __init__(self, connection: AsyncConnection[Row]) -> None:
        self._connection = connection
        self._transformer: Transformer | None = None
        self._prepared: OrderedDict[Key, bytes] = OrderedDict()
        self._numbers = count(1)
        self._unused: list[bytes] = []

    @property
    def transformer(self) -> Transformer:
        """Between Python's values and PostgreSQL's; made when the connection is configured, then kept."""
        if self._transformer is None:
            self._transformer = NewTransformer(self._connection)
        return self._transformer

    async def send(self, statements: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Result]:
        """A result for each statement, in their order. One that fails undoes the batch, unless a transaction is open.

        OperationalError where the connection is lost. Values that can't be sent raise before anything is.
        """
        async with self._connection.lock:
            batch = self._bound(statements)
            with span_of_statements(statements[0][0] if statements else "", len(statements)):
                return await self._connection.wait(self._exchange(self._connection.pgconn, batch))

    def failure_of(self, result: PGresult) -> psycopg.Error:
        if result.status == ExecStatus.PIPELINE_ABORTED:
            return PipelineAborted("skipped behind a statement that failed")
        return error_from_result(result, encoding=self._connection.info.encoding)

    def _bound(self, statements: Sequence[tuple[str, Mapping[str, Any]]]) -> list[_Bound]:
        batch = []
        coming: dict[Key, bytes] = {}
        transformer, prepared = self.transformer, self._prepared
        for sql, params in statements:
            text = numbered(sql)
            values = transformer.dump_sequence(_values(text, params), text.formats)
            key = (sql, transformer.types or ())
            name = prepared.get(key) or coming.get(key)
            new = name is None and self.prepares
            if new:
                name = coming[key] = b"batch_%d" % next(self._numbers)
            elif key in prepared:
                prepared.move_to_end(key)
            batch.append(_Bound(key, text, values, transformer.formats or (), name, new))
        return batch

    def _exchange(self, pgconn: PGconn, batch: list[_Bound]) -> PQGen[list[Result]]:
        """Whatever leaves this halfway leaves no half-read connection behind."""
        try:
            pgconn.enter_pipeline_mode()
            closing, self._unused = self._unused, []
            for name in closing:
                pgconn.send_close_prepared(name)
            for bound in batch:
                self._write(pgconn, bound)
            pgconn.pipeline_sync()
            yield from generators.send(pgconn)
            results = yield from self._until_sync(pgconn)
            pgconn.exit_pipeline_mode()
        except BaseException:
            pgconn.finish()
            raise
        answers = iter(results[len(closing) :])
        found = [Result(self._answer(bound, answers), self) for bound in batch]
        for refused in answers:  # one more than there are statements: what the batch's own commit found wrong
            raise self.failure_of(refused)
        return found

    @staticmethod
    def _write(pgconn: PGconn, bound: _Bound) -> None:
        """Into the buffer of libpq, which leaves with the Sync."""
        if bound.new:
            assert bound.name is not None
            pgconn.send_prepare(bound.name, bound.text.sql, bound.key[1])
        if bound.name is None:
            pgconn.send_query_params(bound.text.sql, bound.values, bound.key[1], bound.formats, Format.BINARY)
        else:
            pgconn.send_query_prepared(bound.name, bound.values, bound.formats, Format.BINARY)

    def _until_sync(self, pgconn: PGconn) -> PQGen[list[PGresult]]:
        """A result for each message. Where the server hung up, what it said before is why."""
        results: list[PGresult] = []
        while True:
            try:
                fetched = yield from generators.fetch_many(pgconn)
            except psycopg.OperationalError as lost:
                said = (result for result in results if result.status == ExecStatus.FATAL_ERROR)
                raise next(map(self.failure_of, said), lost) from None
            if not fetched:
                raise psycopg.OperationalError("the connection is lost")
            if fetched[0].status == ExecStatus.PIPELINE_SYNC:
                return results
            if fetched[0].status in _COPIES:
                raise psycopg.NotSupportedError("COPY goes by a cursor, not in a batch")
            results.append(fetched[0])

    def _answer(self, bound: _Bound, answers: Iterator[PGresult]) -> PGresult:
        """What came of a statement; it is prepared from now on, or no longer where that failed."""
        answer = next(answers)
        if bound.new and bound.name is not None:
            prepared, answer = answer, next(answers)
            if prepared.status == ExecStatus.FATAL_ERROR:
                return prepared
            if prepared.status == ExecStatus.COMMAND_OK:
                self._prepared[bound.key] = bound.name
                if len(self._prepared) > PREPARED_AT_MOST:
                    self._unused.append(self._prepared.popitem(last=False)[1])
        if answer.status == ExecStatus.FATAL_ERROR and (name := self._prepared.pop(bound.key, None)):
            self._unused.append(name)
        return answer


class Connection(AsyncConnection[Row]):
    """psycopg's, with batches."""

    def __init__(self, pgconn: PGconn, row_factory: AsyncRowFactory[Row] = tuple_row) -> None:
        super().__init__(pgconn, row_factory)
        self.batches = Batches(self)
