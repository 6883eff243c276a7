"""A chargeback keeps refunds waiting while it is open; lost it counts as refunded, won it frees the payment."""

from typing import Any

import pytest

from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from backoffice.marketplace.chargeback import actions
from backoffice.marketplace.chargeback.rules import ChargebackDiffers, Status
from backoffice.marketplace.chargeback.store import Told
from backoffice.marketplace.payment.rules import Gateway
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import approve, refund, said, send

SUMS = """
    SELECT status || ' ' || reserved_minor || ' ' || refunded_minor || ' ' || charged_back_minor
           || ' ' || (frozen_at IS NOT NULL) FROM marketplace.payment
"""


async def told(house: House, payment: str, status: Status = Status.OPEN, amount: int = 50_000) -> None:
    async with house.database.write(system("marketplace", "tests")) as tx:
        tx.record("told", payment)
        await actions.chargeback_told(
            tx, Told(Gateway.SANDBOX, f"cb_{payment}", payment, amount_minor=amount, status=status, reason="fraud")
        )


async def paid(path: Path, given: Given) -> tuple[dict[str, Any], str]:
    _, _, payment = await path.done(50_000)
    return payment, await given.value("SELECT gateway_payment_id FROM marketplace.payment")


async def test_an_open_chargeback_opens_a_dispute_and_freezes_the_payment_for_every_door(
    path: Path, house: House, given: Given, staff_of: StaffOf
) -> None:
    payment, name = await paid(path, given)

    await told(house, name)
    await told(house, name)

    assert said(await refund(await staff_of(), payment)) == (409, "PAYMENT_FROZEN")
    assert await given.value("SELECT string_agg(type || ' ' || source, ',') FROM marketplace.dispute") == (
        "payment_issue gateway"
    )
    assert await given.value("SELECT payment_id = %(id)s FROM marketplace.dispute", id=payment["id"])
    assert await given.value(SUMS) == "success 0 0 0 true"


async def test_a_lost_chargeback_counts_as_refunded_and_leaves_nothing_to_give_back(
    path: Path, house: House, given: Given, staff_of: StaffOf
) -> None:
    payment, name = await paid(path, given)
    await told(house, name)

    await told(house, name, Status.LOST)

    assert await given.value(SUMS) == "refunded 0 0 50000 false"
    assert await given.value("SELECT payment_status FROM marketplace.booking") == "refunded"
    assert await given.value("SELECT refunded_minor FROM marketplace.customer") == 50_000
    assert said(await refund(await staff_of(), payment)) == (409, "REFUND_EXCEEDS_BALANCE")


async def test_a_won_chargeback_frees_the_payment_and_a_late_word_of_its_opening_freezes_nothing(
    path: Path, house: House, given: Given, staff_of: StaffOf
) -> None:
    payment, name = await paid(path, given)
    await told(house, name, Status.WON)

    await told(house, name)

    assert await given.value(SUMS) == "success 0 0 0 false"
    assert (await refund(await staff_of(), payment)).status_code == 200


async def test_what_ended_does_not_end_otherwise(path: Path, house: House, given: Given) -> None:
    _, name = await paid(path, given)
    await told(house, name, Status.WON)

    with pytest.raises(ChargebackDiffers):
        await told(house, name, Status.LOST)
    with pytest.raises(ChargebackDiffers):
        await told(house, name, Status.WON, amount=1)


async def test_an_approved_refund_that_has_not_left_waits_for_the_chargeback_and_gives_way_to_a_lost_one(
    path: Path, house: House, given: Given, staff_of: StaffOf
) -> None:
    payment, name = await paid(path, given)
    answer = await refund(await staff_of(), payment, amount_cents=20_000)
    await told(house, name)

    await send(house, answer.json()["data"]["id"])
    waiting = await given.value("SELECT status || ' ' || sends FROM marketplace.refund")
    await told(house, name, Status.LOST)
    retried = await approve(await staff_of(), answer.json()["data"]["id"])

    assert waiting == "approved 0"
    assert await given.value("SELECT status || ' ' || failure_code FROM marketplace.refund") == "failed charged_back"
    assert await given.value(SUMS) == "refunded 0 0 50000 false"
    assert said(retried) == (409, "REFUND_EXCEEDS_BALANCE")


async def test_what_went_back_before_is_not_counted_twice(
    path: Path, house: House, given: Given, staff_of: StaffOf
) -> None:
    payment, name = await paid(path, given)
    answer = await refund(await staff_of(), payment, amount_cents=20_000)
    await send(house, answer.json()["data"]["id"])

    await told(house, name, Status.LOST)

    assert await given.value(SUMS) == "refunded 0 20000 30000 false"
    assert await given.value("SELECT amount_minor FROM marketplace.chargeback") == 50_000


async def test_a_chargeback_told_before_its_capture_takes_the_money_once_it_is_there(
    path: Path, house: House, given: Given
) -> None:
    booking = await path.booking((await path.customer())["id"], (await path.service())["id"])
    pending = await path.payment(booking, status="pending", gateway_payment_id="gw_early")
    await told(house, "gw_early", Status.LOST)

    await path.post(
        "payments",
        external_id=pending["external_id"],
        booking_id=booking["id"],
        amount_cents=50_000,
        method="upi",
        gateway_payment_id="gw_early",
        status="success",
    )

    assert await given.value(SUMS) == "refunded 0 0 50000 false"


async def test_the_bank_of_somebody_who_was_erased_takes_money_back_like_any_other(
    path: Path, house: House, given: Given, staff_of: StaffOf
) -> None:
    customer, _, payment = await path.done(50_000)
    name = await given.value("SELECT gateway_payment_id FROM marketplace.payment")
    staff = await staff_of()
    await staff.post(f"/api/v1/admin/users/{customer['id']}/anonymize")

    await told(house, name)
    refused = await refund(staff, payment)
    await told(house, name, Status.LOST)

    assert said(refused) == (409, "PAYMENT_FROZEN")
    assert await given.value(SUMS) == "refunded 0 0 50000 false"
    assert await given.value("SELECT type || ' ' || source FROM marketplace.dispute") == "payment_issue gateway"
