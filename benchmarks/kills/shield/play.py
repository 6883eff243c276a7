"""Rounds of 200 calls until the storm is over, while the clock's payout jobs are asked for every second."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from random import Random

import httpx
import psycopg
from psycopg.errors import UniqueViolation
from psycopg_pool import PoolTimeout

from backoffice.kernel.house import House
from backoffice.kernel.lanes import JobName, Lane
from benchmarks.kills.desk import Desk
from benchmarks.kills.findings import Connection, Finding
from benchmarks.kills.line import Line, addresses, house_of
from benchmarks.kills.shield import counting
from benchmarks.kills.shield.people import HARNESS, Cast, enter
from benchmarks.kills.shield.rounds import CALLS, Books, Round
from benchmarks.kills.storm import Scene

logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
"""That the database is gone now and then is what is tried here."""
CLOCK = (JobName("shield.queue_due_payouts", Lane.CLOCK), JobName("shield.queue_settling_payouts", Lane.CLOCK))


class Play:
    """The calls on one desk."""

    def __init__(self, desk: Desk, line: Line, *, cast: Cast, random: Random) -> None:
        self._desk, self._books = desk, Books()
        self._round = Round(line, cast, self._books, random)
        self.stuck = self._books.stuck

    async def live(self, over: asyncio.Event) -> None:
        """Whole rounds: the one begun is played to its end."""
        while not over.is_set() and not self.stuck:
            await self._round.play()

    def done(self) -> int:
        return self._books.answered

    def is_settled(self, db: Connection) -> bool:
        return counting.is_settled(db, self._books)

    async def count(self, db: Connection) -> list[Finding]:
        return counting.count(self._desk, db, books=self._books)


@asynccontextmanager
async def begin(desk: Desk, random: Random) -> AsyncIterator[Play]:
    async with AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=CALLS)
        clients = [httpx.AsyncClient(base_url=url, timeout=60, limits=limits) for url in addresses(desk, "shield")]
        for client in clients:
            await stack.enter_async_context(client)
        house = house_of(desk)
        await house.open()
        stack.push_async_callback(house.close)
        line = Line(clients, random)
        cast = await enter(house, line)
        ticking = asyncio.create_task(_tick(house))
        try:
            yield Play(desk, line, cast=cast, random=random)
        finally:
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking


async def _tick(house: House) -> None:
    """Ask at once for what the clock asks for every 15 seconds: kills then find workers with money in their hands."""
    while True:
        for name in CLOCK:
            with suppress(psycopg.OperationalError, PoolTimeout, UniqueViolation):  # one waits already
                async with house.database.write(HARNESS) as tx:
                    tx.defer(name, lock=name, timestamp=int(time.time()))
        await asyncio.sleep(1)


SHIELD = Scene(
    {
        "READS_PER_MINUTE": "100000",
        "WRITES_PER_MINUTE": "100000",
        "PAYOUT_GRACE_MINUTES": "0",
        "SANDBOX_RAIL_SETTLES_AFTER": "0",
        "SANDBOX_RAIL_RETURNS": '{"0006": "R06"}',
    },
    begin,
    has_second=True,
)
"""Nobody is told to slow down; payouts leave and settle at once."""
