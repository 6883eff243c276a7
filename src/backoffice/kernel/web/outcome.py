"""Doors that answer with what came of their write: after the commit they wait for it, holding no connection meanwhile.

    async def refund_by_now(db: Db, committed: Any) -> Seen: ...

    @door.post("/{refund_id}/approve", ..., outcome=refund_by_now)

Such a door answers with what its look sees, once that is final or the patience has ended. `committed` is the answer as
the write left it. The write sent again with its key changes nothing, and shows how things stand now: its answer is not
the first one byte for byte.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
import psycopg

from backoffice.kernel.database.query import Db
from backoffice.kernel.write.database import Database

FIRST_PAUSE, LONGEST_PAUSE = 0.04, 0.4
"""Seconds between two looks: most outcomes are there soon, the others cost few statements."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A door's answer as things stand; `is_final` when nothing more is to be waited for."""

    answer: Any
    is_final: bool


Look: TypeAlias = Callable[[Db, Any], Awaitable[Seen]]


async def seen_now(look: Look, database: Database, *, committed: bytes) -> Any:
    """The answer as things stand now; as it was committed where nobody can look."""
    return await wait_for(look, database, committed=committed, seconds=0)


async def wait_for(look: Look, database: Database, *, committed: bytes, seconds: float) -> Any:
    """The answer as the outcome has it, looked for at most so many seconds. What is committed is never refused."""
    answer = first = orjson.loads(committed)
    ends, pause = time.monotonic() + seconds, FIRST_PAUSE
    while True:
        try:
            async with database.read() as db:
                seen = await look(db, first)
        except psycopg.Error:
            return answer
        answer = seen.answer
        if seen.is_final or time.monotonic() + pause > ends:
            return answer
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
