"""Limits and totals while Redis is paused or gone: service goes on without it."""

import asyncio
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from backoffice.kernel.breaker import FAILURES
from backoffice.kernel.cache import Cache
from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.limits import Limits
from tests.cli.commands import free_port
from tests.kernel.outside import silent_port


@pytest.fixture(params=["paused", "gone"])
def away(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a Redis that never answers, or of none."""
    with silent_port() as port:
        yield f"redis://127.0.0.1:{port if request.param == 'paused' else free_port()}"


async def test_without_redis_each_process_counts_for_itself_and_says_so_once(away: str) -> None:
    counting = Limits(away)
    with capture_logs() as lines:
        for _ in range(FAILURES + 3):
            await counting.hit(FAILURES + 3, "read", "staff:1")
        with pytest.raises(TooManyRequests):
            await counting.hit(FAILURES + 3, "read", "staff:1")

    assert [line["event"] for line in lines] == ["left alone"]
    assert counting.breaker.away
    await counting.close()


async def test_a_hundred_at_once_wait_for_a_paused_redis_no_longer_than_one() -> None:
    with silent_port() as port:
        counting = Limits(f"redis://127.0.0.1:{port}")
        await asyncio.gather(*(counting.hit(200, "read", "staff:1") for _ in range(100)))

        assert counting.breaker.away
        await counting.close()


async def test_without_redis_totals_are_counted_anew_and_writers_remembered(away: str) -> None:
    totals = Cache(away)
    numbers = iter(range(100))

    async def count() -> int:
        return next(numbers)

    assert [await totals.total("all", count) for _ in range(3)] == [0, 1, 2]
    await totals.note_write(7)
    assert await totals.just_wrote(7)
    assert not await totals.just_wrote(8)
    await totals.close()
