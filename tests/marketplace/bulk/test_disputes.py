"""Bulk acts on disputes."""

from collections import Counter

from tests.marketplace.bulk.conftest import Bulk
from tests.marketplace.making import Given, Path


async def disputes(path: Path, count: int) -> list[int]:
    made = []
    for _ in range(count):
        customer, booking, _ = await path.done()
        made.append(int((await path.dispute(customer, booking))["id"]))
    return made


async def statuses(given: Given) -> dict[str, int]:
    found = await given.value("SELECT array_agg(status ORDER BY id) FROM marketplace.dispute")
    return dict(Counter(found))


async def test_disputes_are_given_to_somebody_and_back_to_whom_they_were(bulk: Bulk, path: Path, given: Given) -> None:
    first, second = await given.staff("support_agent"), await given.staff("support_agent")
    ids = await disputes(path, 3)
    await bulk.do("disputes", do={"act": "disputes.assign", "admin_user_id": first.id}, ids=ids[:2])

    filters = {"status": "in_progress", "assigned_to": first.id}
    moved = {"act": "disputes.assign", "admin_user_id": second.id}
    foreseen = await bulk.preview("disputes", do=moved, filter=filters)
    job_id = await bulk.do("disputes", do=moved, filter=filters, expected_count=2)
    await bulk.do("disputes", do={"act": "disputes.assign", "admin_user_id": first.id}, ids=ids[:1])
    undo_id = await bulk.undo(job_id)

    assert (foreseen["would"], foreseen["would_not"]) == (2, 0)
    assert [line["code"] or line["outcome"] for line in await bulk.file(undo_id)] == ["CHANGED_SINCE", "done"]
    assigned = await given.value("SELECT array_agg(assigned_to ORDER BY id) FROM marketplace.dispute")
    assert assigned == [first.id, first.id, None]


async def test_resolved_disputes_are_closed_and_others_say_why_not(bulk: Bulk, path: Path, given: Given) -> None:
    ids = await disputes(path, 2)
    await bulk.do("disputes", do={"act": "disputes.assign", "admin_user_id": bulk.staff.staff.id}, ids=ids[:1])
    resolved = {"status": "resolved", "resolution_type": "no_refund"}
    headers = {"Idempotency-Key": "resolve"}
    answer = await bulk.staff.patch(f"/api/v1/admin/disputes/{ids[0]}", json=resolved, headers=headers)
    assert answer.status_code == 200, answer.text
    do = {"act": "disputes.close", "notify_user": False, "notify_vendor": False}

    foreseen = await bulk.preview("disputes", do=do, ids=ids)
    job_id = await bulk.do("disputes", do=do, ids=ids)

    assert [line["code"] or line["outcome"] for line in await bulk.file(job_id)] == [
        "done",
        "INVALID_STATUS_TRANSITION",
    ]
    assert [(reason["code"], reason["count"]) for reason in foreseen["reasons"]] == [("INVALID_STATUS_TRANSITION", 1)]
    assert await statuses(given) == {"closed": 1, "open": 1}


async def test_disputes_are_given_to_nobody_who_may_not_manage_them(bulk: Bulk, path: Path, given: Given) -> None:
    moderator = await given.staff("content_moderator")
    ids = await disputes(path, 1)
    do = {"act": "disputes.assign", "admin_user_id": moderator.id}

    foreseen = await bulk.preview("disputes", do=do, ids=ids)
    job_id = await bulk.do("disputes", do=do, ids=ids)

    assert [reason["code"] for reason in foreseen["reasons"]] == ["NOT_ASSIGNABLE"]
    assert [line["code"] for line in await bulk.file(job_id)] == ["NOT_ASSIGNABLE"]


async def test_how_urgent_disputes_are_is_set_and_taken_back_where_nobody_changed_it(
    bulk: Bulk, path: Path, given: Given
) -> None:
    ids = await disputes(path, 2)
    job_id = await bulk.do("disputes", do={"act": "disputes.priority", "priority": "urgent"}, ids=ids)
    headers = {"Idempotency-Key": "priority"}
    await bulk.staff.patch(f"/api/v1/admin/disputes/{ids[1]}", json={"priority": "low"}, headers=headers)

    undo_id = await bulk.undo(job_id)

    assert [line["outcome"] for line in await bulk.file(job_id)] == ["done", "done"]
    assert [line["code"] or line["outcome"] for line in await bulk.file(undo_id)] == ["done", "CHANGED_SINCE"]
    assert await given.value("SELECT array_agg(priority ORDER BY id) FROM marketplace.dispute") == ["medium", "low"]
