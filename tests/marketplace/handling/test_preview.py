"""What a cancellation would come to, told before; and that whoever confirms it confirms exactly that."""

import base64

import pytest

from backoffice.kernel.house import House
from tests.marketplace.chargeback.test_actions import told
from tests.marketplace.conftest import StaffOf
from tests.marketplace.handling.handled import BOOKINGS, cancel, change, in_hours, paid, preview, whole
from tests.marketplace.making import Given, Path
from tests.marketplace.money import LARGE, refund, said
from tests.waits import Waits


async def test_it_says_refund_fee_and_the_rule_that_gave_them_and_changes_nothing(
    path: Path, staff_of: StaffOf, given: Given, waits: Waits
) -> None:
    booking = await paid(path, hours=30)
    staff = await staff_of()
    before = await whole(staff, booking)

    with waits.counted() as seen:
        found = await preview(staff, booking)

    assert (found["booking_number"], found["current_status"]) == (booking["booking_number"], "confirmed")
    assert (found["paid_cents"], found["refund_amount_cents"], found["fee_cents"]) == (50_000, 25_000, 25_000)
    assert found["policy"] == {
        "rule": "part",
        "refund_percent": 50,
        "notice_hours": 24,
        "description": "50% goes back when cancelled at least 24 hours before",
    }
    assert (found["needs_second_approval"], found["withheld_cents"]) == (False, 0)
    assert 29.9 < found["hours_before"] <= 30
    assert await whole(staff, booking) == before
    assert await given.value("SELECT count(*) FROM marketplace.refund") == 0
    assert seen == [1]


async def test_confirmed_it_comes_to_what_it_said(path: Path, staff_of: StaffOf) -> None:
    booking = await paid(path, hours=30)
    staff = await staff_of()
    seen = await preview(staff, booking, force_refund=True)

    found = await cancel(staff, booking, force_refund=True, preview_token=seen["preview_token"])

    cancellation = found.json()["data"]["cancellation"]
    assert (cancellation["refund_amount_cents"], cancellation["fee_cents"]) == (50_000, 0)
    assert cancellation["refund_amount_cents"] == seen["refund_amount_cents"]


@pytest.mark.parametrize("moved", ["refunded", "later", "another status", "not forced"])
async def test_where_the_figure_or_the_booking_moved_it_is_refused_and_nothing_happens(
    path: Path, staff_of: StaffOf, given: Given, moved: str
) -> None:
    customer, service = await path.customer(), await path.service()
    booking = await path.booking(customer["id"], service["id"], scheduled_at=in_hours(99))
    payment = await path.payment(booking)
    staff = await staff_of()
    token = (await preview(staff, booking, force_refund=moved == "not forced"))["preview_token"]
    if moved == "refunded":
        await refund(staff, payment, amount_cents=10_000)
    elif moved == "later":
        async with given.write() as tx:
            tx.record("time passes", "tests")
            await tx.run("UPDATE marketplace.booking SET scheduled_at = now() + interval '30 hours'")
    elif moved == "another status":
        await change(staff, booking, status="confirmed")

    answer = await cancel(staff, booking, preview_token=token)

    assert said(answer) == (409, "FIGURE_MOVED")
    error = answer.json()["error"]
    expected = {"refunded": 40_000, "later": 25_000}.get(moved, 50_000)
    assert (error["previewed_refund_cents"], error["refund_cents"]) == (50_000, expected)
    assert (await whole(staff, booking))["status"] in ("pending", "confirmed")


async def test_a_token_of_another_booking_or_of_nobody_is_none(path: Path, staff_of: StaffOf) -> None:
    booking, other = await paid(path), await paid(path)
    staff = await staff_of()
    token = (await preview(staff, other))["preview_token"]
    bent = base64.urlsafe_b64encode(base64.urlsafe_b64decode(token).replace(b"50000", b"90000")).decode()

    for wrong in (token, bent, "no token", "ümlaut", token[:-8]):
        assert said(await cancel(staff, booking, preview_token=wrong)) == (400, "PREVIEW_NOT_GENUINE"), wrong


async def test_much_money_is_said_to_need_a_second_person(path: Path, staff_of: StaffOf) -> None:
    assert (await preview(await staff_of(), await paid(path, amount=LARGE)))["needs_second_approval"]


async def test_what_is_done_or_off_already_has_none(path: Path, staff_of: StaffOf) -> None:
    _, booking, _ = await path.done()

    answer = await (await staff_of()).post(f"{BOOKINGS}/{booking['id']}/cancellation-preview", json={})

    assert said(answer) == (400, "INVALID_STATUS_TRANSITION")
    assert answer.json()["error"]["allowed_transitions"] == ["disputed"]


async def test_while_a_chargeback_is_open_it_is_cancelled_without_that_money_and_not_forced(
    path: Path, staff_of: StaffOf, house: House, given: Given
) -> None:
    booking = await paid(path)
    await told(house, await given.value("SELECT gateway_payment_id FROM marketplace.payment"))
    staff = await staff_of()

    seen = await preview(staff, booking)
    forced = await cancel(staff, booking, force_refund=True)
    found = await cancel(staff, booking, preview_token=seen["preview_token"])

    assert (seen["refund_amount_cents"], seen["withheld_cents"], seen["fee_cents"]) == (0, 50_000, 0)
    assert said(forced) == (409, "PAYMENT_FROZEN")
    assert found.json()["data"]["cancellation"]["refund_amount_cents"] == 0
