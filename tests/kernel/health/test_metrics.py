"""What Prometheus sees of a process: its own numbers, and what only the database knows."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import psycopg
import pytest
from prometheus_client import REGISTRY

from backoffice.application import figures
from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.health.figures import Board
from backoffice.kernel.health.metrics import answered, ports_of
from backoffice.kernel.health.own_figures import FIGURES
from backoffice.kernel.house import House
from backoffice.kernel.limits import Limits
from backoffice.kernel.telemetry import Timed
from backoffice.settings import Settings
from tests.cli.commands import free_port


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Gauges stand in one registry for a whole process, under one name once."""
    before = set(REGISTRY._collector_to_names)
    yield
    for collector in set(REGISTRY._collector_to_names) - before:
        REGISTRY.unregister(collector)


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"backoffice_{name}", labels)


async def test_the_database_tells_what_waits_and_what_is_gone_is_told_no_more(
    house: House, watcher: psycopg.Connection[Any]
) -> None:
    watcher.execute("""
        SET search_path = public, procrastinate;
        INSERT INTO procrastinate.procrastinate_workers SELECT FROM generate_series(1, 4);
        INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, attempts, scheduled_at)
        VALUES ('bulk', 'a', 3, now() - interval '10 minutes'), ('bulk', 'b', 0, now() + interval '1 day');
        INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, status) VALUES ('clock', 'c', 'doing');
        UPDATE procrastinate.procrastinate_jobs SET status = 'failed' WHERE task_name = 'c';
    """)
    board = Board([*FIGURES, *figures()])

    await board.read(house)

    assert (value("jobs_waiting", lane="bulk"), value("jobs_tries", job="a")) == (2, 3)
    assert 600 <= (value("jobs_waited_seconds", lane="bulk") or 0) < 700
    assert (value("jobs_waited_seconds", lane="model"), value("jobs_given_up", job="c")) == (0, 1)
    assert value("unsealed_seconds", log="audit") == 0
    assert value("inbound_waited_seconds", channel="whatsapp") == 0
    assert value("refunds_unsent", status="approved") == 0

    watcher.execute("DELETE FROM procrastinate.procrastinate_jobs")
    await board.read(house)

    assert value("jobs_waiting", lane="bulk") is None


async def test_a_process_answers_prometheus_with_its_pool_its_version_and_the_figures(
    house: House, settings: Settings
) -> None:
    port = free_port()
    watched = settings.model_copy(update={"metrics_port": port, "metrics_host": "127.0.0.1"})
    async with answered(replace(house, settings=watched), figures()) as found:
        page = (await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{port}", trust_env=False)).text

    assert found == port
    assert 'backoffice_build_info{schema="' in page
    assert "backoffice_pool_size 8.0" in page
    assert "# HELP backoffice_jobs_waited_seconds " in page


def test_a_process_may_take_any_port_from_the_first_but_not_that_of_the_api(settings: Settings) -> None:
    def ports(first: int | None) -> list[int]:
        return ports_of(settings.model_copy(update={"metrics_port": first, "port": 9102}))

    assert ports(None) == []
    assert ports(9100)[:4] == [9100, 9101, 9103, 9104]
    assert ports(65_530) == [65_530, 65_531, 65_532, 65_533, 65_534, 65_535]


async def test_what_the_limits_refuse_and_how_long_outside_takes_is_counted() -> None:
    before = value("limited_total", kind="of a test") or 0
    limits = Limits()
    await limits.hit(1, "of a test")
    with pytest.raises(TooManyRequests):
        await limits.hit(1, "of a test")
    with pytest.raises(OSError, match="away"), Timed("of a test"):
        raise OSError("away")
    with Timed("of a test"):
        pass

    assert value("limited_total", kind="of a test") == before + 1
    assert value("outside_seconds_count", what="of a test", outcome="failed") == 1
    assert value("outside_seconds_count", what="of a test", outcome="answered") == 1
