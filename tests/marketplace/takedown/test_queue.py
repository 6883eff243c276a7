"""The queue of takedown requests: what comes first, what is left out, and the totals beside it."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.marketplace.making import Given, Path
from tests.marketplace.takedown.acting import Moderator


@pytest.fixture
async def requests(path: Path) -> dict[str, dict[str, Any]]:
    """One for each of these reasons, from the oldest to the newest."""
    reasons = ("duplicate", "spam", "abuse", "extortion", "other")
    return {one: await path.takedown(await path.reviewed(), reason_code=one) for one in reasons}


def numbers(requests: dict[str, dict[str, Any]], reasons: Sequence[str]) -> list[str]:
    return [requests[one]["request_number"] for one in reasons]


async def test_urgent_ones_come_first_and_among_them_the_newest(
    moderator: Moderator, requests: dict[str, dict[str, Any]]
) -> None:
    queue = ("extortion", "abuse", "spam", "other", "duplicate")

    assert await moderator.numbers() == numbers(requests, queue)
    assert await moderator.numbers(sort_by="priority") == numbers(requests, queue)
    assert await moderator.numbers(sort_by="created_at", sort_order="asc") == numbers(requests, list(requests))
    assert await moderator.numbers(sort="created_at", order="desc") == numbers(requests, list(requests)[::-1])


async def test_only_open_ones_unless_asked_otherwise(moderator: Moderator, requests: dict[str, dict[str, Any]]) -> None:
    await moderator.accept(requests["abuse"])
    await moderator.reject(requests["other"])

    assert await moderator.numbers() == numbers(requests, ("extortion", "spam", "duplicate"))
    assert await moderator.numbers(status="accepted") == numbers(requests, ("abuse",))
    assert await moderator.numbers(status="rejected") == numbers(requests, ("other",))
    everything = ("extortion", "spam", "duplicate", "abuse", "other")
    assert await moderator.numbers(status="all") == numbers(requests, everything)


async def test_the_summary_is_of_all_requests_whatever_is_shown(
    moderator: Moderator, requests: dict[str, dict[str, Any]], given: Given
) -> None:
    await moderator.accept(requests["abuse"])
    await moderator.reject(requests["other"])
    async with given.write() as tx:
        tx.record("time passed", "takedown requests")
        await tx.run(
            "UPDATE marketplace.takedown_request SET created_at = resolved_at - interval '3 h 30 min'"
            " WHERE resolved_at IS NOT NULL"
        )

    meta = (await moderator.queue(status="accepted", page_size=1))["meta"]

    assert meta["summary"] == {"open": 3, "accepted": 1, "rejected": 1, "avg_resolution_time_hours": 3.5}
    assert (meta["total_items"], meta["page_size"], meta["has_next"]) == (1, 1, False)


async def test_filters_go_together(moderator: Moderator, requests: dict[str, dict[str, Any]]) -> None:
    vendor_id = requests["spam"]["vendor_id"]

    assert await moderator.numbers(reason_code="spam") == numbers(requests, ("spam",))
    assert await moderator.numbers(vendor_id=vendor_id) == numbers(requests, ("spam",))
    assert await moderator.numbers(vendor_id=vendor_id, reason_code="abuse") == []
    assert len(await moderator.numbers(from_date="2020-01-01", to_date="2199-01-01")) == 5
    assert await moderator.numbers(to_date="2020-01-01") == []


async def test_a_row_says_what_it_is_about(moderator: Moderator, request_: dict[str, Any]) -> None:
    [row] = (await moderator.queue())["data"]

    assert (row["review"]["rating"], row["review"]["status"], row["priority"]) == (1, "published", "high")
    assert row["review"]["reviewer"]["total_reviews"] == 1
    assert (row["vendor_id"], row["vendor_name"]) == (row["vendor"]["id"], "ABC Studios")
    assert (row["reason"], row["submitted_at"]) == (row["reason_code"], row["created_at"])
    assert (row["resolved_at"], row["resolved_by"], row["admin_notes"]) == (None, None, None)
    assert row["request_number"] == request_["request_number"]
