"""The thinnest path through the marketplace: a customer's money goes in, is disputed, and goes back, once."""

import asyncio
import itertools
from typing import Any

import httpx
import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.marketplace.refund.jobs import send_refund
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path

LARGE = 20_000_000
"""Above the threshold for rupees."""
KEYS = itertools.count(1)


@pytest.fixture
def run(house: House) -> JobRun:
    return JobRun(house, system("marketplace", "tests"), Context(), 0)


async def change(staff: httpx.AsyncClient, dispute: dict[str, Any], **wanted: Any) -> httpx.Response:
    key = {"Idempotency-Key": f"key {next(KEYS)}"}
    return await staff.patch(f"/api/v1/admin/disputes/{dispute['id']}", json=wanted, headers=key)


async def test_a_dispute_resolved_with_a_refund_leaves_booking_payment_and_customer_in_agreement(
    path: Path, staff_of: StaffOf, given: Given, run: JobRun
) -> None:
    customer, booking, _ = await path.done(50_000)
    dispute = await path.dispute(customer, booking, refund_requested=True, refund_amount=50_000)
    staff = await staff_of()

    began = await change(staff, dispute, status="in_progress")
    resolved = await change(staff, dispute, status="resolved", resolution_type="partial_refund", refund_amount=20_000)
    await send_refund(run, refund_id=str(await given.value("SELECT id FROM marketplace.refund")))

    assert began.status_code == 200, began.text
    assert resolved.json()["data"]["status"] == "resolved"
    assert await given.value("SELECT status FROM marketplace.refund") == "processed"
    assert await given.value("SELECT status FROM marketplace.payment") == "partially_refunded"
    assert await given.value("SELECT status || '/' || payment_status FROM marketplace.booking") == (
        "completed/partially_refunded"
    )
    profile = (await staff.get(f"/api/v1/admin/users/{customer['id']}")).json()["data"]
    assert profile["activity_summary"]["total_spent"] == 30_000
    assert profile["activity_summary"]["open_disputes"] == 0


async def test_a_booking_whose_money_is_back_shows_as_refunded_wherever_it_is_shown(
    path: Path, staff_of: StaffOf, given: Given, run: JobRun
) -> None:
    customer, booking, _ = await path.done(50_000)
    dispute, staff = await path.dispute(customer, booking), await staff_of()
    await change(staff, dispute, status="in_progress")
    await change(staff, dispute, status="resolved", resolution_type="full_refund")

    await send_refund(run, refund_id=str(await given.value("SELECT id FROM marketplace.refund")))

    admin = "/api/v1/admin"
    listed = (await staff.get(f"{admin}/users/{customer['id']}/bookings")).json()["data"]["items"]
    detail = (await staff.get(f"{admin}/disputes/{dispute['id']}")).json()["data"]
    found = (await staff.get(f"{admin}/search", params={"q": booking["id"]})).json()["data"]["items"]
    assert [one["status"] for one in listed] == ["refunded"]
    assert [one["status"] for one in detail["related_bookings"]] == ["refunded"]
    assert [one["detail"] for one in found] == ["refunded"]
    assert detail["amount_disputed"] == 50_000, "all that was agreed, where no sum was sent"


async def test_a_large_refund_needs_two_different_people_and_the_dispute_waits_for_the_second(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    customer, booking, _ = await path.done(LARGE)
    dispute = await path.dispute(customer, booking)
    first, second = await staff_of(), await staff_of()
    await change(first, dispute, status="in_progress")
    all_of_it = {"status": "resolved", "resolution_type": "full_refund"}

    waiting = await change(first, dispute, **all_of_it)
    again = await change(first, dispute, **all_of_it)
    other = await change(second, dispute, status="resolved", resolution_type="partial_refund", refund_amount=LARGE - 1)
    done = await change(first, dispute, status="resolved", resolution_type="partial_refund", refund_amount=LARGE - 1)

    assert (waiting.json()["data"]["status"], waiting.json()["data"]["approvals_received"]) == ("in_progress", 1)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "AGREED_ALREADY")
    assert other.json()["data"]["status"] == "in_progress", "another amount begins anew"
    assert (done.json()["data"]["status"], done.json()["data"]["approvals_received"]) == ("resolved", 2)
    assert await given.value("SELECT string_agg(status, ' ' ORDER BY requested_at) FROM marketplace.refund") == (
        "rejected approved"
    )


async def test_ten_people_who_resolve_at_once_give_the_money_back_once(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    customer, booking, _ = await path.done(50_000)
    dispute = await path.dispute(customer, booking)
    people = [await staff_of() for _ in range(10)]
    await change(people[0], dispute, status="in_progress")

    answers = await asyncio.gather(
        *(change(one, dispute, status="resolved", resolution_type="full_refund") for one in people)
    )

    assert all(one.status_code == 200 for one in answers)
    assert await given.value("SELECT count(*) FROM marketplace.refund") == 1
    assert await given.value("SELECT reserved_minor FROM marketplace.payment") == 50_000
