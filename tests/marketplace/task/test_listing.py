"""The list of background jobs: whose, in which order, with which totals."""

from typing import Any

import httpx

from backoffice.kernel.jobs.queue import JobRun
from backoffice.marketplace.export.jobs import export_users
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, StaffClient
from tests.marketplace.task.conftest import JOBS, act, ask

REPORTER = {"name": "Reporter", "permissions": ["users:list", "jobs:list"]}
NONE = {"pending": 0, "processing": 0, "succeeded": 0, "failed": 0, "cancelled": 0}


async def listed(staff: httpx.AsyncClient, **query: Any) -> tuple[list[str], dict[str, Any]]:
    answer = await staff.get(JOBS, params=query)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]], answer.json()["meta"]


async def reporter_of(staff_of: StaffOf, given: Given, chief: StaffClient) -> StaffClient:
    """Somebody whose role sees its own jobs only."""
    assert (await chief.post("/api/v1/admin/roles", json=REPORTER)).status_code == 201
    return await staff_of(await given.staff("reporter"))


async def test_the_newest_job_is_first_and_says_who_asked_for_what(staff_of: StaffOf, run: JobRun) -> None:
    chief = await staff_of()
    first, second = await ask(chief), await ask(chief, format="json")
    await export_users(run, task_id=first)

    answer = await chief.get(JOBS)

    newest, oldest = answer.json()["data"]
    assert (newest["id"], oldest["id"]) == (second, first)
    assert newest["creator"] == {"id": chief.staff.id, "name": "Super Admin 1"}
    assert (newest["type"], newest["status"], newest["progress_percent"]) == ("user_export", "pending", 0)
    assert newest["metadata"]["format"] == "json"
    assert (oldest["status"], oldest["progress_percent"], oldest["metadata"]["total_rows"]) == ("succeeded", 100, 0)
    assert answer.json()["meta"] == {
        "page": 1,
        "page_size": 25,
        "total": 2,
        "total_items": 2,
        "total_pages": 1,
        "has_next": False,
        "has_prev": False,
        "summary": {**NONE, "pending": 1, "succeeded": 1},
    }


async def test_one_sees_ones_own_jobs_unless_one_may_see_all(staff_of: StaffOf, given: Given) -> None:
    chief = await staff_of()
    reporter = await reporter_of(staff_of, given, chief)
    theirs, own = await ask(chief), await ask(reporter)

    assert (await listed(chief))[0] == [own, theirs]
    ids, meta = await listed(reporter)
    assert (ids, meta["total_items"], meta["summary"]) == ([own], 1, {**NONE, "pending": 1})
    assert (await listed(reporter, creator_id=chief.staff.id))[0] == []


async def test_filters_choose_jobs_and_their_total_is_exact(staff_of: StaffOf) -> None:
    chief, other = await staff_of(), await staff_of()
    cancelled, theirs = await ask(chief), await ask(other)
    await act(chief, cancelled, "cancel")

    async def ids(**query: Any) -> list[str]:
        found, meta = await listed(chief, **query)
        assert meta["total_items"] == len(found)
        assert meta["summary"] == {**NONE, "pending": 1, "cancelled": 1}, "of all that one may see"
        return found

    assert await ids(status="cancelled") == [cancelled]
    assert await ids(creator_id=other.staff.id) == [theirs]
    assert await ids(creator_id=other.staff.id, status="cancelled") == []
    assert await ids(type="user_export") == [theirs, cancelled]
    assert await ids(type="unheard_of") == []
    assert await ids(from_date="2020-01-01", to_date="2020-12-31") == []
    assert await ids(from_date="2020-01-01") == [theirs, cancelled]


async def test_a_page_of_jobs_is_as_long_as_asked_for(staff_of: StaffOf) -> None:
    chief = await staff_of()
    jobs = [await ask(chief) for _ in range(3)]

    ids, meta = await listed(chief, page=2, page_size=2)

    assert (ids, meta["total_pages"], meta["has_next"], meta["has_prev"]) == (jobs[:1], 2, False, True)


async def test_a_period_that_ends_before_it_begins_is_refused(staff_of: StaffOf) -> None:
    answer = await (await staff_of()).get(JOBS, params={"from_date": "2026-02-01", "to_date": "2026-01-01"})

    assert answer.status_code == 400
