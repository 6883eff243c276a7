"""Streaming replicas, and which of them may be read from at the moment.

    replicas = Replicas(primary_url, [url, ...], lag_seconds=5, size=8, prepare=True)
    replicas.watch()                        from now on each server is asked twice a second how far it is
    replica = replicas.choose()             None: read from the primary
    async with replica.read() as db: ...

One is read from as long as what it shows is younger than `lag_seconds`, as far as this process knows. Without an answer
it grows old by itself. `gone` is done as soon as a replica is known to be away: whoever waits for it asks the primary.
"""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable, Sequence
from contextvars import Context

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import PoolTimeout

from backoffice.kernel.database.pool import ReadDatabase
from backoffice.kernel.database.positions import Asked, Positions, Standing
from backoffice.kernel.telemetry import LEFT_ALONE, READS, REPLICA_LAG

EVERY_SECONDS = 0.5
ANSWER_SECONDS = 1.0
"""A server that does not say within this how far it is, is away."""
CONNECTION_SECONDS = 0.5
"""How long a read waits for a connection to a replica before it goes to the primary."""
PRIMARY = "primary"
AWAY = (psycopg.Error, PoolTimeout, OSError, TimeoutError)
log = structlog.get_logger("backoffice.replicas")


def name_of(url: str) -> str:
    parts = conninfo_to_dict(url)
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}"


class Replica(ReadDatabase):
    """One server that follows the primary. `shown_at` is the latest moment of which it shows everything.

    One that `leads` is the primary itself, at least by now: it is not read from as a replica, and nothing is wrong.
    """

    def __init__(self, url: str, *, size: int, prepare: bool) -> None:
        super().__init__(url, size=size, prepare=prepare, wait_seconds=CONNECTION_SECONDS)
        self.name = name_of(url)
        self.asked = Asked(url)
        self.shown_at: float | None = None
        self.leads = False
        self._gone: asyncio.Future[None] | None = None
        self._left_alone = False

    @property
    def gone(self) -> "asyncio.Future[None]":
        """Done once it is away; another one as soon as it is back."""
        if self._gone is None:
            self._gone = asyncio.get_running_loop().create_future()
        return self._gone

    def leave(self) -> None:
        """Whoever waits for it waits no more. It is read from again once it says how far it is."""
        self.shown_at = None
        if not self.gone.done():
            self.gone.set_result(None)

    async def found(self, shown_at: float | None) -> None:
        """It says how far it is."""
        if self.gone.done():
            await asyncio.wait_for(self.pool.check(), ANSWER_SECONDS)
            self._gone = None
        self.shown_at = shown_at

    def say(self, lag: float | None, *, most: float) -> None:
        """To whoever watches: how far it lags, and once when it is left alone and when it is back."""
        left_alone = not self.leads and (lag is None or lag > most)
        REPLICA_LAG.labels(self.name).set(float("nan") if self.leads else float("inf") if lag is None else lag)
        LEFT_ALONE.labels(self.what).set(int(left_alone))
        if left_alone != self._left_alone:
            self._left_alone = left_alone
            log.warning("left alone" if left_alone else "back", what=self.what, lag_seconds=lag)

    @property
    def what(self) -> str:
        return f"replica {self.name}"


class Replicas:
    """Those of this process. `lag_seconds` is the oldest that anybody is shown."""

    def __init__(self, primary: str, urls: Sequence[str], *, lag_seconds: float, size: int, prepare: bool) -> None:
        self.all = [Replica(url, size=size, prepare=prepare) for url in urls]
        self._primary = Asked(primary)
        self._most = lag_seconds
        self._positions = Positions()
        self._turn = itertools.count()
        self._watching: list[asyncio.Task[None]] = []

    def watch(self) -> None:
        """Begin; in a context of its own, for nobody's request is served by it. Where there are none nothing begins."""
        watches = [self._watch_primary(), *map(self._watch, self.all)] if self.all else []
        self._watching = [asyncio.create_task(one, context=Context()) for one in watches]

    async def close(self) -> None:
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        for replica in self.all:
            await replica.asked.close()
            await replica.close()
        await self._primary.close()

    def choose(self) -> Replica | None:
        """The next one in turn that may be read from; None where there is none: then the primary is."""
        usable = [one for one in self.all if self._is_young(one)]
        return usable[next(self._turn) % len(usable)] if usable else None

    def count_read(self, server: str) -> None:
        """Nothing is counted where there is only one server."""
        if self.all:
            READS.labels(server).inc()

    def away(self) -> list[str]:
        return [one.what for one in self.all if not (one.leads or self._is_young(one))] if self._watching else []

    def _is_young(self, replica: Replica) -> bool:
        return replica.shown_at is not None and time.monotonic() - replica.shown_at <= self._most

    async def _watch_primary(self) -> None:
        while True:
            before = time.monotonic()
            if (standing := await self._ask(self._primary, lambda: None)) is not None:
                self._positions.note(before, standing)
            await asyncio.sleep(EVERY_SECONDS)

    async def _watch(self, replica: Replica) -> None:
        with contextlib.suppress(psycopg.Error, OSError):
            await replica.pool.open(wait=False)
        while True:
            standing = await self._ask(replica.asked, replica.leave)
            if standing is not None:
                replica.leads = self._positions.leads(standing)
                with contextlib.suppress(*AWAY):
                    await replica.found(self._positions.shown_by(standing))
            lag = None if replica.shown_at is None else time.monotonic() - replica.shown_at
            replica.say(lag, most=self._most)
            await asyncio.sleep(EVERY_SECONDS)

    async def _ask(self, server: Asked, leave: Callable[[], None]) -> Standing | None:
        """How far a server is. None where it does not say so in time: `leave` is called at once.

        What is given up is waited for only afterwards, for psycopg waits until the server has heard of it.
        """
        asking: asyncio.Task[Standing] = asyncio.create_task(server.standing())
        try:
            done, _ = await asyncio.wait([asking], timeout=ANSWER_SECONDS)
            if not done:
                leave()
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
                return None
            return asking.result()
        except AWAY:
            leave()
            return None
        finally:
            asking.cancel()
