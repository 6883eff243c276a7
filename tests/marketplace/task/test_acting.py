"""Ending a background job, taking it back, asking for it again: who may, and what of two who do so at once."""

import asyncio
from uuid import UUID

import pytest

from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.task.jobs import delete_task_file
from backoffice.marketplace.export.jobs import export_users
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given
from tests.marketplace.task.conftest import JOBS, act, ask, error_of, follow

UNKNOWN = str(UUID(int=7))


async def test_a_cancelled_job_says_when_and_by_whom_and_is_never_done(
    staff_of: StaffOf, given: Given, run: JobRun
) -> None:
    staff = await staff_of("support_agent")
    job_id = await ask(staff)

    answer = await act(staff, job_id, "cancel", reason="No longer needed")
    await export_users(run, task_id=job_id)

    job = await follow(staff, job_id)
    assert answer.json()["data"] == {
        "id": job_id,
        "status": "cancelled",
        "cancelled_at": job["completed_at"],
        "cancelled_by": staff.staff.id,
    }
    assert (job["status"], job["result"]) == ("cancelled", None)
    assert ("task.cancelled", f"task:{job_id}", staff.staff.id) in await given.audited()


async def test_cancelling_needs_no_body(staff_of: StaffOf) -> None:
    staff = await staff_of()

    assert (await act(staff, await ask(staff), "cancel")).status_code == 200


async def test_a_job_that_has_ended_cannot_be_cancelled_and_one_that_has_not_cannot_be_deleted(
    staff_of: StaffOf, run: JobRun
) -> None:
    staff = await staff_of()
    job_id = await ask(staff)

    kept = await act(staff, job_id, "delete")
    await export_users(run, task_id=job_id)
    late = await act(staff, job_id, "cancel")

    assert (kept.status_code, error_of(kept)["code"]) == (400, "CANNOT_DELETE")
    assert error_of(kept)["current_status"] == "pending"
    assert (late.status_code, error_of(late)["code"]) == (409, "CANNOT_CANCEL")
    assert error_of(late)["current_status"] == error_of(late)["details"]["current_status"] == "succeeded"


async def test_a_deleted_job_is_gone_with_its_file_and_its_links(
    staff_of: StaffOf, house: House, given: Given, run: JobRun
) -> None:
    staff = await staff_of("support_agent")
    job_id = await ask(staff)
    await export_users(run, task_id=job_id)
    link = (await follow(staff, job_id))["result"]["download_url"]

    answer = await act(staff, job_id, "delete")
    at_once = await staff.get(link)
    file_id = await given.value(
        "SELECT args ->> 'file_id' FROM procrastinate.procrastinate_jobs WHERE args ? 'file_id'"
    )
    await delete_task_file(run, file_id=file_id)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    assert at_once.status_code == 404
    assert [file for file in (house.settings.data_folder / "files").rglob("*") if file.is_file()] == []
    assert (await staff.get(f"{JOBS}/{job_id}")).status_code == 404
    assert ("task.deleted", f"task:{job_id}", staff.staff.id) in await given.audited()


async def test_deleting_twice_under_one_key_is_one_deletion(staff_of: StaffOf) -> None:
    staff = await staff_of()
    job_id = await ask(staff)
    await act(staff, job_id, "cancel")

    first = await act(staff, job_id, "delete", key="once")
    again = await act(staff, job_id, "delete", key="once")

    assert (first.status_code, again.status_code, again.content) == (204, 204, b"")
    assert again.headers["idempotent-replayed"] == "true"


async def test_of_two_who_delete_or_cancel_at_once_one_wins_and_the_other_is_told(staff_of: StaffOf) -> None:
    one, other = await staff_of(), await staff_of()
    job_id = await ask(one)

    cancelled = await asyncio.gather(act(one, job_id, "cancel"), act(other, job_id, "cancel"))
    deleted = await asyncio.gather(act(one, job_id, "delete"), act(other, job_id, "delete"))

    assert sorted(answer.status_code for answer in cancelled) == [200, 409]
    [late] = [answer for answer in cancelled if answer.status_code == 409]
    assert (error_of(late)["code"], error_of(late)["current_status"]) == ("CANNOT_CANCEL", "cancelled")
    assert sorted(answer.status_code for answer in deleted) == [204, 404]
    [gone] = [answer for answer in deleted if answer.status_code == 404]
    assert (error_of(gone)["code"], error_of(gone)["job_id"]) == ("JOB_NOT_FOUND", job_id)


async def test_the_jobs_of_others_need_a_permission_of_their_own(staff_of: StaffOf) -> None:
    asking, stranger, chief = await staff_of("support_agent"), await staff_of("support_agent"), await staff_of()
    job_id = await ask(asking)

    for doing, needed in (("cancel", "jobs:cancel"), ("delete", "jobs:delete"), ("retry", "jobs:view_all")):
        answer = await act(stranger, job_id, doing)
        assert (answer.status_code, error_of(answer)["code"]) == (403, "PERMISSION_DENIED"), doing
        assert error_of(answer)["required_permission"] == needed
    assert (await act(chief, job_id, "cancel")).status_code == 200
    assert (await act(chief, job_id, "delete")).status_code == 204


@pytest.mark.parametrize("job_id", [UNKNOWN, "unknown", "7", "0197f2c0-7e2a"])
async def test_an_id_that_no_job_has_is_not_found_however_it_is_written(staff_of: StaffOf, job_id: str) -> None:
    staff = await staff_of()

    answers = [await staff.get(f"{JOBS}/{job_id}")]
    answers += [await act(staff, job_id, doing) for doing in ("cancel", "delete", "retry")]

    for answer in answers:
        assert answer.status_code == 404
        assert (error_of(answer)["code"], error_of(answer)["job_id"]) == ("JOB_NOT_FOUND", job_id)


async def test_a_job_that_was_cancelled_is_tried_again_as_another_one_and_only_once(
    staff_of: StaffOf, given: Given, run: JobRun
) -> None:
    staff = await staff_of()
    job_id = await ask(staff, fields=["id"])
    await act(staff, job_id, "cancel")

    answers = await asyncio.gather(act(staff, job_id, "retry"), act(staff, job_id, "retry"))
    won, late = sorted(answers, key=lambda answer: answer.status_code)
    again_as = won.json()["data"]["job_id"]
    await export_users(run, task_id=again_as)

    assert won.status_code == 202
    assert won.json()["data"] == {"job_id": again_as, "status": "pending", "retry_of": job_id}
    assert (late.status_code, error_of(late)["code"]) == (409, "CANNOT_RETRY")
    assert (error_of(late)["current_status"], error_of(late)["retried_as"]) == ("cancelled", again_as)
    before, after = await follow(staff, job_id), await follow(staff, again_as)
    assert (before["status"], before["retried_as"]) == ("cancelled", again_as)
    assert (after["status"], after["metadata"]["retry_of"]) == ("succeeded", job_id)
    assert after["metadata"]["fields"] == ["id"]
    assert ("task.retried", f"task:{job_id}", staff.staff.id) in await given.audited()


async def test_a_job_that_waits_or_succeeded_is_not_tried_again(staff_of: StaffOf, run: JobRun) -> None:
    staff = await staff_of()
    job_id = await ask(staff)

    early = await act(staff, job_id, "retry")
    await export_users(run, task_id=job_id)
    late = await act(staff, job_id, "retry")

    assert [error_of(answer)["current_status"] for answer in (early, late)] == ["pending", "succeeded"]
    assert [answer.status_code for answer in (early, late)] == [409, 409]


async def test_a_job_tried_again_by_somebody_else_does_what_that_one_may(
    staff_of: StaffOf, given: Given, run: JobRun
) -> None:
    chief = await staff_of()
    job_id = await ask(chief)
    await act(chief, job_id, "cancel")
    role = {"name": "Watcher", "permissions": ["jobs:list", "jobs:view_all"]}
    assert (await chief.post("/api/v1/admin/roles", json=role)).status_code == 201
    watcher = await staff_of(await given.staff("watcher"))

    again_as = (await act(watcher, job_id, "retry")).json()["data"]["job_id"]
    await export_users(run, task_id=again_as)

    assert (await follow(watcher, again_as))["error"]["code"] == "MAY_NOT_EXPORT"


async def test_the_file_of_a_job_opens_to_nobody_who_may_not_read_what_is_in_it(
    staff_of: StaffOf, given: Given, run: JobRun
) -> None:
    chief = await staff_of()
    job_id = await ask(chief)
    await export_users(run, task_id=job_id)
    role = {"name": "Watcher", "permissions": ["users:list", "jobs:view_all"]}
    assert (await chief.post("/api/v1/admin/roles", json=role)).status_code == 201
    watcher = await staff_of(await given.staff("watcher"))

    seen = (await follow(watcher, job_id))["result"]

    assert (seen["file_url"], seen["download_url"], seen["expires_at"]) == (None, None, None)
    assert seen["rows_count"] == 0
    assert (await follow(chief, job_id))["result"]["download_url"] is not None


async def test_the_file_of_ones_own_job_closes_with_the_permission_to_read_it(
    staff_of: StaffOf, given: Given, run: JobRun
) -> None:
    chief = await staff_of()
    role = {"id": "exporter", "name": "Exporter", "permissions": ["users:list", "users:view_pii", "jobs:list"]}
    assert (await chief.post("/api/v1/admin/roles", json=role)).status_code == 201
    exporter = await staff_of(await given.staff("exporter"))
    job_id = await ask(exporter)
    await export_users(run, task_id=job_id)
    opened = (await follow(exporter, job_id))["result"]["download_url"]

    less = {"permissions": ["users:list", "jobs:list"]}
    assert (await chief.patch("/api/v1/admin/roles/exporter", json=less)).status_code == 200

    assert opened is not None
    assert (await follow(exporter, job_id))["result"]["download_url"] is None
