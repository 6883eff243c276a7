"""The bare twins: what a door costs at the least. `python -m benchmarks.twin PRODUCT` serves them on PORT.

The same server, token check, session lookup, statements and batches as the doors of the product, their rows encoded
once as they come, and nothing else: no routing table, no limits, no log, no shape of a contract.
"""

import gc
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import orjson
from granian import Granian
from granian.constants import Interfaces, Loops
from joserfc import jwt
from joserfc.jwk import OctKey
from psycopg_pool import AsyncConnectionPool

from backoffice.application import YOUNG_OBJECTS
from backoffice.kernel.database import Query
from backoffice.kernel.database.batch import Connection, Result
from backoffice.kernel.database.pool import configure
from backoffice.settings import Settings
from benchmarks.product import Door, Rows, Tested
from benchmarks.tested import TESTED

ALGORITHM = "HS256"
BEGIN: tuple[str, dict[str, Any]] = ("BEGIN", {})


class Twin:
    """ASGI: `/door/subject`."""

    def __init__(self, tested: Tested, settings: Settings) -> None:
        self._tested = tested
        self._key = OctKey.import_key(settings.token_secret.get_secret_value())
        self._names: dict[str, list[str]] = {}
        self._pool = AsyncConnectionPool(
            settings.database_url.get_secret_value(),
            min_size=min(2, settings.database_pool_size),
            max_size=settings.database_pool_size,
            open=False,
            connection_class=Connection,
            configure=configure,
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        name, _, subject = scope["path"][1:].partition("/")
        session = self._session(dict(scope["headers"])[b"authorization"])
        body = await self._read(session, self._tested.doors[name], unquote(subject))
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200 if body else 401, "headers": head})
        await send({"type": "http.response.body", "body": body})

    def _session(self, authorization: bytes) -> str:
        said = jwt.decode(authorization.removeprefix(b"Bearer "), self._key, algorithms=[ALGORITHM]).claims
        assert (said["token_type"], said["aud"], said["role"]) == ("access", self._tested.name, self._tested.admin.role)
        assert said["exp"] > time.time()
        return str(UUID(said["sid"]))

    async def _read(self, session: str, door: Door, subject: str) -> bytes:
        """Everything in one batch; no bytes for a session that has ended."""
        async with self._pool.connection() as connection:
            results = await self._rows(connection, [self._tested.confirm(session), *door.asks(subject)], door.keeps)
            if not results.pop(0):
                return b""
            if door.then and (more := door.then(subject, results[0])):
                results += await self._rows(connection, more)
            if door.keeps:
                await connection.batches.send([*_texts(door.keeps(subject)), ("COMMIT", {})])
        return orjson.dumps(results, default=_plain)

    async def _rows(self, connection: Connection, queries: Sequence[Query[Any]], begin: object = None) -> list[Rows]:
        """The rows as objects named by their columns, which are looked up once."""
        first = [BEGIN] if begin else []
        results = await connection.batches.send([*first, *_texts(queries)])
        return [self._objects(query, result) for query, result in zip(queries, results[len(first) :], strict=True)]

    def _objects(self, query: Query[Any], result: Result) -> Rows:
        names = self._names.get(query.sql)
        if names is None:
            columns = (result.raw.fname(place) or b"" for place in range(result.raw.nfields))
            names = self._names[query.sql] = [name.decode() for name in columns]
        return result.rows(lambda row: dict(zip(names, row, strict=True)))

    async def _live(self, receive: Any, send: Any) -> None:
        while (await receive())["type"] == "lifespan.startup":
            await self._pool.open(wait=True)
            await send({"type": "lifespan.startup.complete"})
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


def _texts(queries: Sequence[Query[Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(query.sql, query.params) for query in queries]


def _plain(value: bytes | Decimal) -> str | float:
    return value.hex() if isinstance(value, bytes) else float(value)


def serve() -> Twin:
    """As the product starts: what is there at the start is never looked at by the garbage collector again."""
    twin = Twin(TESTED[sys.argv[1]], Settings())
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    return twin


if __name__ == "__main__":
    Granian(
        "benchmarks.twin:serve",
        address="127.0.0.1",
        port=Settings().port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        factory=True,
        log_level="warning",  # type: ignore[arg-type]
        backlog=2048,
    ).serve()
