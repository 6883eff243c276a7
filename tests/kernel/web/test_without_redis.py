"""A real Redis that is paused or killed under requests: none fails, and none waits a second."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from backoffice.kernel.web.front import Front
from backoffice.settings import Settings
from tests.kernel.outside import RunningRedis, redis_running
from tests.kernel.web.conftest import SignIn

LONGEST_SECONDS = 1.0


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RunningRedis]:
    with redis_running(tmp_path) as running:
        yield running
        running.process.send_signal(signal.SIGCONT)


@pytest.fixture
def settings(settings: Settings, redis: RunningRedis) -> Settings:
    return settings.model_copy(update={"redis_url": SecretStr(redis.address)})


@pytest.fixture
async def client(sign_in: SignIn) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody for whom Redis has counted already."""
    client = await sign_in()
    assert (await client.post("/customers", json={"phone": "+919876500001"})).status_code == 201
    yield client


async def timed(client: httpx.AsyncClient, phone: str | None = None) -> tuple[int, float]:
    began = time.monotonic()
    asked = client.get("/customers/count") if phone is None else client.post("/customers", json={"phone": phone})
    return (await asked).status_code, time.monotonic() - began


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
async def test_without_redis_no_request_fails_and_none_waits_a_second(
    trial: Front, client: httpx.AsyncClient, redis: RunningRedis, how: signal.Signals
) -> None:
    assert trial.house.away() == []
    redis.process.send_signal(how)
    began = time.monotonic()
    one_by_one = [await timed(client, f"+91987650010{n}") for n in range(3)]
    at_once = await asyncio.gather(*(timed(client) for _ in range(20)))
    counted = [await trial.house.cache.total("all", lambda: asyncio.sleep(0, 7)) for _ in range(3)]

    assert [status for status, _ in (*one_by_one, *at_once)] == [201] * 3 + [200] * 20
    assert max(seconds for _, seconds in (*one_by_one, *at_once)) < LONGEST_SECONDS
    assert counted == [7, 7, 7]
    assert trial.house.away() == ["redis for limits", "redis for totals"]
    assert time.monotonic() - began < 3 * LONGEST_SECONDS
