"""Refunds that left before a restore and that the books can't have: they hold their payment until they are settled."""

from uuid import UUID

import pytest

from backoffice.kernel import recovery
from backoffice.kernel.house import House
from backoffice.marketplace.reconciling.jobs import reconcile_refunds
from backoffice.marketplace.refund import left, rules
from backoffice.marketplace.refund.rules import NothingLost
from tests.marketplace.bulk.conftest import Bulk
from tests.marketplace.conftest import StaffOf
from tests.marketplace.dispute.acting import Desk
from tests.marketplace.handling.handled import REASON, cancel, in_hours
from tests.marketplace.making import Given, Path
from tests.marketplace.money import approve, refund, reject, run_in, said, send
from tests.marketplace.refund.test_restored import BOOKS, WISH, at_gateway
from tests.restoring import Past

CANCEL = {"act": "bookings.cancel", "cancellation_reason": REASON, "notify_user": False, "notify_vendor": False}


async def test_a_payment_that_is_told_anew_gives_nothing_back_by_any_door_until_its_lost_refund_is_in_the_books(
    path: Path, staff_of: StaffOf, given: Given, house: House, past: Past
) -> None:
    customer, service = await path.customer(), await path.service()
    booking = await path.booking(customer["id"], service["id"], scheduled_at=in_hours(100))
    past.remember()
    payment = await path.payment(booking, external_id="told", gateway_payment_id="gw_told")
    refund_id = (await refund(await staff_of(), payment, amount_cents=10_000)).json()["data"]["id"]
    await send(house, refund_id)
    past.restore()

    (sentence,) = (await recovery.settle(house)).to_look_at
    told = await path.payment(booking, external_id="told", gateway_payment_id="gw_told")
    dispute = await path.dispute(customer, booking)
    staff = await staff_of()
    bulk, disputed = Bulk(staff, house), Desk(staff)
    await disputed.change(dispute, status="in_progress")
    by_platform = {"payment_id": told["id"], **WISH}
    refused = [
        await refund(staff, told, amount_cents=10_000),
        await cancel(staff, booking),
        await disputed.change(dispute, status="resolved", resolution_type="full_refund"),
        await path.platform.post("/api/v1/platform/refunds", json=by_platform),
    ]
    job_id = await bulk.do("bookings", do=CANCEL, ids=[booking["id"]])

    assert told["id"] != payment["id"]
    assert "settle-lost" in sentence
    assert [said(one) for one in refused] == [(409, "LEFT_BEFORE_RESTORE")] * 4
    assert refused[0].json()["error"]["refund_ids"] == [refund_id]
    assert [line["code"] for line in await bulk.file(job_id)] == ["LEFT_BEFORE_RESTORE"]
    (taken,) = await recovery.compare(house)
    assert "in the books again" in taken
    assert await given.value(BOOKS) == "processed 10000 of 10000, payment 10000 back"
    assert (await cancel(staff, booking)).status_code == 200
    assert await given.value("SELECT sum(reserved_minor + refunded_minor) FROM marketplace.payment") == 50_000


async def test_a_lost_refund_whose_payment_was_told_since_is_taken_in_by_night(
    path: Path, staff_of: StaffOf, given: Given, house: House, past: Past
) -> None:
    customer, service = await path.customer(), await path.service()
    booking = await path.booking(customer["id"], service["id"])
    past.remember()
    payment = await path.payment(booking, external_id="told", gateway_payment_id="gw_told")
    await send(house, (await refund(await staff_of(), payment, amount_cents=10_000)).json()["data"]["id"])
    past.restore()
    await recovery.settle(house)
    await path.payment(booking, external_id="told", gateway_payment_id="gw_told")

    await reconcile_refunds(run_in(house))

    assert await given.value(BOOKS) == "processed 10000 of 10000, payment 10000 back"
    assert await given.value("SELECT settled_because FROM marketplace.lost_refund") == rules.BACK_IN_BOOKS


async def test_what_was_rejected_here_and_left_holds_its_payment_until_somebody_says_what_came_of_it(
    path: Path, staff_of: StaffOf, given: Given, house: House, past: Past
) -> None:
    _, _, payment = await path.done()
    asked = await path.post("refunds", payment_id=payment["id"], **WISH)
    past.remember()
    await approve(await staff_of(), asked["id"])
    await send(house, asked["id"])
    past.restore()
    await reject(await staff_of(), asked["id"], reason="no")
    unsent = (await refund(await staff_of(), payment)).json()["data"]["id"]

    await recovery.settle(house)
    await send(house, unsent)

    assert at_gateway(house) == 1
    because = "SELECT waits_because FROM marketplace.refund WHERE id = %(id)s"
    assert await given.value(because, id=UUID(unsent)) == rules.LOST_BESIDE
    async with house.database.write(recovery.RESTORER) as tx:
        await left.settle_lost(tx, UUID(asked["id"]), because="The customer sent it back")
    with pytest.raises(NothingLost):
        async with house.database.write(recovery.RESTORER) as tx:
            await left.settle_lost(tx, UUID(asked["id"]), because="again")
    await send(house, unsent)
    assert await given.value("SELECT status FROM marketplace.refund WHERE id = %(id)s", id=UUID(unsent)) == "failed"


async def test_what_somebody_settled_stays_settled_when_the_house_is_recovered_once_more(
    path: Path, staff_of: StaffOf, given: Given, house: House, past: Past
) -> None:
    customer, service = await path.customer(), await path.service()
    booking = await path.booking(customer["id"], service["id"])
    past.remember()
    payment = await path.payment(booking, external_id="told", gateway_payment_id="gw_told")
    refund_id = (await refund(await staff_of(), payment, amount_cents=10_000)).json()["data"]["id"]
    await send(house, refund_id)
    past.restore()
    await recovery.settle(house)
    async with house.database.write(recovery.RESTORER) as tx:
        await left.settle_lost(tx, UUID(refund_id), because="Its bank sent it back: the customer has nothing")

    without_payment = await recovery.settle(house)
    told = await path.payment(booking, external_id="told", gateway_payment_id="gw_told")
    instead = (await refund(await staff_of(), told)).json()["data"]["id"]
    with_payment = await recovery.settle(house)

    assert without_payment.to_look_at == []
    assert with_payment.to_look_at == []
    assert await given.value("SELECT string_agg(id || ' ' || status, ',') FROM marketplace.refund") == (
        f"{instead} approved"
    )
