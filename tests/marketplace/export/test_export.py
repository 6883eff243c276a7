"""Customers as a file: asked for at a door, written by a job, followed and fetched by whoever asked."""

import csv
import io
import itertools
import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.marketplace.export.jobs import export_users
from backoffice.marketplace.task.answers import FILES
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path, StaffClient

EXPORT = "/api/v1/admin/users/export"
KEYS = itertools.count(1)


@pytest.fixture
def run(house: House) -> JobRun:
    return JobRun(house, system("marketplace", "tests"), Context(request_id="job-1"), 0)


async def ask(staff: httpx.AsyncClient, **wanted: Any) -> str:
    answer = await staff.post(EXPORT, json={"format": "csv", **wanted})
    assert answer.status_code == 202, answer.text
    assert answer.json()["data"]["status"] == "pending"
    return str(answer.json()["data"]["job_id"])


async def follow(staff: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    answer = await staff.get(f"/api/v1/admin/jobs/{job_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


async def fetch(staff: StaffClient, job: dict[str, Any]) -> httpx.Response:
    """What the link opens, without a token."""
    return await staff.get(job["result"]["file_url"], headers={"Authorization": ""})


async def table(staff: StaffClient, run: JobRun, **wanted: Any) -> list[dict[str, str]]:
    job_id = await ask(staff, **wanted)
    await export_users(run, task_id=job_id)
    answer = await fetch(staff, await follow(staff, job_id))
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_whoever_asks_for_customers_follows_the_job_and_fetches_the_file(
    path: Path, staff_of: StaffOf, run: JobRun
) -> None:
    customer, _, _ = await path.done(50_000)
    staff = await staff_of()
    fields = ["id", "email", "name", "total_bookings", "total_spent", "created_at"]

    job_id = await ask(staff, fields=fields, filters={"status": "active", "has_bookings": True})
    waiting = await follow(staff, job_id)
    await export_users(run, task_id=job_id)
    done = await follow(staff, job_id)
    answer = await fetch(staff, done)

    assert (waiting["status"], waiting["progress_percent"], waiting["result"]) == ("pending", 0, None)
    assert (done["status"], done["progress_percent"], done["creator_id"]) == ("succeeded", 100, staff.staff.id)
    assert done["metadata"]["rows_processed"] == done["metadata"]["total_rows"] == done["result"]["rows_count"] == 1
    assert done["result"]["file_size_bytes"] == len(answer.content)
    assert done["result"]["download_url"].split("&")[0] == done["result"]["file_url"].split("&")[0]
    assert answer.headers["content-disposition"] == f'attachment; filename="{done["result"]["file_name"]}"'
    [row] = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert list(row) == fields
    assert (row["id"], row["total_bookings"], row["total_spent"]) == (str(customer["id"]), "1", "50000")


async def test_filters_choose_customers(path: Path, staff_of: StaffOf, run: JobRun) -> None:
    old = await path.customer(registered_at="2024-06-30T23:59:59Z")
    new = await path.customer(registered_at="2025-01-01T00:00:00Z")
    staff = await staff_of()

    async def ids(**filters: Any) -> list[int]:
        return [int(row["id"]) for row in await table(staff, run, fields=["id"], filters=filters)]

    assert await ids() == [old["id"], new["id"]]
    assert await ids(registered_after="2025-01-01") == [new["id"]]
    assert await ids(registered_before="2024-06-30") == [old["id"]]
    assert await ids(has_bookings=True) == []
    assert await ids(status="banned") == []


async def test_json_is_a_line_for_each_customer_with_every_field(path: Path, staff_of: StaffOf, run: JobRun) -> None:
    customer = await path.customer()
    staff = await staff_of()
    job_id = await ask(staff, format="json")
    await export_users(run, task_id=job_id)

    [line] = (await fetch(staff, await follow(staff, job_id))).text.splitlines()

    shown = json.loads(line)
    assert (shown["id"], shown["name"], shown["account_status"]) == (customer["id"], "Asha Rao 1", "active")
    assert len(shown) == 21


async def test_a_name_that_is_a_formula_is_shown(path: Path, staff_of: StaffOf, run: JobRun) -> None:
    await path.customer(name='=HYPERLINK("http://evil.example")')

    [row] = await table(await staff_of(), run, fields=["name"])

    assert row["name"].startswith("'=HYPERLINK")


async def test_personal_columns_are_masked_for_whoever_may_not_see_them(
    path: Path, staff_of: StaffOf, given: Given, run: JobRun
) -> None:
    await path.customer(name="Asha Rao", email="asha@example.com", phone="+919876543210")
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            "INSERT INTO kernel.role (product, name, title, permissions)"
            " VALUES ('marketplace', 'counter', 'Counter', ARRAY['users:list'])"
        )
    staff = await staff_of("counter")
    job_id = await ask(staff, fields=["id", "name", "email", "phone"])
    await export_users(run, task_id=job_id)

    job = await follow(staff, job_id)
    text = (await fetch(staff, job)).text

    assert job["metadata"]["masked"] is True
    assert text.splitlines()[1].split(",")[1:] == ["A*** R***", "a***@example.com", "****3210"]
    assert "9876543210" not in text


async def test_whoever_may_no_longer_see_personal_columns_gets_them_masked(
    path: Path, staff_of: StaffOf, given: Given, run: JobRun
) -> None:
    await path.customer(name="Asha Rao")
    staff = await staff_of("support_agent")
    job_id = await ask(staff, fields=["name"])
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            "INSERT INTO kernel.role (product, name, title, permissions)"
            " VALUES ('marketplace', 'counter', 'Counter', ARRAY['users:list'])"
        )
        await tx.run("UPDATE kernel.membership SET role = 'counter' WHERE staff_id = %(id)s", id=staff.staff.id)
    await export_users(run, task_id=job_id)

    job = await follow(await staff_of(), job_id)

    assert "Asha" not in (await fetch(staff, job)).text


async def test_only_known_fields_and_formats_are_taken(staff_of: StaffOf) -> None:
    staff = await staff_of()
    for wrong in (
        {"fields": ["id", "password_hash"]},
        {"fields": []},
        {"format": "pdf"},
        {"filters": {"colour": "red"}},
    ):
        answer = await staff.post(EXPORT, json={"format": "csv", **wrong})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR"), wrong


async def test_an_export_asked_for_twice_under_one_key_is_one_job(staff_of: StaffOf, given: Given) -> None:
    staff = await staff_of()
    key = {"Idempotency-Key": f"export {next(KEYS)}"}

    first = await staff.post(EXPORT, json={"format": "csv"}, headers=key)
    second = await staff.post(EXPORT, json={"format": "csv"}, headers=key)

    assert first.content == second.content
    assert await given.value("SELECT count(*) FROM kernel.task") == 1


async def test_who_asked_for_what_is_in_the_audit_log(staff_of: StaffOf, given: Given) -> None:
    staff = await staff_of("support_agent")
    job_id = await ask(staff, fields=["id", "email"], filters={"status": "active"})

    assert ("export.requested", f"export:{job_id}", staff.staff.id) in await given.audited()
    assert await given.value("SELECT after -> 'fields' FROM kernel.audit_entry WHERE action = 'export.requested'") == [
        "id",
        "email",
    ]


async def test_whoever_lost_the_permission_meanwhile_gets_no_file(staff_of: StaffOf, given: Given, run: JobRun) -> None:
    staff, other = await staff_of("support_agent"), await staff_of()
    job_id = await ask(staff)
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            "UPDATE kernel.membership SET role = 'content_moderator' WHERE staff_id = %(id)s", id=staff.staff.id
        )
    await export_users(run, task_id=job_id)

    job = await follow(other, job_id)

    assert (job["status"], job["result"], job["error"]["code"]) == ("failed", None, "MAY_NOT_EXPORT")
    assert job["error"]["retryable"] is False


async def test_a_role_that_staff_made_exports_as_long_as_it_may(
    path: Path, staff_of: StaffOf, given: Given, run: JobRun
) -> None:
    await path.customer()
    chief = await staff_of()
    role = {"name": "Reporter", "permissions": ["users:list", "jobs:list"]}
    assert (await chief.post("/api/v1/admin/roles", json=role)).status_code == 201
    reporter = await staff_of(await given.staff("reporter"))

    [row] = await table(reporter, run)
    job_id = await ask(reporter)
    await chief.patch("/api/v1/admin/roles/reporter", json={"permissions": ["jobs:list"]})
    await export_users(run, task_id=job_id)

    assert row["email"] != "asha1@example.com", "masked: the role may not see it"
    assert (await follow(chief, job_id))["error"]["code"] == "MAY_NOT_EXPORT"


async def test_a_job_is_shown_to_whoever_asked_for_it_and_to_who_may_see_all(staff_of: StaffOf) -> None:
    asking, stranger, chief = await staff_of("support_agent"), await staff_of("support_agent"), await staff_of()
    job_id = await ask(asking)

    refused = await stranger.get(f"/api/v1/admin/jobs/{job_id}")

    assert (await follow(asking, job_id))["id"] == (await follow(chief, job_id))["id"] == job_id
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "PERMISSION_DENIED"
    assert refused.json()["error"]["required_permission"] == "jobs:view_all"


async def test_a_job_that_never_was_is_not_found_and_says_which(staff_of: StaffOf) -> None:
    unknown = str(UUID(int=7))

    answer = await (await staff_of()).get(f"/api/v1/admin/jobs/{unknown}")

    assert answer.status_code == 404
    assert (answer.json()["error"]["code"], answer.json()["error"]["job_id"]) == ("JOB_NOT_FOUND", unknown)


async def test_a_link_opens_the_results_of_jobs_and_no_other_file(staff_of: StaffOf, house: House) -> None:
    staff = await staff_of()
    file_id = await house.files.keep(b"a photo of somebody", "image/png")

    answer = await staff.get(house.links.sign(FILES, file_id))

    assert answer.status_code == 404
