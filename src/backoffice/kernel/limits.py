"""How often somebody may do something: fixed windows of a minute, in memory, or in Redis when REDIS_URL is set."""

import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter

from backoffice.kernel.errors import TooManyRequests


class Limits:
    """Counts hits. The same limits hold for all processes only when they share a Redis."""

    def __init__(self, redis_url: str | None = None) -> None:
        storage: Storage = (
            RedisStorage(f"async+{redis_url}", implementation="redispy", wrap_exceptions=True)
            if redis_url
            else MemoryStorage()
        )
        self._limiter = FixedWindowRateLimiter(storage)

    async def hit(self, per_minute: int, *who: str) -> None:
        """Count one; TooManyRequests when this was one too many."""
        item = RateLimitItemPerMinute(per_minute)
        if not await self._limiter.hit(item, *who):
            window = await self._limiter.get_window_stats(item, *who)
            raise TooManyRequests(retry_after_seconds=max(1, round(window.reset_time - time.time())))
