"""What customers search for and open, as the platform tells it and staff see it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs import kept_sums
from backoffice.kernel.jobs.queue import JobRun
from backoffice.marketplace.browsing import rules
from backoffice.marketplace.browsing.jobs import forget_browsing
from tests.marketplace.conftest import Platform, StaffOf
from tests.marketplace.making import Given, Path

TODAY = datetime.now(UTC).date()
TELL = "/api/v1/platform/browsing"
TERMS, RATES = (f"/api/v1/admin/analytics/{name}" for name in ("top-searches", "ctr"))


def search(words: str, results: int, *shown: str, **more: Any) -> dict[str, Any]:
    return {"query": words, "results_count": results, "shown": list(shown), **more}


async def test_terms_are_counted_whatever_their_letters_and_the_most_searched_comes_first(
    platform: Platform, staff_of: StaffOf
) -> None:
    client, staff = await platform(), await staff_of()
    searches = [search("House  cleaning", 4), search("house CLEANING", 0), search("plumber", 9)]
    clicks = [{"service_id": "unknown", "query": "house cleaning"}]

    told = await client.post(TELL, json={"searches": searches, "clicks": clicks})
    answer = (await staff.get(TERMS)).json()
    vain = (await staff.get(TERMS, params={"without_results": "true"})).json()

    assert told.json()["data"] == {"searches": 3, "clicks": 1, "impressions": 0, "unknown": 1}
    assert answer["data"] == [
        {
            "query": "house cleaning",
            "search_count": 2,
            "avg_results": 2.0,
            "zero_results_count": 1,
            "click_count": 1,
            "click_through_rate": 0.5,
        },
        {
            "query": "plumber",
            "search_count": 1,
            "avg_results": 9.0,
            "zero_results_count": 0,
            "click_count": 0,
            "click_through_rate": 0.0,
        },
    ]
    assert (answer["meta"]["total_searches"], answer["meta"]["total_terms"]) == (3, 2)
    assert [one["query"] for one in vain["data"]] == ["house cleaning"]


@pytest.mark.parametrize("words", ["asha@example.com", "+91 98765 43210", "asha rao 9876543210"])
async def test_words_that_may_be_about_a_person_are_not_kept(
    words: str, platform: Platform, staff_of: StaffOf, given: Given
) -> None:
    await (await platform()).post(TELL, json={"searches": [search(words, 1)]})

    assert (await (await staff_of()).get(TERMS)).json()["data"] == []
    assert await given.value("SELECT term || searches FROM marketplace.search_delta") == "1"


async def test_which_share_of_what_was_shown_was_opened(
    path: Path, platform: Platform, staff_of: StaffOf, house: House
) -> None:
    one, other = await path.service(), await path.service(name="Deep Cleaning", category="cleaning")
    client, staff = await platform(), await staff_of()
    week = (TODAY - timedelta(days=7)).isoformat()
    body = {
        "searches": [
            search("x", 2, one["id"], other["id"], at=f"{week}T10:00:00Z"),
            search("x", 2, one["id"], one["id"], "nobody"),
        ],
        "clicks": [{"service_id": other["external_id"], "at": f"{week}T10:01:00Z"}, {"service_id": one["id"]}],
    }

    told = (await client.post(TELL, json=body)).json()["data"]
    data = (await staff.get(RATES, params={"from": week, "to": TODAY.isoformat()})).json()["data"]
    async with house.database.write(system("kernel", "tests")) as tx:
        for table in ("marketplace.shown_delta", "marketplace.search_delta"):
            await kept_sums.fold(tx, table)
    folded = (await staff.get(RATES, params={"from": week, "to": TODAY.isoformat()})).json()["data"]

    assert (told["impressions"], told["unknown"]) == (4, 1)
    assert data["summary"] == {"impressions": 3, "clicks": 2, "ctr": 0.6667}
    assert data["time_series"][0] == {"date": week, "impressions": 2, "clicks": 1, "ctr": 0.5}
    assert len(data["time_series"]) == 8
    assert [(it["service_name"], it["clicks"], it["impressions"]) for it in data["top_services"]] == [
        ("Deep Cleaning", 1, 1),
        ("Wedding Photography", 1, 2),
    ]
    assert folded == data


async def test_a_batch_is_bounded_and_sent_again_under_its_key_it_counts_once(
    platform: Platform, staff_of: StaffOf
) -> None:
    client = await platform()
    key = {"Idempotency-Key": "batch-1"}

    for _ in range(2):
        await client.post(TELL, json={"searches": [search("sofa", 3)]}, headers=key)
    large = await client.post(TELL, json={"searches": [search("sofa", 3)] * (rules.MOST_EVENTS + 1)})
    empty = await client.post(TELL, json={})

    assert (large.status_code, empty.status_code) == (400, 200)
    [term] = (await (await staff_of()).get(TERMS)).json()["data"]
    assert term["search_count"] == 1


async def test_what_is_old_is_forgotten(given: Given, platform: Platform, house: House) -> None:
    await (await platform()).post(TELL, json={"searches": [search("sofa", 3)]})
    async with given.write() as tx:
        await tx.run(
            "INSERT INTO marketplace.search_day VALUES (%(day)s, 'old', 1, 1, 0, 0), (%(later)s, 'kept', 1, 1, 0, 0)",
            day=rules.oldest_kept(TODAY) - timedelta(days=1),
            later=rules.oldest_kept(TODAY),
        )

    await forget_browsing(JobRun(house, system("marketplace", "tests"), Context(request_id="job-1"), 0))

    assert await given.value("SELECT term FROM marketplace.search_day") == "kept"


def test_a_term_is_short_and_has_single_spaces() -> None:
    assert rules.term_of("  wedding   photo ") == "wedding photo"
    assert len(rules.term_of("x" * 200)) == rules.LONGEST_TERM
    assert rules.oldest_kept(date(2026, 11, 27)) == date(2025, 10, 23)


@pytest.mark.parametrize("words", ["asha@example.com", "asha＠example.com", "987654", "⑨⑧⑦⑥⑤④", "９８７６５４"])  # noqa: RUF001
def test_what_may_be_an_address_or_a_number_is_not_kept_however_it_is_written(words: str) -> None:
    assert rules.term_of(words) == ""
