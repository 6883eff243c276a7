"""Values that may lag: totals under filters, counted once and kept for a while. Rows are never kept here.

While Redis is away or slow nothing is kept: every total is counted anew, so that nobody sees one that should be fresh.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from cashews import Cache as Cashews
from cashews.backends.memory import Memory
from cashews.exceptions import CacheBackendInteractionError
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from backoffice.kernel.breaker import Breaker, LeftAlone
from backoffice.kernel.limits import REDIS_FAILURES, REDIS_SECONDS

LAG_SECONDS = 60
AWAY = (CacheBackendInteractionError, RedisError, OSError, TimeoutError)
CONNECTIONS = 50
MOST_KEPT = 10_000


class Cache:
    """In memory on one machine; in Redis, and so shared, when REDIS_URL is set."""

    def __init__(self, redis_url: str | None = None) -> None:
        self._here = Memory(MOST_KEPT)
        self._counting = dict[str, asyncio.Future[int | None]]()
        self._shared: Cashews | None = None
        self.breaker = Breaker("redis for totals", *AWAY, in_a_row=REDIS_FAILURES)
        if redis_url is None:
            return
        self._shared = Cashews()
        self._shared.setup(
            redis_url,
            suppress=False,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            wait_for_connection_timeout=REDIS_SECONDS,
            max_connections=CONNECTIONS,
            retry=Retry(NoBackoff(), 0),
        )

    async def total(self, key: str, count: Callable[[], Awaitable[int]], *, fresh: bool = False) -> int:
        """A total that may lag 60 seconds; `fresh` counts anew, for whoever just wrote.

        Of several who ask at once the first counts for all, also while nothing is kept. Where it fails, the others
        count for themselves, side by side.
        """
        kept = None if fresh else await self._get(key)
        if kept is not None:
            return int(kept)
        if fresh or (told := self._counting.get(key)) is None:
            return await self._count_for_others(key, count)
        await asyncio.wait([told])
        counted = told.result()
        return await self._counted(key, count) if counted is None else counted

    async def _count_for_others(self, key: str, count: Callable[[], Awaitable[int]]) -> int:
        """Whoever asks meanwhile is told: the number, or None where it could not be counted."""
        told = self._counting[key] = asyncio.get_running_loop().create_future()
        counted = None
        try:
            counted = await self._counted(key, count)
            return counted
        finally:
            told.set_result(counted)
            if self._counting.get(key) is told:
                del self._counting[key]

    async def _counted(self, key: str, count: Callable[[], Awaitable[int]]) -> int:
        counted = await count()
        await self._set(key, counted)
        return counted

    async def recall(self, key: str, under: object) -> Any:
        """What this process made not a minute ago while `under` was the same, or None."""
        kept = await self._here.get(key)
        return kept[1] if kept is not None and kept[0] == under else None

    async def remember(self, key: str, under: object, *, made: object) -> None:
        """`under` moves with all that it was made of: what is recalled is as if it were made anew."""
        await self._here.set(key, (under, made), expire=LAG_SECONDS)

    async def note_write(self, staff_id: int) -> None:
        """Remember that this person just wrote, so that their next totals are counted anew."""
        if not await self._set(f"wrote:{staff_id}", 1):
            await self._here.set(f"wrote:{staff_id}", 1, expire=LAG_SECONDS)

    async def just_wrote(self, staff_id: int) -> bool:
        """Whether they did. One who wrote while Redis was away is remembered by this process at least."""
        key = f"wrote:{staff_id}"
        return await self._here.get(key) is not None or (self._shared is not None and await self._get(key) is not None)

    async def close(self) -> None:
        if self._shared is not None:
            await self._shared.close()

    async def _get(self, key: str) -> int | None:
        """None while Redis is away."""
        if self._shared is None:
            kept: int | None = await self._here.get(key)
            return kept
        try:
            with self.breaker.closed():
                async with asyncio.timeout(2 * REDIS_SECONDS):
                    return await self._shared.get(key)
        except (*AWAY, LeftAlone):
            return None

    async def _set(self, key: str, value: int) -> bool:
        """Whether it is kept, for all to see."""
        if self._shared is None:
            return await self._here.set(key, value, expire=LAG_SECONDS)
        try:
            with self.breaker.closed():
                async with asyncio.timeout(2 * REDIS_SECONDS):
                    await self._shared.set(key, value, expire=LAG_SECONDS)
        except (*AWAY, LeftAlone):
            return False
        return True
