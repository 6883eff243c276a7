"""Figures as a file: asked for at a door, written by a job, followed and fetched by whoever asked."""

import csv
import io
import json
from typing import Any

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.marketplace.analytics.jobs import export_analytics
from tests.marketplace.analytics.test_bookings import october
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, StaffClient

EXPORT = "/api/v1/admin/analytics/export"
OCTOBER = {"from": "2025-10-01", "to": "2025-10-31"}


@pytest.fixture
def run(house: House) -> JobRun:
    return JobRun(house, system("marketplace", "tests"), Context(request_id="job-1"), 0)


async def exported(staff: StaffClient, run: JobRun, **wanted: Any) -> tuple[dict[str, Any], bytes]:
    """The job once it is done, and its file."""
    answer = await staff.post(EXPORT, json=wanted)
    assert answer.status_code == 202, answer.text
    job_id = answer.json()["data"]["job_id"]
    await export_analytics(run, task_id=job_id)
    job = (await staff.get(f"/api/v1/admin/jobs/{job_id}")).json()["data"]
    file = await staff.get(job["result"]["file_url"], headers={"Authorization": ""})
    return job, file.content


async def test_the_file_has_a_row_for_each_bucket_with_the_figures_of_the_answer(
    given: Given, staff_of: StaffOf, run: JobRun
) -> None:
    await october(given)
    staff = await staff_of()
    shown = await staff.get("/api/v1/admin/analytics/bookings", params={**OCTOBER, "city": "Pune"})

    job, file = await exported(staff, run, report_type="bookings", format="csv", city="Pune", **OCTOBER)

    rows = list(csv.DictReader(io.StringIO(file.decode(), newline="")))
    series = shown.json()["data"]["time_series"]
    assert rows == [{name: str(bucket[name]) for name in bucket if name != "bookings_url"} for bucket in series]
    assert (job["type"], job["status"], job["result"]["rows_count"]) == ("analytics_export", "succeeded", 31)
    assert job["metadata"]["report_type"] == "bookings"
    assert job["metadata"]["from"].endswith("T00:00:00Z")
    assert job["metadata"]["to"].endswith("T23:59:59Z")
    assert (job["metadata"]["rows_processed"], job["metadata"]["total_rows"]) == (31, 31)


async def test_money_by_week_as_lines_of_json(given: Given, staff_of: StaffOf, run: JobRun) -> None:
    await october(given)

    _, file = await exported(await staff_of(), run, report_type="revenue", format="json", granularity="week", **OCTOBER)

    lines = [json.loads(line) for line in file.splitlines()]
    assert [line["date"] for line in lines] == ["2025-09-29", "2025-10-06", "2025-10-13", "2025-10-20", "2025-10-27"]
    assert lines[0]["gross_revenue_cents"] == 0


async def test_what_can_not_be_exported_is_refused(staff_of: StaffOf, given: Given) -> None:
    staff = await staff_of()
    long = await staff.post(EXPORT, json={"report_type": "bookings", "from": "2024-01-01", "to": "2025-11-01"})
    mixed = await staff.post(EXPORT, json={"report_type": "revenue", "status": "pending", **OCTOBER})
    other = await (await staff_of("support_agent")).post(EXPORT, json={"report_type": "revenue", **OCTOBER})

    assert (long.status_code, long.json()["error"]["code"]) == (400, "INVALID_DATE_RANGE")
    assert (mixed.status_code, mixed.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert (other.status_code, other.json()["error"]["required_permission"]) == (403, "analytics:view")
    assert await given.value("SELECT count(*) FROM kernel.task") == 0


async def test_whoever_lost_the_permission_gets_no_file(staff_of: StaffOf, given: Given, run: JobRun) -> None:
    staff = await staff_of("finance_admin")
    job_id = (await staff.post(EXPORT, json={"report_type": "revenue", **OCTOBER})).json()["data"]["job_id"]
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run("UPDATE kernel.membership SET role = 'support_agent' WHERE staff_id = %(id)s", id=staff.staff.id)
    await export_analytics(run, task_id=job_id)

    job = (await (await staff_of()).get(f"/api/v1/admin/jobs/{job_id}")).json()["data"]

    assert (job["status"], job["result"]) == ("failed", None)
