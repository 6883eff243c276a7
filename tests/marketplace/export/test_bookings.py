"""Bookings as a file: what the list shows, filtered as it is, streamed by a job."""

import csv
import io
from typing import Any

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.marketplace.export.jobs import export_bookings
from backoffice.marketplace.export.rules import BookingField
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path, StaffClient

EXPORT = "/api/v1/admin/bookings/export"
LIST = "/api/v1/admin/bookings"


@pytest.fixture
def run(house: House) -> JobRun:
    return JobRun(house, system("marketplace", "tests"), Context(request_id="job-1"), 0)


async def written(staff: StaffClient, run: JobRun, **wanted: Any) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The job and the rows of its file."""
    answer = await staff.post(EXPORT, json={"format": "csv", **wanted})
    assert answer.status_code == 202, answer.text
    job_id = answer.json()["data"]["job_id"]
    await export_bookings(run, task_id=job_id)
    job = (await staff.get(f"/api/v1/admin/jobs/{job_id}")).json()["data"]
    assert job["status"] == "succeeded", job
    file = await staff.get(job["result"]["file_url"], headers={"Authorization": ""})
    return job, list(csv.DictReader(io.StringIO(file.text, newline="")))


async def test_a_file_has_a_row_for_each_booking_of_the_list_with_what_it_shows(
    path: Path, staff_of: StaffOf, run: JobRun
) -> None:
    await path.done(50_000)
    await path.done(70_000)
    staff = await staff_of()

    job, rows = await written(staff, run)

    listed = (await staff.get(LIST, params={"sort_order": "asc"})).json()["data"]
    assert (job["type"], job["result"]["rows_count"], len(rows)) == ("booking_export", 2, len(listed))
    assert list(rows[0]) == [*BookingField]
    for row, shown in zip(rows, listed, strict=True):
        assert (row["id"], row["booking_number"], row["status"]) == (shown["id"], shown["booking_number"], "completed")
        assert (row["user_id"], row["user_email"]) == (str(shown["user"]["id"]), shown["user"]["email"] or "")
        assert (row["amount_cents"], row["created_at"]) == (str(shown["amount_cents"]), shown["created_at"])


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"status": "completed"}, 1),
        ({"status": "refunded"}, 0),
        ({"category": "no such"}, 0),
        ({"city": "nowhere"}, 0),
        ({"service_id": "nothing"}, 0),
        ({"from_date": "2020-01-01", "created_from": "2020-01-01"}, 1),
        ({"to_date": "2020-01-01"}, 0),
        ({"created_to": "2020-01-01"}, 0),
    ],
)
async def test_filters_choose_bookings(
    path: Path, staff_of: StaffOf, run: JobRun, filters: dict[str, str], count: int
) -> None:
    await path.done()

    _, rows = await written(await staff_of(), run, fields=["id"], filters=filters)

    assert len(rows) == count


async def test_filters_by_customer_and_vendor_choose_theirs(path: Path, staff_of: StaffOf, run: JobRun) -> None:
    customer, booking, _ = await path.done()
    await path.done()
    staff = await staff_of()

    _, rows = await written(staff, run, fields=["id", "vendor_id"], filters={"user_id": customer["id"]})
    vendor = int(rows[0]["vendor_id"])
    _, of_both = await written(staff, run, filters={"user_id": customer["id"], "vendor_id": vendor})

    assert [row["id"] for row in rows] == [row["id"] for row in of_both] == [booking["id"]]


async def test_addresses_are_masked_for_whoever_may_not_see_them(
    path: Path, staff_of: StaffOf, given: Given, run: JobRun
) -> None:
    customer = await path.customer(email="asha@example.com", phone="+919876543210")
    await path.booking(customer["id"], (await path.service())["id"])
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            "INSERT INTO kernel.role (product, name, title, permissions)"
            " VALUES ('marketplace', 'counter', 'Counter', ARRAY['bookings:list'])"
        )

    job, [row] = await written(await staff_of("counter"), run)

    assert job["metadata"]["masked"] is True
    assert (row["user_email"], row["user_phone"]) == ("a***@example.com", "****3210")


async def test_whoever_may_no_longer_list_bookings_gets_none(
    path: Path, staff_of: StaffOf, given: Given, run: JobRun
) -> None:
    await path.done()
    staff, other = await staff_of("support_agent"), await staff_of()
    job_id = (await staff.post(EXPORT, json={"format": "csv"})).json()["data"]["job_id"]
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run("UPDATE kernel.membership SET role = 'finance_admin' WHERE staff_id = %(id)s", id=staff.staff.id)

    await export_bookings(run, task_id=job_id)

    job = (await other.get(f"/api/v1/admin/jobs/{job_id}")).json()["data"]
    assert (job["status"], job["result"]) == ("failed", None)


async def test_finance_may_not_ask_for_it(staff_of: StaffOf) -> None:
    assert (await (await staff_of("finance_admin")).post(EXPORT, json={"format": "csv"})).status_code == 403
