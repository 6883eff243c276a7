"""How often somebody may do something in a minute that begins with their first try: counted in memory, or in Redis
when REDIS_URL is set.

While Redis is away or slow each process counts for itself, as without one: service goes on, and the limits hold.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from backoffice.kernel.breaker import Breaker, LeftAlone
from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.telemetry import LIMITED, Timed

REDIS_SECONDS = 0.25
"""How long Redis may take to answer, or to take a connection."""
REDIS_FAILURES = 2
"""In a row, then it is left alone: a request meets it for limits and again for totals, and none waits a second."""
AWAY = (StorageError, TimeoutError)
MINUTE_SECONDS = 60.0
MOST_WINDOWS = 100_000
"""Beyond these the oldest window is forgotten, which ends first anyway. Full, they take some 40 MB."""


@dataclass(slots=True)
class Window:
    ends_at: float
    hits: int = 0


class Windows:
    """Counts in this process. The oldest window stands first: what has ended is taken from there, two for each new."""

    def __init__(self, *, most: int = MOST_WINDOWS, clock: Callable[[], float] = time.monotonic) -> None:
        self._open: OrderedDict[tuple[int, *tuple[str, ...]], Window] = OrderedDict()
        self._most = most
        self._clock = clock

    def __len__(self) -> int:
        return len(self._open)

    def hit(self, per_minute: int, *who: str) -> float | None:
        """Count one. Seconds until the next minute begins when this was one too many, else None."""
        now = self._clock()
        window = self._open.get((per_minute, *who))
        if window is None or window.ends_at <= now:
            window = self._begin((per_minute, *who), now)
        window.hits += 1
        return window.ends_at - now if window.hits > per_minute else None

    def _begin(self, key: tuple[int, *tuple[str, ...]], now: float) -> Window:
        self._open.pop(key, None)
        for _ in range(2):
            oldest = next(iter(self._open.values()), None)
            if oldest is not None and (oldest.ends_at <= now or len(self._open) >= self._most):
                self._open.popitem(last=False)
        window = self._open[key] = Window(now + MINUTE_SECONDS)
        return window


@dataclass(frozen=True, slots=True)
class RedisMemory:
    """Bytes; `most` is None where Redis has no limit of its own."""

    used: int
    most: int | None


class Limits:
    """Counts hits. The same limits hold for all processes only when they share a Redis."""

    def __init__(self, redis_url: str | None = None) -> None:
        self._own = Windows()
        self._connections = _connections(redis_url) if redis_url else None
        self._shared = FixedWindowRateLimiter(_storage(redis_url, self._connections)) if redis_url else None
        self.breaker = Breaker("redis for limits", *AWAY, in_a_row=REDIS_FAILURES)

    async def hit(self, per_minute: int, *who: str) -> None:
        """Count one; TooManyRequests when this was one too many. The first word of `who` says what kind it is."""
        wait = await self._wait_after(per_minute, who)
        if wait is not None:
            LIMITED.labels(who[0]).inc()
            raise TooManyRequests(retry_after_seconds=max(1, round(wait)))

    async def _wait_after(self, per_minute: int, who: tuple[str, ...]) -> float | None:
        if self._shared is not None:
            try:
                with self.breaker.closed(), Timed("redis"):
                    async with asyncio.timeout(2 * REDIS_SECONDS):
                        return await _count(self._shared, per_minute, who)
            except (*AWAY, LeftAlone):
                pass
        return self._own.hit(per_minute, *who)

    async def look(self) -> RedisMemory | None:
        """How full Redis is, asked now even if it is left alone; None where none is set. RedisError, OSError."""
        if self._connections is None:
            return None
        said = await Redis(connection_pool=self._connections).info("memory")
        return RedisMemory(int(said["used_memory"]), int(said.get("maxmemory", 0)) or None)

    async def close(self) -> None:
        if self._connections is not None:
            await self._connections.aclose()


def _connections(redis_url: str) -> ConnectionPool:
    return ConnectionPool.from_url(
        redis_url,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _storage(redis_url: str, connections: ConnectionPool | None) -> RedisStorage:
    return RedisStorage(
        f"async+{redis_url}",
        implementation="redispy",
        wrap_exceptions=True,
        connection_pool=connections,  # type: ignore[arg-type]
    )


@lru_cache(maxsize=100)
def _a_minute(allowed: int) -> RateLimitItemPerMinute:
    """Made once: there are as many as settings."""
    return RateLimitItemPerMinute(allowed)


async def _count(limiter: FixedWindowRateLimiter, per_minute: int, who: tuple[str, ...]) -> float | None:
    """Seconds until the next minute begins when this was one too many, else None."""
    item = _a_minute(per_minute)
    if await limiter.hit(item, *who):
        return None
    window = await limiter.get_window_stats(item, *who)
    return window.reset_time - time.time()
