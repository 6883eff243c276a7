"""Reads beside a real replica: what is shown there, and what is asked on the primary instead, without an error."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr

from backoffice.kernel.actor import system
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.database.replicas import name_of
from backoffice.kernel.web.front import Front
from backoffice.settings import Settings
from tests.kernel.web.conftest import SignIn, client_of, trial_front
from tests.replica import Follower, following
from tests.waits import Waits

LAG_SECONDS = 2.0
COUNT = "/customers/count"


@pytest.fixture(scope="module")
def copied(server: EmbeddedServer) -> Iterator[Follower]:
    with following(server) as replica:
        yield replica


@pytest.fixture
def replica(copied: Follower) -> Iterator[Follower]:
    yield copied
    copied.let_replay()


@pytest.fixture
def settings(settings: Settings, replica: Follower) -> Settings:
    urls = [settings.database_url, SecretStr(replica.app_url)]
    return settings.model_copy(
        update={"database_replica_urls": urls, "database_replica_lag_seconds": LAG_SECONDS, "database_pool_size": 4}
    )


@pytest.fixture
async def trial(settings: Settings, clean: EmbeddedServer, replica: Follower) -> AsyncIterator[Front]:
    """A process that reads from the replica, which has all that was there before."""
    replica.catch_up(clean)
    front = await begun(settings)
    yield front
    await front.house.close()


async def begun(settings: Settings) -> Front:
    front = trial_front(settings)
    await front.house.open()
    front.house.replicas.watch()
    await until(lambda: front.house.replicas.choose() is not None)
    return front


async def until(holds: Callable[[], bool]) -> None:
    """Give way to everybody else until it holds."""
    async with asyncio.timeout(15):
        while True:
            if holds():
                return
            await asyncio.sleep(0.02)


def reads(server: str) -> float:
    return REGISTRY.get_sample_value("backoffice_reads_total", {"server": server}) or 0.0


async def count(client: httpx.AsyncClient) -> tuple[int, int]:
    answer = await client.get(COUNT)
    return answer.status_code, answer.json()


async def add(client: httpx.AsyncClient, phone: str) -> None:
    assert (await client.post("/customers", json={"phone": phone})).status_code == 201


async def test_a_read_is_answered_by_the_replica_and_its_session_question_by_the_primary_in_one_wait(
    trial: Front, sign_in: SignIn, clean: EmbeddedServer, replica: Follower, waits: Waits
) -> None:
    client = await sign_in()
    await add(client, "+919876500001")
    replica.catch_up(clean)
    before = reads(name_of(replica.app_url)), reads("primary")
    with waits.counted() as seen:
        assert await count(client) == (200, 1)

    assert seen == [1, 1], "a connection of each, both asked at once"
    assert (reads(name_of(replica.app_url)), reads("primary")) == (before[0] + 1, before[1])


async def test_while_the_replica_lags_who_wrote_sees_it_in_every_process_and_who_was_shut_out_stays_out(
    settings: Settings, trial: Front, sign_in: SignIn, clean: EmbeddedServer, replica: Follower
) -> None:
    writer, reader = await sign_in(), await sign_in()
    replica.catch_up(clean)
    other_process = await begun(settings)
    async with client_of(other_process, Authorization=writer.headers["Authorization"]) as elsewhere:
        replica.hold_replay()
        await add(writer, "+919876500001")
        assert await count(writer) == await count(elsewhere) == (200, 1)
        assert await count(reader) == (200, 0), "within the lag others see what was"
        assert (await reader.get("/customers/none")).status_code == 409, "what the replica refuses the primary is asked"

        async with trial.house.database.write(system("trial", "tests")) as tx:
            await tx.run("UPDATE kernel.session SET ended_at = now()")
        assert [(await one.get(COUNT)).status_code for one in (writer, elsewhere, reader)] == [401, 401, 401]
    await other_process.house.close()


async def test_a_replica_that_lags_more_than_the_setting_is_left_alone_until_it_has_caught_up(
    trial: Front, sign_in: SignIn, clean: EmbeddedServer, replica: Follower
) -> None:
    writer, reader = await sign_in(), await sign_in()
    replica.catch_up(clean)
    replica.hold_replay()
    await add(writer, "+919876500001")
    assert await count(reader) == (200, 0)

    await until(lambda: trial.house.replicas.choose() is None)
    assert await count(reader) == (200, 1)
    assert trial.house.away() == [f"replica {name_of(replica.app_url)}"]
    replica.let_replay()
    await until(lambda: trial.house.replicas.choose() is not None)
    assert await count(reader) == (200, 1)
    assert trial.house.away() == []


async def test_whoever_reads_while_the_replica_hangs_or_dies_is_answered_by_the_primary(
    trial: Front, sign_in: SignIn, clean: EmbeddedServer, replica: Follower
) -> None:
    client = await sign_in()
    replica.catch_up(clean)
    assert await count(client) == (200, 0)

    replica.signal(signal.SIGSTOP)
    began = time.monotonic()
    answers = await asyncio.gather(*(count(client) for _ in range(8)))
    hung_for = time.monotonic() - began
    replica.signal(signal.SIGCONT)
    assert answers == [(200, 0)] * 8
    assert hung_for < LAG_SECONDS + 1

    await until(lambda: trial.house.replicas.choose() is not None)
    replica.kill()
    assert await asyncio.gather(*(count(client) for _ in range(8))) == [(200, 0)] * 8
    await until(lambda: trial.house.replicas.choose() is None)
    replica.follow()
    await until(lambda: trial.house.replicas.choose() is not None)
    before = reads(name_of(replica.app_url))
    assert await count(client) == (200, 0)
    assert reads(name_of(replica.app_url)) == before + 1
