"""Requests of all processes counted together: by minute, across restarts, and not lost while the database is away."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs

from backoffice.kernel.health import parts
from backoffice.kernel.health.counting import fold_requests
from backoffice.kernel.house import House
from backoffice.kernel.telemetry import TALLIES, count_request

SUM = "SELECT product, sum(requests), sum(failed), sum(seconds) FROM kernel.request_minute GROUP BY product ORDER BY 1"


@pytest.fixture(autouse=True)
def from_nothing() -> Iterator[None]:
    TALLIES.clear()
    yield
    TALLIES.clear()


def answered(*statuses: int, product: str = "helpdesk", seconds: float = 0.25) -> None:
    for status in statuses:
        count_request(product, "/of/a/test", status=status, seconds=seconds)


async def test_what_processes_count_is_added_up_and_outlives_them(
    house: House, watcher: psycopg.Connection[Any]
) -> None:
    answered(200, 503, product="shield")
    answered(200, 404)
    await fold_requests(house)
    answered(500)  # of another process, or of this one later
    await fold_requests(house)
    await fold_requests(house)
    answered(200, seconds=1.0)

    rows = watcher.execute(SUM).fetchall()
    told = await parts.metrics(house)

    assert rows == [("helpdesk", 3, 1, 0.75), ("shield", 2, 1, 0.5)]
    assert (told["request_count_24h"], told["avg_response_time_ms"]) == (6, 375.0)
    assert told["error_rate_percent"] == 33.33


async def test_minutes_are_forgotten_after_two_days_and_told_for_one(
    house: House, watcher: psycopg.Connection[Any]
) -> None:
    watcher.execute("""
        INSERT INTO kernel.request_minute (minute, product, requests, failed, seconds)
        SELECT now() - make_interval(hours => h), 'shield', 10, 0, 1 FROM unnest(ARRAY[23, 25, 49]) h
    """)
    answered(200)
    await fold_requests(house)

    assert watcher.execute("SELECT sum(requests) FROM kernel.request_minute").fetchone() == (21,)
    assert (await parts.metrics(house))["request_count_24h"] == 11


async def test_what_can_not_be_written_is_counted_later(house: House) -> None:
    answered(200, 500)
    await house.database.close()
    with capture_logs() as lines:
        await fold_requests(house)

    assert [line["event"] for line in lines] == ["requests could not be counted yet"]
    assert (TALLIES["helpdesk"].requests, TALLIES["helpdesk"].failed) == (2, 1)
