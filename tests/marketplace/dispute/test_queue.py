"""The queue: what comes first, what is asked for, what is found, and how many there are."""

from typing import Any

import pytest

from tests.marketplace.dispute.acting import Desk, pass_time
from tests.marketplace.dispute.conftest import DeskOf
from tests.marketplace.making import Given, Path

Made = dict[str, dict[str, Any]]


@pytest.fixture
async def made(path: Path) -> Made:
    """One of each priority, the calm ones first, all of one customer."""
    customer, booking, _ = await path.done()
    return {
        priority: await path.dispute(customer, booking, priority=priority, subject=f"This is {priority}")
        for priority in ("low", "medium", "high", "urgent")
    } | {"customer": customer}


async def test_what_is_not_decided_comes_first_and_the_most_urgent_of_it(desk: Desk, made: Made) -> None:
    await desk.change(made["urgent"], status="rejected")

    order = await desk.ids()

    assert order == [made[one]["id"] for one in ("high", "medium", "low", "urgent")]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"sort": "priority"}, "urgent high medium low"),
        ({"sort": "priority", "order": "asc"}, "low medium high urgent"),
        ({"sort_by": "created_at"}, "urgent high medium low"),
        ({"sort": "deadline"}, "low medium high urgent"),
        ({"sort": "deadline", "sort_order": "desc"}, "urgent high medium low"),
        ({"page_size": 2, "page": 2}, "medium low"),
        ({"priority": "high"}, "high"),
        ({"type": "other"}, ""),
        ({"type": "service_quality", "status": "open"}, "urgent high medium low"),
        ({"status": "resolved"}, ""),
        ({"search": "URGENT"}, "urgent"),
        ({"search": "photographer"}, "urgent high medium low"),
        ({"search": "!"}, ""),
        ({"from_date": "2100-01-01"}, ""),
        ({"to_date": "2100-01-01"}, "urgent high medium low"),
    ],
)
async def test_the_queue_answers_what_it_is_asked(desk: Desk, made: Made, asked: dict[str, Any], expected: str) -> None:
    assert await desk.ids(**asked) == [made[one]["id"] for one in expected.split()]


async def test_a_period_that_ends_before_it_begins_is_refused(desk: Desk) -> None:
    answer = await desk.client.get(
        "/api/v1/admin/disputes", params={"from_date": "2026-02-02", "to_date": "2026-02-01"}
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")


async def test_mine_and_nobodys_are_told_apart(desk: Desk, desk_of: DeskOf, made: Made) -> None:
    other = await desk_of("support_agent")
    await desk.assign(made["low"], desk.id)
    await desk.assign(made["high"], other.id)

    assert await desk.ids(mine="true") == [made["low"]["id"]]
    assert await desk.ids(assigned_to=other.id) == [made["high"]["id"]]
    assert await desk.ids(unassigned="true") == [made["urgent"]["id"], made["medium"]["id"]]
    assert await desk.ids(unassigned="false") == [made["high"]["id"], made["low"]["id"]]


async def test_the_summary_counts_all_whatever_is_asked_for(desk: Desk, made: Made, given: Given) -> None:
    await desk.assign(made["low"], desk.id)
    await desk.change(made["medium"], status="rejected")
    await pass_time(given, made["high"], hours=49)
    await desk.say(made["low"], "Whoever wrote sees fresh sums")

    page = await desk.queue(status="open", overdue="true")

    assert [one["id"] for one in page["items"]] == [made["high"]["id"]]
    assert page["items"][0]["is_overdue"] is True
    assert page["summary"] == {
        "open": 2,
        "in_progress": 1,
        "resolved": 0,
        "closed": 0,
        "rejected": 1,
        "urgent": 1,
        "unassigned": 2,
        "overdue": 1,
        "mine": 1,
    }


@pytest.mark.parametrize("words", ["CAFÉ", "cafe", "o'brien", "obrien", "brien ete", "lastword"])
async def test_a_text_is_found_folded_as_everywhere_and_to_its_last_word(desk: Desk, path: Path, words: str) -> None:
    customer, booking, _ = await path.done()
    long = "Étés at O\u2019Brien\u2019s " + "many words that say little " * 100 + "lastword"
    found = await path.dispute(customer, booking, subject="The Cafe\u0301 was shut", description=long)
    await path.dispute(customer, booking, subject="Something else")

    assert await desk.ids(search=words) == [found["id"]]


async def test_a_dispute_is_found_by_its_number(desk: Desk, made: Made) -> None:
    assert await desk.ids(search=made["low"]["dispute_reference"].lower()) == [made["low"]["id"]]


async def test_a_customers_disputes_come_with_what_became_of_them(desk: Desk, made: Made, path: Path) -> None:
    other, booking, _ = await path.done()
    await path.dispute(other, booking)
    for one in ("low", "high"):
        await desk.change(made[one], status="in_progress")
    await desk.change(made["low"], status="resolved", resolution_type="service_redo")
    await desk.change(made["medium"], status="rejected")

    url = f"/api/v1/admin/users/{made['customer']['id']}/disputes"
    page = (await desk.client.get(url)).json()["data"]
    live = (await desk.client.get(url, params={"status": "in_progress"})).json()["data"]

    assert [one["id"] for one in page["items"]] == [made[one]["id"] for one in ("urgent", "high", "medium", "low")]
    summary = page["summary"]
    assert (summary["open"], summary["in_progress"], summary["resolved"], summary["rejected"]) == (1, 1, 1, 1)
    assert summary["user_win_rate"] == 0.5
    assert summary["avg_resolution_time_hours"] == 0.0
    assert (page["total"], live["total"], live["items"][0]["id"]) == (4, 1, made["high"]["id"])


async def test_whoever_never_complained_has_an_empty_page(desk: Desk, path: Path) -> None:
    customer = await path.customer()

    page = (await desk.client.get(f"/api/v1/admin/users/{customer['id']}/disputes")).json()["data"]

    assert (page["items"], page["total"], page["total_pages"], page["has_next"]) == ([], 0, 0, False)
    assert page["summary"]["user_win_rate"] is None
