"""Counting with a write, and the usage page."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backoffice.helpdesk.usage.store import add_usage
from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs import kept_sums
from backoffice.kernel.jobs.queue import JobRun
from tests.making import Make

STATS = "/api/v1/usage/stats"


async def count(make: Make, **counters: int) -> None:
    async with make.write() as tx:
        await add_usage(tx, **counters)


async def counted_on(make: Make, day: date, counter: str, amount: int) -> None:
    async with make.write() as tx:
        sql = "INSERT INTO helpdesk.usage_day VALUES (%(day)s, %(counter)s, %(amount)s, 1)"
        await tx.run(sql, day=day, counter=counter, amount=amount)


async def test_every_figure_is_there_and_zero_before_anything_was_counted(make: Make, signed_in: Any) -> None:
    admin = await make.super_admin()
    client = await signed_in(admin)

    stats = (await client.get(STATS)).json()

    today = datetime.now(UTC).date()
    assert stats["status"] == "success"
    assert stats["requested_by"] == admin.username
    assert stats["timestamp"].endswith("Z")
    assert stats["data"] == {
        "period": {"start_date": str(today - timedelta(days=29)), "end_date": str(today)},
        "overall_stats": {
            **dict.fromkeys(("total_users", "total_messages", "messages_received", "responses_sent"), 0),
            **dict.fromkeys(("successful_responses", "failed_responses"), 0),
            **dict.fromkeys(("total_text_messages", "total_audio_messages"), 0),
            "response_success_rate_percent": 0.0,
        },
        "query_stats": {"successful_queries": 0, "failed_queries": 0, "success_rate_percent": 0.0},
        "llm_tokens": {"total_tokens": 0, "input_tokens": 0, "output_tokens": 0, "avg_tokens_per_message": 0.0},
        "audio_processing": {
            "total_calls": 0,
            "successful_calls": 0,
            "failed_calls": 0,
            "success_rate_percent": 0.0,
            "transcription_calls": 0,
            "translation_calls": 0,
            "total_audio_duration_seconds": 0,
            "avg_audio_duration": 0.0,
        },
        "breakdown_by_operation": {
            operation: {"total_tokens": 0, "avg_tokens": 0.0}
            for operation in ("routing", "response", "dispute", "error")
        },
        "api_usage": {
            "total_api_calls": 0,
            "endpoints_called": {"transactions": 0, "balance": 0, "merchant_verify": 0},
        },
    }


async def test_what_is_counted_shows_at_once_and_stays_the_same_when_folded(
    make: Make, signed_in: Any, house: House
) -> None:
    client = await signed_in(await make.super_admin())
    await make.customer()
    await count(make, messages_received=1, text_messages=1, responses_sent=1, successful_responses=1)
    await count(make, input_tokens=30, output_tokens=10, response_tokens=40, routing_tokens=0)
    await count(make, messages_received=1, audio_messages=1, failed_responses=2, response_tokens=20)
    await count(make, audio_calls=1, successful_audio_calls=1, audio_seconds=9, transcription_calls=1)

    before = (await client.get(STATS)).json()["data"]
    for _ in range(2):
        await kept_sums.fold_kept_sums(JobRun(house, system("helpdesk", "tests"), Context(), 0))
    await count(make, messages_received=2)
    after = (await client.get(STATS)).json()["data"]

    overall = before["overall_stats"]
    assert (overall["total_users"], overall["total_messages"], overall["messages_received"]) == (1, 3, 2)
    assert (overall["total_text_messages"], overall["total_audio_messages"]) == (1, 1)
    assert overall["response_success_rate_percent"] == 33.33
    assert before["llm_tokens"]["total_tokens"] == 40
    assert before["llm_tokens"]["avg_tokens_per_message"] == 20.0
    assert before["breakdown_by_operation"]["response"] == {"total_tokens": 60, "avg_tokens": 30.0}
    assert before["breakdown_by_operation"]["routing"] == {"total_tokens": 0, "avg_tokens": 0.0}
    assert before["audio_processing"]["avg_audio_duration"] == 9.0
    assert before["audio_processing"]["success_rate_percent"] == 100.0
    assert after["overall_stats"]["messages_received"] == 4
    assert after["breakdown_by_operation"] == before["breakdown_by_operation"]


async def test_a_write_that_fails_has_counted_nothing(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())

    with pytest.raises(ZeroDivisionError):
        async with make.write() as tx:
            await add_usage(tx, messages_received=1)
            raise ZeroDivisionError

    assert (await client.get(STATS)).json()["data"]["overall_stats"]["messages_received"] == 0


async def test_a_misspelt_counter_is_a_mistake_and_not_a_silent_zero(make: Make) -> None:
    with pytest.raises(ValueError, match="mesages_received"):
        await count(make, mesages_received=1)


async def test_both_dates_of_a_period_are_inclusive(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())
    for day, amount in (
        (date(2026, 1, 31), 1),
        (date(2026, 2, 1), 10),
        (date(2026, 2, 28), 100),
        (date(2026, 3, 1), 1000),
    ):
        await counted_on(make, day, "messages_received", amount)

    stats = (await client.get(f"{STATS}?start_date=2026-02-01&end_date=2026-02-28")).json()["data"]

    assert stats["overall_stats"]["messages_received"] == 110
    assert stats["period"] == {"start_date": "2026-02-01", "end_date": "2026-02-28"}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("start_date=2026-03-02&end_date=2026-03-01", "start_date must not be after end_date"),
        ("start_date=2026-13-01", "start_date: "),
        ("end_date=yesterday", "end_date: "),
    ],
)
async def test_dates_that_make_no_period_are_refused(make: Make, signed_in: Any, query: str, sentence: str) -> None:
    client = await signed_in(await make.super_admin())

    refused = await client.get(f"{STATS}?{query}")

    assert refused.status_code == 400
    assert refused.json()["detail"].startswith(sentence)


async def test_usage_belongs_to_super_admins(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.admin())

    refused = await client.get(STATS)

    assert (refused.status_code, refused.json()) == (403, {"detail": "Access denied. Required roles: super_admin"})


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_days_that_nobody_means_are_refused(make: Make, signed_in: Any, day: str) -> None:
    client = await signed_in(await make.super_admin())

    answers = [
        await client.get(STATS, params={"end_date": day}),
        await client.get("/api/v1/tickets", params={"to_date": day}),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert all("must be between 1900-01-01 and 2199-12-31" in answer.json()["detail"] for answer in answers)
