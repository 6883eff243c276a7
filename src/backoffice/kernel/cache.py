"""Values that may lag: totals under filters, counted once and kept for a while. Rows are never kept here."""

from collections.abc import Awaitable, Callable

from cashews import Cache as Cashews

LAG_SECONDS = 60


class Cache:
    """In memory on one machine; in Redis, and so shared, when REDIS_URL is set."""

    def __init__(self, redis_url: str | None = None) -> None:
        self._cashews = Cashews()
        self._cashews.setup(redis_url or "mem://?size=10000")

    async def total(self, key: str, count: Callable[[], Awaitable[int]], *, fresh: bool = False) -> int:
        """A total that may lag 60 seconds; `fresh` counts anew, for whoever just wrote."""
        kept = None if fresh else await self._cashews.get(key)
        if kept is not None:
            return int(kept)
        counted = await count()
        await self._cashews.set(key, counted, expire=LAG_SECONDS)
        return counted

    async def note_write(self, staff_id: int) -> None:
        """Remember that this person just wrote, so that their next totals are counted anew."""
        await self._cashews.set(f"wrote:{staff_id}", 1, expire=LAG_SECONDS)

    async def just_wrote(self, staff_id: int) -> bool:
        return await self._cashews.get(f"wrote:{staff_id}") is not None

    async def close(self) -> None:
        await self._cashews.close()
