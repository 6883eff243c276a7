"""What gateways tell of payments: once, twice, late, for bookings that are off or were paid already."""

from typing import Any

import pytest

from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from backoffice.marketplace.payment import actions
from backoffice.marketplace.payment.rules import CaptureDiffers, Gateway, PaymentNotFound
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import refund

STANDING = "SELECT status || ' ' || captured_minor || ' ' || coalesce(captured_late, '-') FROM marketplace.payment"


async def captured(house: House, payment: str, amount: int = 50_000) -> None:
    async with house.database.write(system("marketplace", "tests")) as tx:
        tx.record("told", payment)
        await actions.capture_told(tx, Gateway.SANDBOX, payment, amount_minor=amount)


async def failed(house: House, payment: str) -> None:
    async with house.database.write(system("marketplace", "tests")) as tx:
        tx.record("told", payment)
        await actions.failure_told(tx, Gateway.SANDBOX, payment, reason="insufficient_funds")


async def booked(path: Path) -> dict[str, Any]:
    return await path.booking((await path.customer())["id"], (await path.service())["id"])


async def test_a_capture_told_twice_counts_once_and_a_late_failure_takes_nothing_back(
    path: Path, house: House, given: Given
) -> None:
    await path.payment(await booked(path), status="pending", gateway_payment_id="gw_late")

    await captured(house, "gw_late")
    await captured(house, "gw_late")
    await failed(house, "gw_late")

    assert await given.value(STANDING) == "success 50000 -"
    assert await given.value("SELECT paid_minor || '/' || payments_succeeded FROM marketplace.customer") == "50000/1"


async def test_a_failed_try_can_still_be_captured(path: Path, house: House, given: Given) -> None:
    await path.payment(await booked(path), status="pending", gateway_payment_id="gw_tried")

    await failed(house, "gw_tried")
    await captured(house, "gw_tried", 20_000)

    assert await given.value(STANDING) == "success 20000 -"


async def test_money_for_a_cancelled_booking_is_recorded_and_shown_as_to_be_returned(
    path: Path, house: House, given: Given, staff_of: StaffOf
) -> None:
    booking = await booked(path)
    await path.payment(booking, status="pending", gateway_payment_id="gw_off")
    await path.move(booking, "cancelled", by="customer", cancellation_reason="Found another")

    await captured(house, "gw_off")

    assert await given.value(STANDING) == "success 50000 booking_cancelled"
    assert await given.value("SELECT count(*) FROM marketplace.refund") == 0
    staff = await staff_of("finance_admin")
    (listed,) = (await staff.get("/api/v1/admin/payments/to-return")).json()["data"]
    assert (listed["why"], listed["to_return_cents"]) == ("booking_cancelled", 50_000)
    await refund(staff, listed)
    assert (await staff.get("/api/v1/admin/payments/to-return")).json()["data"] == []


async def test_a_booking_paid_twice_shows_the_second_payment_as_to_be_returned(
    path: Path, house: House, given: Given
) -> None:
    booking = await booked(path)
    await path.payment(booking)
    await path.payment(booking, status="pending", gateway_payment_id="gw_twice")

    await captured(house, "gw_twice")

    assert await given.value(STANDING + " WHERE gateway_payment_id = 'gw_twice'") == "success 50000 paid_already"
    assert await given.value(STANDING + " WHERE gateway_payment_id <> 'gw_twice'") == "success 50000 -"


async def test_a_booking_paid_in_parts_is_not_paid_twice(path: Path, house: House, given: Given) -> None:
    booking = await booked(path)
    await path.payment(booking, amount_cents=20_000)
    await path.payment(booking, amount_cents=30_000, status="pending", gateway_payment_id="gw_rest")

    await captured(house, "gw_rest", 30_000)

    assert await given.value("SELECT count(*) FROM marketplace.payment WHERE captured_late IS NOT NULL") == 0


async def test_a_gateway_that_took_more_than_the_payment_is_or_knows_another_changes_nothing(
    path: Path, house: House, given: Given
) -> None:
    await path.payment(await booked(path), status="pending", gateway_payment_id="gw_more")

    with pytest.raises(CaptureDiffers):
        await captured(house, "gw_more", 50_001)
    with pytest.raises(PaymentNotFound):
        await captured(house, "gw_nobodys")

    assert await given.value(STANDING) == "pending 0 -"


@pytest.mark.parametrize("what", ["payment", "booking"])
async def test_nothing_is_named_like_the_id_of_another_thing(path: Path, what: str) -> None:
    customer, booking, payment = await path.done()
    named = {"payment": payment, "booking": booking}[what]["id"]
    new = {
        "payment": {"booking_id": booking["id"], "amount_cents": 1, "method": "upi", "gateway_payment_id": "gw_other"},
        "booking": {
            "user_id": customer["id"],
            "service_id": (await path.service())["id"],
            "scheduled_at": "2026-12-14T10:00:00+05:30",
            "pricing": {"base_amount_cents": 1},
        },
    }[what]

    answer = await path.platform.post(f"/api/v1/platform/{what}s", json={**new, "external_id": named})

    assert answer.status_code == 400, answer.text
    assert list(answer.json()["error"]["details"]) == ["external_id"]


async def test_where_two_go_by_one_name_ours_is_meant(path: Path, given: Given, staff_of: StaffOf) -> None:
    (_, _, other), (_, _, meant) = await path.done(), await path.done()
    async with given.write() as tx:
        tx.record("named", "for a test")
        await tx.run(
            "UPDATE marketplace.payment SET external_id = %(name)s WHERE id = %(id)s", name=meant["id"], id=other["id"]
        )

    answer = await refund(await staff_of(), meant, amount_cents=1)

    assert answer.status_code == 200, answer.text
    assert await given.value("SELECT payment_id FROM marketplace.refund") == meant["id"]
