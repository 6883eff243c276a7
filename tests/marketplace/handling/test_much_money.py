"""What of a booking needs a second person is counted over all its payments."""

from typing import Any

from tests.marketplace.conftest import StaffOf
from tests.marketplace.handling.handled import cancel, in_hours, paid, preview, whole
from tests.marketplace.making import Given, Path
from tests.marketplace.money import LARGE, REFUNDS, approve, refund


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


async def test_who_cancels_without_being_allowed_to_approve_refunds_has_asked_for_the_money_and_not_agreed_to_it(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    role = {"name": "Desk", "permissions": ["bookings:list", "bookings:view", "bookings:update"]}
    assert (await (await staff_of()).post("/api/v1/admin/roles", json=role)).status_code == 201
    booking = await paid(path, amount=LARGE)
    desk, first, second = [await staff_of(await given.staff(one)) for one in ("desk", "finance_admin", "finance_admin")]

    answer = (await cancel(desk, booking)).json()["data"]
    (asked,) = answer["cancellation"]["refunds"]
    one, two = [(await approve(who, asked["id"])).json()["data"] for who in (first, second)]

    assert (answer["status"], asked["status"]) == ("cancelled", "pending")
    assert (asked["approvals_received"], asked["approvals_required"]) == (0, 2)
    assert (one["status"], one["approvals_received"], two["status"]) == ("pending", 1, "approved")


async def paid_in_two(path: Path) -> dict[str, Any]:
    """A booking above the threshold, by two payments that are each below it."""
    customer, service = await path.customer(), await path.service()
    booking = await path.booking(customer["id"], service["id"], 18_000_000, scheduled_at=in_hours(100))
    for _ in range(2):
        await path.payment(booking, amount_cents=9_000_000)
    await path.move(booking, "confirmed")
    return booking
