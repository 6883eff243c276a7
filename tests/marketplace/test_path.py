"""The thinnest path through the marketplace: a customer's money goes in, is disputed, and goes back, once."""

import dataclasses
from uuid import UUID

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.marketplace.refund.jobs import send_refund
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path


@pytest.fixture
def run(house: House) -> JobRun:
    return JobRun(dataclasses.replace(house), system("marketplace", "tests"), Context(), 0)


async def test_a_dispute_resolved_with_a_refund_leaves_booking_payment_and_customer_in_agreement(
    path: Path, staff_of: StaffOf, given: Given, run: JobRun
) -> None:
    customer, booking, payment = await path.done(50_000)
    dispute = await path.dispute(customer, booking, refund_requested=True, refund_amount=50_000)
    staff = await staff_of()

    began = await staff.patch(
        f"/api/v1/admin/disputes/{dispute['id']}", json={"status": "in_progress"}, headers={"Idempotency-Key": "1"}
    )
    resolved = await staff.patch(
        f"/api/v1/admin/disputes/{dispute['id']}",
        json={"status": "resolved", "resolution_type": "partial_refund", "refund_amount": 20_000},
        headers={"Idempotency-Key": "2"},
    )
    refund_id = await given.value("SELECT id FROM marketplace.refund")
    await send_refund(run, refund_id=str(UUID(str(refund_id))))

    assert began.status_code == 200, began.text
    assert resolved.status_code == 200, resolved.text
    assert resolved.json()["data"]["status"] == "resolved"
    assert await given.value("SELECT status FROM marketplace.refund") == "processed"
    assert await given.value("SELECT status FROM marketplace.payment") == "partially_refunded"
    assert (
        await given.value("SELECT status || payment_status FROM marketplace.booking") == "completedpartially_refunded"
    )
    profile = (await staff.get(f"/api/v1/admin/users/{customer['id']}")).json()["data"]
    assert profile["activity_summary"]["total_spent"] == 30_000
    assert profile["activity_summary"]["open_disputes"] == 0
    assert payment["status"] == "success"
