"""Waiting until a second transaction stands before a lock of the first: how races are told in an order."""

import asyncio

from backoffice.kernel.database import Db

SOMEBODY_WAITS = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
)


async def somebody_waits_for(db: Db) -> None:
    """Until another transaction waits for this one, but not for ever."""
    async with asyncio.timeout(30):
        while not await db.value(bool, SOMEBODY_WAITS):
            await db.run("SELECT pg_sleep(0.005)")
