"""How often the house waits for PostgreSQL: each wait is a round trip, whoever asks for it."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from backoffice.kernel.database import pool
from backoffice.kernel.database.batch import Connection


class Waits:
    """Counts them for each time a connection is taken from the pool."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._seen: list[int] = []
        wait = Connection.wait
        taken = pool.AsyncConnectionPool.getconn

        async def counted(connection: Connection, steps: Any, *given: Any, **more: Any) -> Any:
            return await wait(connection, self._counting(steps), *given, **more)

        async def counted_from(own: Any, *given: Any, **more: Any) -> Any:
            connection = await taken(own, *given, **more)
            self._seen.append(0)
            return connection

        monkeypatch.setattr(Connection, "wait", counted)
        monkeypatch.setattr(pool.AsyncConnectionPool, "getconn", counted_from)

    def _counting(self, steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Some ask the connection alone, and wait for nothing."""
        try:
            asked = next(steps)
            if self._seen:
                self._seen[-1] += 1
            while True:
                asked = steps.send((yield asked))
        except StopIteration as done:
            return done.value

    @contextmanager
    def counted(self) -> Iterator[list[int]]:
        self._seen = []
        yield self._seen
        self._seen = []
