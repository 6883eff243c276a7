"""What of a booking needs a second person is counted over all its payments."""

from typing import Any

from tests.marketplace.conftest import StaffOf
from tests.marketplace.handling.handled import cancel, in_hours, preview, whole
from tests.marketplace.making import Path
from tests.marketplace.money import REFUNDS, approve, refund


async def test_a_booking_paid_in_two_parts_is_one_where_it_is_asked_how_much_money_goes_back(
    path: Path, staff_of: StaffOf
) -> None:
    booking = await paid_in_two(path)
    first, second = await staff_of(), await staff_of()

    foreseen = await preview(first, booking)
    found = (await cancel(first, booking)).json()["data"]["cancellation"]
    waiting = (await first.get(REFUNDS)).json()["data"]
    agreed = [await approve(second, one["id"]) for one in found["refunds"]]

    assert foreseen["needs_second_approval"]
    assert [(one["status"], one["approvals_required"]) for one in found["refunds"]] == [("pending", 2)] * 2
    assert [one["approvals_required"] for one in waiting] == [2, 2]
    assert [one.json()["data"]["status"] for one in agreed] == ["approved"] * 2


async def test_nobody_gives_much_of_a_booking_back_payment_by_payment(path: Path, staff_of: StaffOf) -> None:
    booking = await paid_in_two(path)
    payments = (await whole(staff := await staff_of(), booking))["payments"]

    first, second = [(await refund(staff, one)).json()["data"] for one in payments]

    assert (first["status"], second["status"], second["approvals_required"]) == ("approved", "pending", 2)


async def paid_in_two(path: Path) -> dict[str, Any]:
    """A booking above the threshold, by two payments that are each below it."""
    customer, service = await path.customer(), await path.service()
    booking = await path.booking(customer["id"], service["id"], 18_000_000, scheduled_at=in_hours(100))
    for _ in range(2):
        await path.payment(booking, amount_cents=9_000_000)
    await path.move(booking, "confirmed")
    return booking
