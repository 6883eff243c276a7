"""Rounds of 200 calls until the storm is over; afterwards the books are compared and every sum is counted anew."""

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

from backoffice.kernel.actor import Context
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.lanes import JobName, Lane
from backoffice.marketplace.reconciling.jobs import reconcile_refunds
from benchmarks.kills.desk import Desk
from benchmarks.kills.findings import Connection, Finding
from benchmarks.kills.line import Line, addresses, house_of
from benchmarks.kills.marketplace import counting
from benchmarks.kills.marketplace.people import HARNESS, PRODUCT, enter
from benchmarks.kills.marketplace.rounds import BEHAVIOUR, CALLS, CANCELLED_EVERY, GATEWAYS, Books, Round
from benchmarks.kills.storm import Scene

logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
"""That the database is gone now and then is what is tried here."""
CLOCK = JobName("marketplace.queue_silent_refunds", Lane.CLOCK)
AWAY = (psycopg.OperationalError, PoolTimeout, UniqueViolation)
"""The database is gone, or a job like it waits already."""


class Play:
    """The calls on one desk."""

    def __init__(self, desk: Desk, house: House, *, round_of_calls: Round) -> None:
        self._desk, self._house, self._round = desk, house, round_of_calls
        self._books = round_of_calls.books
        self.stuck = self._books.stuck

    async def live(self, over: asyncio.Event) -> None:
        """Whole rounds: the one begun is played to its end."""
        while not over.is_set() and not self.stuck:
            await self._round.play()

    async def tick(self) -> None:
        """Ask at once for what the clock asks for every half minute: kills then find workers with refunds in hand."""
        while True:
            with suppress(*AWAY):
                async with self._house.database.write(HARNESS) as tx:
                    tx.defer(CLOCK, lock=CLOCK, timestamp=int(time.time()))
            await asyncio.sleep(1)

    def done(self) -> int:
        return self._books.answered

    def is_settled(self, db: Connection) -> bool:
        return counting.is_settled(db, self._books)

    async def count(self, db: Connection) -> list[Finding]:
        """What the night does comes first: our refunds beside the gateway's books, every sum beside its rows."""
        await reconcile_refunds(JobRun(self._house, HARNESS, Context(), 0))
        async with self._house.database.write(HARNESS) as tx:
            tx.record("recounted", "everybody of the storm")
            drifted = await tx.value(int, "SELECT marketplace.recount(%(ids)s)", ids=self._books.customers)
        found = counting.count(self._desk.data, db, books=self._books)
        return [*found, Finding("customers whose sums are not a recount's", drifted, 0)]


@asynccontextmanager
async def begin(desk: Desk, random: Random) -> AsyncIterator[Play]:
    async with AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=CALLS)
        clients = [httpx.AsyncClient(base_url=url, timeout=60, limits=limits) for url in addresses(desk, PRODUCT)]
        for client in clients:
            await stack.enter_async_context(client)
        house = house_of(desk)
        await house.open()
        stack.push_async_callback(house.close)
        first = random.randrange(len(GATEWAYS) * CANCELLED_EVERY)
        calls = Round(Line(clients, random), await enter(house), Books(), random, first)
        play = Play(desk, house, round_of_calls=calls)
        ticking = asyncio.create_task(play.tick())
        try:
            yield play
        finally:
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking


MARKETPLACE = Scene(
    {
        "READS_PER_MINUTE": "100000",
        "WRITES_PER_MINUTE": "100000",
        "SIGN_INS_PER_ACCOUNT": "1000",
        "SIGN_INS_PER_ADDRESS": "1000",
        "SANDBOX_GATEWAY_BEHAVIOUR": BEHAVIOUR,
        "OUTCOME_WAIT_SECONDS": "1",
        "REFUND_SILENT_SECONDS": "5",
    },
    begin,
    has_second=True,
)
"""Nobody is told to slow down, and a gateway that keeps silent is soon asked again."""
