"""The bare twins: what a door costs at the least. `python -m benchmarks.twin` serves them on PORT.

The same server, token check, session lookup, statements and pipeline as the doors of the product, their rows encoded
once as they come, and nothing else: no routing table, no limits, no log, no shape of a contract.
"""

import gc
import time
from typing import Any
from uuid import UUID

import orjson
from granian import Granian
from granian.constants import Interfaces, Loops
from joserfc import jwt
from joserfc.jwk import OctKey
from psycopg import AsyncCursor
from psycopg_pool import AsyncConnectionPool

from backoffice.application import YOUNG_OBJECTS
from backoffice.kernel.database.pool import configure
from backoffice.settings import Settings
from benchmarks.statements import ASKS, SESSION, Statement

ALGORITHM = "HS256"


class Twin:
    """ASGI: `/list` and `/detail/{ticket}`."""

    def __init__(self, settings: Settings) -> None:
        self._key = OctKey.import_key(settings.token_secret.get_secret_value())
        self._names: dict[str, list[str]] = {}
        self._pool = AsyncConnectionPool(
            settings.database_url.get_secret_value(),
            min_size=min(2, settings.database_pool_size),
            max_size=settings.database_pool_size,
            open=False,
            configure=configure,
            kwargs={"prepare_threshold": 2},
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        name, _, number = scope["path"][1:].partition("/")
        session = self._session(dict(scope["headers"])[b"authorization"])
        body = await self._read(session, ASKS[name], {"ticket_id": int(number)} if number else {})
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200 if body else 401, "headers": head})
        await send({"type": "http.response.body", "body": body})

    def _session(self, authorization: bytes) -> dict[str, str]:
        said = jwt.decode(authorization.removeprefix(b"Bearer "), self._key, algorithms=[ALGORITHM]).claims
        assert (said["token_type"], said["aud"]) == ("access", "helpdesk")
        assert said["exp"] > time.time()
        return {"session_id": str(UUID(said["sid"])), "product": said["aud"], "role": said["role"]}

    async def _read(self, session: dict[str, str], asks: list[Statement], given: dict[str, int]) -> bytes:
        """Everything in one pipeline; no bytes for a session that has ended."""
        async with self._pool.connection() as connection, connection.pipeline():
            confirm = connection.cursor(binary=True)
            await confirm.execute(SESSION, session)
            cursors = {}
            for sql, facts in asks:
                cursors[sql] = cursor = connection.cursor(binary=True)
                await cursor.execute(sql, {**facts, **given})
            results = [await self._objects(sql, cursor) for sql, cursor in cursors.items()]
            if await confirm.fetchone() is None:
                return b""
        return orjson.dumps(results)

    async def _objects(self, sql: str, cursor: AsyncCursor[tuple[Any, ...]]) -> list[dict[str, Any]]:
        """The rows as objects named by their columns, which are looked up once."""
        rows = await cursor.fetchall()
        names = self._names.get(sql)
        if names is None:
            names = self._names[sql] = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in rows]

    async def _live(self, receive: Any, send: Any) -> None:
        while (await receive())["type"] == "lifespan.startup":
            await self._pool.open(wait=True)
            await send({"type": "lifespan.startup.complete"})
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


def serve() -> Twin:
    """As the product starts: what is there at the start is never looked at by the garbage collector again."""
    twin = Twin(Settings())
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
