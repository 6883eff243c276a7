"""Bulk acts on customers: previewed, done by the single door's action, told row by row, taken back."""

from collections import Counter
from typing import Any

import pytest

from tests.marketplace.bulk.conftest import Bulk, BulkOf, crowd, standing
from tests.marketplace.making import Given, Path
from tests.waits import Waits

SUSPEND = {"act": "users.suspend", "reason": "Payments with stolen cards", "notify_user": False}
THEN = {"registered_after": "2001-01-01", "registered_before": "2001-12-31"}


async def test_a_suspension_of_5000_of_whom_37_refuse_is_told_row_by_row_and_its_undo_restores_the_others(
    bulk: Bulk, given: Given
) -> None:
    ids = await crowd(given, 5_000, banned=37)
    before = await standing(given)

    foreseen = await bulk.preview("users", do=SUSPEND, filter=THEN)
    job_id = await bulk.do("users", do=SUSPEND, filter=THEN, expected_count=5_000)
    job, lines = await bulk.job(job_id), await bulk.file(job_id)
    suspended = Counter(line.split(" ")[1] for line in await standing(given))
    undo_id = await bulk.undo(job_id)

    assert (foreseen["total"], foreseen["would"], foreseen["would_not"]) == (5_000, 4_963, 37)
    [reason] = foreseen["reasons"]
    assert (reason["code"], reason["count"]) == ("INVALID_STATUS_TRANSITION", 37)
    assert (job["status"], job["result"]["rows_count"]) == ("succeeded", 5_000)
    assert [int(line["id"]) for line in lines] == ids
    assert Counter(line["outcome"] for line in lines) == {"done": 4_963, "refused": 37}
    assert {line["code"] for line in lines[-37:]} == {"INVALID_STATUS_TRANSITION"}
    assert suspended == {"suspended": 4_963, "banned": 37}
    assert await standing(given) == before
    assert Counter(line["outcome"] for line in await bulk.file(undo_id)) == {"done": 4_963}
    acts = Counter(action for action, _, who in await given.audited() if who == bulk.staff.staff.id)
    assert (acts["user.suspended"], acts["user.reactivated"]) == (4_963, 4_963)
    assert (acts["bulk.started"], acts["bulk.undo_started"]) == (1, 1)


async def test_a_suspension_and_its_undo_wait_eleven_times_for_the_database_whoever_else_is_selected(
    bulk: Bulk, given: Given, waits: Waits
) -> None:
    """Of many rows this is what a bulk act takes."""
    first, *others = await crowd(given, 4)

    async def waited(ids: list[int]) -> int:
        with waits.counted() as seen:
            await bulk.undo(await bulk.do("users", do=SUSPEND, ids=ids))
        return sum(seen)

    await waited([first])

    assert await waited([first, *others]) - await waited([first]) == 3 * 11


async def test_only_who_is_still_as_the_bulk_act_left_them_is_restored(bulk: Bulk, given: Given) -> None:
    same, prolonged, gone = await crowd(given, 3)
    job_id = await bulk.do("users", do=SUSPEND, ids=[same, prolonged, gone])
    await bulk.post(f"users/{prolonged}/suspend", reason="For longer", duration_days=30, notify_user=False)
    await bulk.post(f"users/{gone}/reactivate", notify_user=False)

    undo_id = await bulk.undo(job_id)

    outcomes = {int(line["id"]): (line["outcome"], line["code"]) for line in await bulk.file(undo_id)}
    assert outcomes == {
        same: ("done", ""),
        prolonged: ("refused", "CHANGED_SINCE"),
        gone: ("refused", "CHANGED_SINCE"),
    }
    assert [line.split(" ")[1] for line in await standing(given)] == ["active", "suspended", "active"]


async def test_who_was_suspended_before_is_not_made_active_by_an_undo(bulk: Bulk, given: Given) -> None:
    [customer] = await crowd(given, 1)
    await bulk.post(f"users/{customer}/suspend", reason="Before", notify_user=False)
    job_id = await bulk.do("users", do=SUSPEND, ids=[customer])

    undo_id = await bulk.undo(job_id)

    assert [line["code"] for line in await bulk.file(undo_id)] == ["NO_INVERSE"]
    assert [line.split(" ")[1] for line in await standing(given)] == ["suspended"]


async def test_each_customer_is_told_as_by_the_single_door(bulk: Bulk, given: Given) -> None:
    ids = await crowd(given, 2)
    message = {"act": "users.notify", "channel": "email", "subject": "News", "message": "We moved"}

    job_id = await bulk.do("users", do=message, ids=ids)

    told = "SELECT count(*) FROM kernel.notification WHERE template = 'marketplace.message_of_staff'"
    assert await given.value(told) == 2
    assert (await bulk.rows(job_id))["meta"]["summary"] == {"waiting": 0, "done": 2, "refused": 0, "failed": 0}
    with_undo = await bulk.post(f"bulk/{job_id}/undo")
    assert (with_undo.status_code, with_undo.json()["error"]["code"]) == (409, "CANNOT_UNDO")


async def test_a_preview_foresees_what_then_happens(bulk: Bulk, given: Given, path: Path) -> None:
    ids = [*await crowd(given, 3, banned=1), 999_999]
    whom: list[dict[str, Any]] = [
        {"act": "users.suspend", "reason": "x", "notify_user": False},
        {"act": "users.ban", "reason": "x", "notify_user": False},
        {"act": "users.reactivate", "notify_user": False},
        {"act": "users.logout"},
        {"act": "users.notify", "channel": "sms", "message": "x"},
        {"act": "users.notify", "channel": "email", "message": "x"},
    ]
    for do in whom:
        foreseen = await bulk.preview("users", do=do, ids=ids)
        job_id = await bulk.do("users", do=do, ids=ids)

        found = Counter(line["code"] for line in await bulk.file(job_id) if line["outcome"] == "refused")
        assert found == {reason["code"]: reason["count"] for reason in foreseen["reasons"]}, do
        assert foreseen["would"] == 4 - found.total()


async def test_a_preview_changes_nothing(bulk: Bulk, given: Given) -> None:
    ids = await crowd(given, 2)
    before = await standing(given)

    await bulk.preview("users", do=SUSPEND, ids=ids)

    assert await standing(given) == before
    assert await given.value("SELECT count(*) FROM kernel.task") == 0


@pytest.mark.parametrize(
    ("selection", "code"),
    [
        ({}, "SELECTION_UNCLEAR"),
        ({"ids": [1], "filter": THEN}, "SELECTION_UNCLEAR"),
        ({"filter": THEN}, "EXPECTED_COUNT_MISSING"),
        ({"filter": {**THEN, "status": "suspended"}, "expected_count": 2}, "NOTHING_SELECTED"),
        ({"filter": {"statuss": "active"}, "expected_count": 2}, "VALIDATION_ERROR"),
        ({"filter": {"page_size": 10}, "expected_count": 2}, "VALIDATION_ERROR"),
        ({"filter": {"search": ""}, "expected_count": 2}, "VALIDATION_ERROR"),
        ({"filter": {"search": "  "}, "expected_count": 2}, "VALIDATION_ERROR"),
        ({"ids": []}, "VALIDATION_ERROR"),
        ({"ids": ["1"]}, "VALIDATION_ERROR"),
    ],
)
async def test_what_does_not_say_clearly_which_rows_changes_none(
    bulk: Bulk, given: Given, selection: dict[str, Any], code: str
) -> None:
    await crowd(given, 2)

    answer = await bulk.post("users/bulk", do=SUSPEND, **selection)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert await given.value("SELECT count(*) FROM kernel.task") == 0


async def test_rows_that_came_since_are_not_taken_along(bulk: Bulk, given: Given) -> None:
    await crowd(given, 3)

    answer = await bulk.post("users/bulk", do=SUSPEND, filter=THEN, expected_count=2)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "SELECTION_CHANGED")
    assert (answer.json()["error"]["expected"], answer.json()["error"]["found"]) == (2, 3)


async def test_a_search_chooses_whom_the_list_shows_and_is_shown_to_nobody_afterwards(bulk: Bulk, given: Given) -> None:
    ids = await crowd(given, 12)
    filters = {"search": "asha7@example.com"}

    job_id = await bulk.do("users", do=SUSPEND, filter=filters, expected_count=1)

    assert [int(line["id"]) for line in await bulk.file(job_id)] == [ids[6]]
    job = await bulk.job(job_id)
    assert job["metadata"]["filters"] == {"search": "(not shown)"}
    assert job["type"] == "bulk_operation"


async def test_whoever_may_not_do_it_to_one_may_not_do_it_to_many(bulk_of: BulkOf, given: Given) -> None:
    ids = await crowd(given, 1)
    agent = await bulk_of("support_agent")

    for path in ("users/bulk", "users/bulk/preview"):
        answer = await agent.post(path, do=SUSPEND, ids=ids)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "PERMISSION_DENIED")
        assert answer.json()["error"]["required_permission"] == "users:manage"


async def test_whoever_lost_the_permission_meanwhile_changes_nobody(bulk: Bulk, given: Given) -> None:
    ids = await crowd(given, 2)
    before = await standing(given)
    job_id = await bulk.start("users", do=SUSPEND, ids=ids)
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            "UPDATE kernel.membership SET role = 'support_agent' WHERE staff_id = %(id)s", id=bulk.staff.staff.id
        )

    await bulk.work(job_id)

    assert await standing(given) == before
    assert await given.value("SELECT error_code FROM kernel.task") == "PERMISSION_LOST"


async def test_the_rows_of_a_job_are_seen_by_who_started_it_and_who_may_see_all(
    bulk: Bulk, bulk_of: BulkOf, given: Given
) -> None:
    ids = await crowd(given, 3, banned=1)
    job_id = await bulk.do("users", do=SUSPEND, ids=ids)
    stranger = await bulk_of("support_agent")

    page = await bulk.rows(job_id, page_size=2)
    refused = await bulk.rows(job_id, outcome="refused")
    barred = await stranger.staff.get(f"/api/v1/admin/bulk/{job_id}/rows")
    missing = await bulk.staff.get("/api/v1/admin/bulk/7/rows")

    assert [(row["id"], row["outcome"], row["can_be_undone"]) for row in page["data"]] == [
        (str(one), "done", True) for one in ids[:2]
    ]
    assert (page["meta"]["total_items"], page["meta"]["summary"]["refused"]) == (3, 1)
    assert [row["id"] for row in refused["data"]] == [str(ids[2])]
    assert (barred.status_code, missing.status_code) == (403, 404)


async def test_the_acts_that_there_are_say_whether_one_may(bulk_of: BulkOf) -> None:
    answer = await (await bulk_of("support_agent")).staff.get("/api/v1/admin/bulk")

    acts = {act["act"]: act for act in answer.json()["data"]}
    assert acts["users.suspend"] == {
        "act": "users.suspend",
        "permission": "users:manage",
        "allowed": False,
        "can_be_undone": True,
    }
    assert acts["disputes.assign"]["allowed"] is True
