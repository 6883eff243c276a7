"""Several at one booking at the same moment: one of them wins, and money goes back once."""

import asyncio

from tests.marketplace.conftest import StaffOf
from tests.marketplace.handling.handled import cancel, change, paid, preview, whole
from tests.marketplace.making import Given, Path
from tests.marketplace.money import refund, said


async def test_of_two_who_cancel_at_once_one_wins_and_the_money_goes_back_once(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    booking = await paid(path)
    people = [await staff_of() for _ in range(4)]

    answers = await asyncio.gather(*(cancel(one, booking) for one in people))

    won = [one for one in answers if one.status_code == 200]
    lost = [one for one in answers if one.status_code != 200]
    assert len(won) == 1
    assert {said(one) for one in lost} == {(400, "INVALID_STATUS_TRANSITION")}
    assert all(one.json()["error"]["current_status"] == "cancelled" for one in lost)
    assert await given.value("SELECT sum(amount_minor)::bigint FROM marketplace.refund") == 50_000
    winner = won[0].json()["data"]["cancellation"]["cancelled_by"]
    assert (await whole(people[0], booking))["cancelled_by"] == winner


async def test_of_two_who_confirm_the_same_preview_the_other_is_told_that_it_moved(
    path: Path, staff_of: StaffOf
) -> None:
    booking = await paid(path)
    people = [await staff_of() for _ in range(2)]
    token = (await preview(people[0], booking))["preview_token"]

    answers = await asyncio.gather(*(cancel(one, booking, preview_token=token) for one in people))

    assert sorted(one.status_code for one in answers) == [200, 409]
    assert {said(one)[1] for one in answers if one.status_code == 409} == {"FIGURE_MOVED"}


async def test_cancelling_refunding_and_moving_at_once_give_back_no_more_than_was_paid(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    customer, service = await path.customer(), await path.service()
    booking = await path.booking(customer["id"], service["id"], scheduled_at="2099-12-14T10:00:00+05:30")
    payment = await path.payment(booking)
    people = [await staff_of() for _ in range(4)]

    answers = await asyncio.gather(
        cancel(people[0], booking, force_refund=True),
        refund(people[1], payment, amount_cents=30_000),
        change(people[2], booking, status="confirmed"),
        path.platform.post(
            f"/api/v1/platform/bookings/{booking['id']}/moves",
            json={"status": "cancelled", "by": "customer", "cancellation_reason": "Ill"},
        ),
    )

    assert {one.status_code for one in answers} <= {200, 400, 409}
    row = await whole(people[0], booking)
    assert row["status"] == "cancelled"
    assert [one["status"] for one in row["status_history"]].count("cancelled") == 1
    back = await given.value("SELECT reserved_minor + refunded_minor FROM marketplace.payment")
    assert back <= 50_000
    assert back in (30_000, 50_000)
