"""How often somebody may do something: fixed windows of a minute, in memory, or in Redis when REDIS_URL is set.

While Redis is away or slow each process counts for itself, as without one: service goes on, and the limits hold.
"""

import asyncio
import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from backoffice.kernel.breaker import Breaker, LeftAlone
from backoffice.kernel.errors import TooManyRequests

REDIS_SECONDS = 0.5
"""How long Redis may take to answer, or to take a connection."""
AWAY = (StorageError, TimeoutError)


class Limits:
    """Counts hits. The same limits hold for all processes only when they share a Redis."""

    def __init__(self, redis_url: str | None = None) -> None:
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._connections = _connections(redis_url) if redis_url else None
        self._shared = FixedWindowRateLimiter(_storage(redis_url, self._connections)) if redis_url else None
        self.breaker = Breaker("redis for limits", *AWAY)

    async def hit(self, per_minute: int, *who: str) -> None:
        """Count one; TooManyRequests when this was one too many."""
        item = RateLimitItemPerMinute(per_minute)
        if self._shared is not None:
            try:
                with self.breaker.closed():
                    async with asyncio.timeout(2 * REDIS_SECONDS):
                        return await _count(self._shared, item, who)
            except (*AWAY, LeftAlone):
                pass
        return await _count(self._own, item, who)

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


async def _count(limiter: FixedWindowRateLimiter, item: RateLimitItem, who: tuple[str, ...]) -> None:
    if not await limiter.hit(item, *who):
        window = await limiter.get_window_stats(item, *who)
        raise TooManyRequests(retry_after_seconds=max(1, round(window.reset_time - time.time())))
