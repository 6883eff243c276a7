"""Pooled connections and `read()`. Who writes too has `kernel.write.Database`."""

import asyncio
import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import orjson
import psycopg
from psycopg.adapt import PyFormat
from psycopg.types.json import Jsonb, set_json_dumps, set_json_loads
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper
from psycopg_pool import AsyncConnectionPool

from backoffice.kernel.database.batch import Connection
from backoffice.kernel.database.limits import bounded
from backoffice.kernel.database.query import Db

Pool = AsyncConnectionPool[Connection]


class _Int8(Int8Dumper):
    """Every integer travels as bigint, so that one statement has one plan whatever the value's size."""


class _BinaryInt8(Int8BinaryDumper):
    """The same in binary."""


async def configure(connection: Connection, *, prepare: bool = True) -> None:
    """How a new connection speaks: transactions begun by us, orjson for json, dicts as jsonb, integers as bigint."""
    await connection.set_autocommit(True)
    connection.batches.prepares = prepare
    connection.prepare_threshold = None
    set_json_dumps(orjson.dumps, connection)
    set_json_loads(orjson.loads, connection)
    for dumper in (_Int8, _BinaryInt8):
        connection.adapters.register_dumper(int, dumper)
    for form in (PyFormat.TEXT, PyFormat.BINARY):
        connection.adapters.register_dumper(dict, connection.adapters.get_dumper(Jsonb, form))


def is_open(connection: Connection) -> bool:
    """Whether nobody hung up on an idle connection, as far as this side knows: a look at the socket, no round trip."""
    pgconn = connection.pgconn
    try:
        waiting = select.poll()
        waiting.register(pgconn.socket, select.POLLIN)
        while waiting.poll(0):
            pgconn.consume_input()
    except psycopg.OperationalError:
        return False
    return True


class ReadDatabase:
    """One pool on one server. `prepare=False` for a pooler that can't keep prepared statements.

    `wait_seconds` is how long somebody may wait for a connection.
    """

    def __init__(self, url: str, *, size: int = 10, prepare: bool = True, wait_seconds: float = 10.0) -> None:
        self._url = bounded(url)
        self.pool: Pool = AsyncConnectionPool(
            self._url,
            min_size=min(2, size),
            max_size=size,
            open=False,
            connection_class=Connection,
            configure=partial(configure, prepare=prepare),
            timeout=wait_seconds,
            reconnect_timeout=30.0,
            kwargs={"application_name": "backoffice"},
        )

    async def open(self) -> None:
        await self.pool.open(wait=True, timeout=30.0)

    async def close(self) -> None:
        await self.pool.close()

    def waiting(self) -> float:
        """How many wait for a connection right now."""
        return float(self.pool.get_stats().get("requests_waiting", 0))

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One of the pool's that its server, or a pooler, has not closed meanwhile: those are put away.

        Each would cost somebody an answer, long after a restart of the other side that took a moment.
        """
        connection = await self._taken()
        try:
            async with connection:
                yield connection
        finally:
            await self.pool.putconn(connection)

    async def _taken(self) -> Connection:
        """One that is open; whoever takes it puts it back."""
        for _ in range(self.pool.max_size):
            connection = await self.pool.getconn()
            if is_open(connection):
                return connection
            await self.pool.putconn(connection)
        return await self.pool.getconn()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Db]:
        """A connection for reading, back in the pool afterwards; closed where it was given up.

        What cancels its statement on the server may come late, and would meet the next one.
        """
        connection = await self._taken()
        db = Db(connection)
        try:
            yield db
        except asyncio.CancelledError:
            await connection.close()
            raise
        finally:
            db.drop_ahead()
            await self.pool.putconn(connection)

    @asynccontextmanager
    async def alone(self, lock: int) -> AsyncIterator[None]:
        """Whoever asks for the same lock meanwhile, in whichever process, waits until this block ends.

        For long work in several transactions. The connection is not of the pool, whose others the work may all need;
        the lock is one of its transaction, so that it holds by way of a pooler, too.
        """
        async with await psycopg.AsyncConnection.connect(self._url) as connection:
            await connection.execute("SET LOCAL statement_timeout = 0")
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
            yield
