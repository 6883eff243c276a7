"""Limits and totals that processes share in a real Redis. Where none is installed conftest.py leaves this file out."""

from collections.abc import Iterator

import pytest

from backoffice.kernel import cache, limits
from backoffice.kernel.cache import Cache
from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.limits import Limits
from tests.kernel.outside import redis_running


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_running(tmp_path_factory.mktemp("redis")) as running:
        yield running.address


async def counted() -> int:
    return 7


async def test_two_processes_share_limits_and_totals_in_redis(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (limits, cache):
        monkeypatch.setattr(module, "REDIS_SECONDS", 60)
    first, second = Limits(redis_url), Limits(redis_url)
    await first.hit(1, "read", "shared")
    with pytest.raises(TooManyRequests):
        await second.hit(1, "read", "shared")
    await first.close()
    await second.close()

    one, other = Cache(redis_url), Cache(redis_url)
    await one.note_write(7)
    assert await other.just_wrote(7)
    assert await one.total("all", counted) == 7
    assert await other._get("all") == 7
    await one.close()
    await other.close()
