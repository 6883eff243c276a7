"""Money that somebody gave back at the gateway itself: found by time, listed once, counted when it is closed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from backoffice.kernel import recovery
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.journal import hold
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.reconciling.jobs import reconcile_refunds
from backoffice.marketplace.refund import left_store
from backoffice.marketplace.refund.jobs import send_refund
from backoffice.marketplace.refund.port import gateway_of
from tests.kernel.gateways.stand_ins import KEY_ID, SECRET, RazorpayStandIn, StandIn, StripeStandIn, running
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import post, refund, run_in, said

DIFFERENCES = "/api/v1/admin/refund-differences"
STANDING = "SELECT string_agg(kind || ' ' || status, ',' ORDER BY id) FROM marketplace.refund_difference"
MONEY = "SELECT status || ' ' || reserved_minor || ' ' || refunded_minor FROM marketplace.payment ORDER BY id LIMIT 1"
KNOWN = {Gateway.RAZORPAY: "pay_29QQoUBi66xm2f", Gateway.STRIPE: "pi_1GszsK2eZvKYlo2C"}


@dataclass
class There:
    """A real gateway, played, and a house that is set up for it."""

    stand_in: StandIn
    name: Gateway
    run: JobRun

    @property
    def payment(self) -> str:
        return KNOWN[self.name]


@contextmanager
def at(house: House, name: Gateway) -> Iterator[There]:
    stand_in = RazorpayStandIn() if name is Gateway.RAZORPAY else StripeStandIn()
    stand_in.captured[KNOWN[name]] = 50_000
    with running(stand_in):
        key = SecretStr(SECRET)
        set_up = (
            {"razorpay_key_id": KEY_ID, "razorpay_key_secret": key, "razorpay_url": stand_in.address}
            if name is Gateway.RAZORPAY
            else {"stripe_secret_key": key, "stripe_url": stand_in.address}
        )
        settings = house.settings.model_copy(update=set_up)
        yield There(stand_in, name, run_in(replace(house, settings=settings)))
        gateway_of(settings, name).close()


async def paid(path: Path, there: There) -> dict[str, Any]:
    booking = await path.booking((await path.customer())["id"], (await path.service())["id"])
    payment = await path.payment(booking, gateway=there.name, gateway_payment_id=there.payment)
    await path.move(booking, "confirmed", "in_progress", "completed")
    return payment


@pytest.mark.parametrize("name", KNOWN)
async def test_money_given_by_hand_is_listed_once_gives_nothing_more_back_and_counts_once_it_is_closed(
    path: Path, staff_of: StaffOf, given: Given, house: House, name: Gateway
) -> None:
    staff = await staff_of("finance_admin")
    with at(house, name) as there:
        payment = await paid(path, there)
        ours = (await refund(staff, payment, amount_cents=10_000)).json()["data"]["id"]
        await send_refund(there.run, refund_id=ours)
        by_hand = there.stand_in.by_hand(there.payment, 15_000)
        there.stand_in.by_hand(there.payment, 7, status="failed")
        there.stand_in.by_hand(f"{there.payment}9", 7)
        there.stand_in.asked.clear()

        await reconcile_refunds(there.run)
        await reconcile_refunds(there.run)
        asked = [one for one in there.stand_in.asked if one == "GET /v1/refunds"]
        (listed,) = (await staff.get(DIFFERENCES)).json()["data"]
        more = await refund(staff, payment, amount_cents=1)
        closed = await post(staff, f"{DIFFERENCES}/{listed['id']}/close", reason="Support did it by hand")
        await reconcile_refunds(there.run)
        over, rest = [await refund(staff, payment, amount_cents=amount) for amount in (25_001, 25_000)]

    assert len(asked) == (2 if name is Gateway.RAZORPAY else 4), "Stripe lists those of one payment at the same door"
    told = [listed[name] for name in ("kind", "gateway_said", "gateway_amount_cents", "amount_cents", "payment_id")]
    assert told == ["unknown_here", by_hand["id"], 15_000, 15_000, payment["id"]]
    assert (listed["refund_id"], listed["our_status"], listed["our_amount_cents"]) == (None, None, None)
    assert said(more) == (409, "GATEWAY_GAVE_MORE")
    assert closed.json()["data"]["refund_status"] == "processed"
    assert (said(over), rest.status_code) == ((409, "REFUND_EXCEEDS_BALANCE"), 200)
    assert await given.value(MONEY) == "partially_refunded 25000 25000"
    assert await given.value(STANDING) == "unknown_here closed"


async def test_what_the_gateway_did_not_carry_out_after_all_is_gone(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of()
    with at(house, Gateway.STRIPE) as there:
        payment = await paid(path, there)
        by_hand = there.stand_in.by_hand(there.payment, 15_000, status="pending")
        await reconcile_refunds(there.run)
        before = await given.value(STANDING)
        by_hand["status"] = "canceled"
        await reconcile_refunds(there.run)

    assert before == "unknown_here open"
    assert await given.value(STANDING) == "unknown_here gone"
    assert (await refund(staff, payment)).status_code == 200


async def test_what_a_gateway_gave_twice_for_one_refund_is_listed(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of()
    with at(house, Gateway.RAZORPAY) as there:
        payment = await paid(path, there)
        ours = (await refund(staff, payment, amount_cents=10_000)).json()["data"]["id"]
        await send_refund(there.run, refund_id=ours)
        there.stand_in.by_hand(there.payment, 10_000, notes={"refund_id": ours})
        await reconcile_refunds(there.run)

    assert (
        await given.value("SELECT said_minor FROM marketplace.refund_difference WHERE kind = 'unknown_here'") == 10_000
    )


async def test_a_gateway_that_does_not_answer_hides_nothing_of_another(path: Path, given: Given, house: House) -> None:
    with at(house, Gateway.STRIPE) as there:
        await paid(path, there)
        there.stand_in.by_hand(there.payment, 15_000)
        silent = {
            "razorpay_key_id": KEY_ID,
            "razorpay_key_secret": SecretStr(SECRET),
            "razorpay_url": "http://127.0.0.1:9",
        }
        settings = there.run.house.settings.model_copy(update=silent)
        await reconcile_refunds(run_in(replace(there.run.house, settings=settings)))

    assert await given.value(STANDING) == "unknown_here open"


async def test_after_a_restore_it_is_told_in_words_and_gone_once_a_refund_stands_for_it(
    path: Path, given: Given, house: House
) -> None:
    with at(house, Gateway.RAZORPAY) as there:
        payment = await paid(path, there)
        forgotten = there.stand_in.by_hand(there.payment, 15_000, notes={"refund_id": str(uuid7())})
        async with house.database.write(recovery.RESTORER) as tx:
            await hold.begin(tx, "restored", moment=datetime.now(UTC))
        await recovery.settle(there.run.house)
        told = await recovery.compare(there.run.house)
        again = await recovery.compare(there.run.house)
        async with given.write() as tx:
            await left_store.insert_given(
                tx, uuid7(), payment_id=payment["id"], reference=forgotten["id"], amount_minor=15_000
            )
            tx.record("its answer came late", payment["id"])
        await reconcile_refunds(there.run)

    (sentence,) = [one for one in told if forgotten["id"] in one]
    assert f"of payment {payment['id']}, 15000 minor units, of razorpay" in sentence
    assert sentence in again
    assert await given.value(STANDING) == "unknown_here gone"


async def test_words_about_it_go_with_the_customer(path: Path, staff_of: StaffOf, given: Given, house: House) -> None:
    staff = await staff_of()
    with at(house, Gateway.STRIPE) as there:
        await paid(path, there)
        there.stand_in.by_hand(there.payment, 15_000)
        await reconcile_refunds(there.run)
    number = await given.value("SELECT id FROM marketplace.refund_difference")
    await post(staff, f"{DIFFERENCES}/{number}/close", reason="Asha Rao rang")
    customer = await given.value("SELECT id FROM marketplace.customer")

    forgotten = await staff.post(f"/api/v1/admin/users/{customer}/anonymize")

    assert forgotten.status_code == 200, forgotten.text
    assert await given.value("SELECT ended_why FROM marketplace.refund_difference") is None
