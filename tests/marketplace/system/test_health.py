"""The health door: every field measured, and an answer within two seconds whatever hangs."""

import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from backoffice import __version__
from backoffice.application import front
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.health import looking
from backoffice.kernel.health.jobs import measure_files
from backoffice.kernel.house import House
from backoffice.kernel.web.front import Front
from backoffice.settings import Settings
from tests.clients import Clients
from tests.conftest import superuser
from tests.kernel.outside import bucket_running, silent_port
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import BASE_URL, Given
from tests.marketplace.money import run_in

HEALTH = "/api/v1/admin/system/health"
LONGEST_SECONDS = 2.0
AskedOf = Callable[[Front], Awaitable[tuple[httpx.Response, float]]]


@pytest.fixture
async def asked_of(given: Given) -> AsyncIterator[AskedOf]:
    """`await asked_of(front)`: what a super admin gets there, and after how many seconds."""
    token = await given.token(await given.staff("super_admin"))
    async with AsyncExitStack() as stack:

        async def ask(application: Front) -> tuple[httpx.Response, float]:
            client = await Clients(application, BASE_URL, stack).open(
                httpx.AsyncClient, Authorization=f"Bearer {token}"
            )
            began = time.monotonic()
            answer = await client.get(HEALTH)
            return answer, time.monotonic() - began

        yield ask


async def test_every_part_is_measured(staff_of: StaffOf, house: House) -> None:
    staff = await staff_of()
    await house.files.keep(b"x" * 50_000, "text/plain")
    await measure_files(run_in(house))

    answer = await staff.get(HEALTH)

    data = answer.json()["data"]
    database, storage, queue = (data["services"][part] for part in ("database", "storage", "queue"))
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert (database["status"], data["environment"], data["version"]) == ("healthy", "development", __version__)
    assert database["latency_ms"] > 0
    assert 1 <= database["connections"]["active"] + database["connections"]["idle"] < database["connections"]["max"]
    assert (storage["status"], storage["provider"], storage["used_gb"]) == ("healthy", "local", 0.00005)
    assert storage["quota_gb"] > storage["used_gb"]
    assert (queue["status"], queue["workers"], queue["failed_jobs_24h"]) == ("degraded", 0, 0)
    assert data["status"] == "degraded"
    assert data["services"]["redis"]["status"] == "not_configured"
    assert data["services"]["redis"]["memory_used_mb"] is None


async def test_the_queue_tells_what_waits_runs_and_gave_up(staff_of: StaffOf, clean: EmbeddedServer) -> None:
    with superuser(clean) as connection:
        connection.execute("""
        SET search_path = public, procrastinate;
        INSERT INTO procrastinate.procrastinate_workers SELECT FROM generate_series(1, 8);
        INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, status, scheduled_at)
        VALUES ('bulk', 'a', 'todo', now() - interval '10 minutes'), ('bulk', 'a', 'todo', now() + interval '1 day'),
               ('bulk', 'a', 'doing', NULL);
        INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, status, attempts)
        VALUES ('bulk', 'b', 'doing', 4), ('bulk', 'c', 'doing', 4);
        UPDATE procrastinate.procrastinate_jobs SET status = 'failed' WHERE task_name IN ('b', 'c');
        UPDATE procrastinate.procrastinate_events e SET at = now() - interval '2 days'
          FROM procrastinate.procrastinate_jobs j WHERE j.id = e.job_id AND j.task_name = 'c';
    """)

    queue = (await (await staff_of()).get(HEALTH)).json()["data"]["services"]["queue"]

    assert (queue["pending_jobs"], queue["processing_jobs"], queue["failed_jobs_24h"]) == (2, 1, 1)
    assert (queue["workers"], queue["status"], queue["error"]) == (2, "degraded", "Jobs wait for minutes")
    assert 600 <= queue["oldest_waiting_seconds"] < 700


async def test_who_may_not_or_is_shut_out_sees_nothing(staff_of: StaffOf) -> None:
    agent, gone = await staff_of("support_agent"), await staff_of()
    await gone.post("/api/v1/admin/auth/logout")

    assert (await agent.get(HEALTH)).status_code == 403
    assert (await gone.get(HEALTH)).status_code == 401


@asynccontextmanager
async def lame(settings: Settings, **changed: Any) -> AsyncIterator[Front]:
    """The application as it is with a part that is silent from the start. Only its database is asked to open."""
    application = front(settings.model_copy(update=changed))
    await application.house.database.pool.open(wait=False)
    yield application
    application.house.asking.close()
    await application.house.database.pool.close(timeout=0)


def only_unhealthy(answer: httpx.Response) -> list[str]:
    """The parts that are. The shape is that of a healthy answer."""
    body = answer.json()
    assert (answer.status_code, body["success"], body["data"]["status"]) == (503, False, "unhealthy")
    assert set(body["data"]) == {"status", "timestamp", "version", "environment", "services", "metrics"}
    return [name for name, part in body["data"]["services"].items() if part["status"] == "unhealthy"]


async def test_a_paused_redis_is_unhealthy_within_two_seconds(settings: Settings, asked_of: AskedOf) -> None:
    with silent_port() as port:
        async with lame(settings, redis_url=SecretStr(f"redis://:canary@127.0.0.1:{port}")) as application:
            answer, seconds = await asked_of(application)

    assert only_unhealthy(answer) == ["redis"]
    assert seconds < LONGEST_SECONDS
    assert "canary" not in answer.text
    assert answer.json()["data"]["metrics"]["request_count_24h"] is not None


async def test_a_storage_that_hangs_is_unhealthy_within_two_seconds(
    settings: Settings, asked_of: AskedOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LONGEST_SECONDS", 0.5)
    with bucket_running(None) as bucket:
        for name, value in bucket.environment().items():
            monkeypatch.setenv(name, value)
        async with lame(settings, files_url="s3://papers/inbox") as application:
            answer, seconds = await asked_of(application)

    assert only_unhealthy(answer) == ["storage"]
    assert answer.json()["data"]["services"]["storage"] == {
        "status": "unhealthy",
        "error": "No answer in time",
        "provider": "s3",
        **dict.fromkeys(("latency_ms", "used_gb", "quota_gb", "measured_at")),
    }
    assert seconds < LONGEST_SECONDS


async def test_a_database_that_accepts_and_stays_silent_is_told_within_two_seconds(
    settings: Settings, asked_of: AskedOf
) -> None:
    """Redis is paused as well: what is waited for in front of the door counts."""
    with silent_port() as port, silent_port() as other:
        silent = {
            "database_url": SecretStr(f"postgresql://app:canary@127.0.0.1:{port}/backoffice"),
            "redis_url": SecretStr(f"redis://127.0.0.1:{other}"),
        }
        async with lame(settings, **silent) as application:
            answer, seconds = await asked_of(application)

    assert only_unhealthy(answer) == ["database", "redis", "queue"]
    assert answer.json()["data"]["services"]["database"]["error"] == "No answer in time"
    assert answer.json()["data"]["metrics"]["request_count_24h"] is None
    assert seconds < LONGEST_SECONDS
    assert "canary" not in answer.text


async def test_a_database_that_was_paused_is_told_again_and_again_until_it_is_back(
    application: Front, asked_of: AskedOf, clean: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LONGEST_SECONDS", 0.4)
    assert (await asked_of(application))[0].status_code == 200
    with superuser(clean) as connection:
        paused = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'backoffice'").fetchall()
    for [pid] in paused:
        os.kill(pid, signal.SIGSTOP)
    try:
        found = [await asked_of(application) for _ in range(3)]
    finally:
        for [pid] in paused:
            os.kill(pid, signal.SIGCONT)

    assert [only_unhealthy(answer)[0] for answer, _ in found] == ["database"] * 3
    assert max(seconds for _, seconds in found) < LONGEST_SECONDS
    monkeypatch.undo()
    assert (await asked_of(application))[0].status_code == 200
