"""One difference hides no other: what a gateway gave twice, otherwise once more, or could not carry out in the end."""

from uuid import UUID

import pytest

from backoffice.kernel.gateways.payments import Refused
from backoffice.kernel.house import House
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.reconciling.jobs import reconcile_refunds
from backoffice.marketplace.refund import actions as refunds
from backoffice.marketplace.refund.jobs import send_refund
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import approve, post, refund, run_in, send
from tests.marketplace.reconciling.test_amounts import gave
from tests.marketplace.reconciling.test_unknown import DIFFERENCES, MONEY, STANDING, at, paid

LATEST = "SELECT max(id) FROM marketplace.refund_difference"


async def test_another_amount_given_once_more_is_listed_once_and_counts_beside_ours(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of("finance_admin")
    with at(house, Gateway.RAZORPAY) as there:
        payment = await paid(path, there)
        ours = (await refund(staff, payment, amount_cents=20_000)).json()["data"]["id"]
        await send_refund(there.run, refund_id=ours)
        there.stand_in.by_hand(there.payment, 15_000, notes={"refund_id": ours})
        await reconcile_refunds(there.run)
        listed = await given.value(STANDING)
        await post(staff, f"{DIFFERENCES}/{await given.value(LATEST)}/close", reason="by hand")
        await reconcile_refunds(there.run)

    assert listed == "unknown_here open"
    assert await given.value(STANDING) == "unknown_here closed"
    assert await given.value(MONEY) == "partially_refunded 0 35000"


@pytest.mark.parametrize("name", [Gateway.RAZORPAY, Gateway.STRIPE])
async def test_what_was_closed_on_its_way_and_failed_in_the_end_is_listed(
    path: Path, staff_of: StaffOf, given: Given, house: House, name: Gateway
) -> None:
    staff = await staff_of("finance_admin")
    with at(house, name) as there:
        await paid(path, there)
        by_hand = there.stand_in.by_hand(there.payment, 15_000, status="pending")
        await reconcile_refunds(there.run)
        await post(staff, f"{DIFFERENCES}/{await given.value(LATEST)}/close", reason="by hand")
        by_hand["status"] = "failed"
        await reconcile_refunds(there.run)
        listed = await given.value(STANDING)
        await post(staff, f"{DIFFERENCES}/{await given.value(LATEST)}/close", reason="paid by bank transfer")
        await reconcile_refunds(there.run)

    assert listed == "unknown_here closed,refused_at_gateway open"
    assert await given.value(STANDING) == "unknown_here closed,refused_at_gateway closed"


async def test_what_an_earlier_try_gave_hides_nothing_of_the_later_one(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of("finance_admin")
    _, _, payment = await path.done()
    refund_id = (await refund(staff, payment, amount_cents=20_000)).json()["data"]["id"]
    async with given.write() as tx:
        await refunds.settle(tx, UUID(refund_id), Refused("failed", "no"))
    await approve(staff, refund_id)
    await send(house, refund_id)
    gave(house, refund_id, amount=20_000)
    gave(house, f"{refund_id}.2", amount=25_000)

    await reconcile_refunds(run_in(house))
    first = await given.value(STANDING)
    await post(staff, f"{DIFFERENCES}/{await given.value(LATEST)}/close", reason="that one came back")
    await reconcile_refunds(run_in(house))

    assert first == "done_though_failed open"
    assert await given.value(STANDING) == "done_though_failed closed,amount_differs open"
