"""Which gateway gives a payment back, and whom we listen to: only those that are set up, and never one for another."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from backoffice.kernel.actor import Context, system
from backoffice.kernel.gateways.news import signature
from backoffice.kernel.gateways.payments import GatewayNotSetUp, GatewayUnavailable
from backoffice.kernel.gateways.sandbox_news import signed
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.marketplace.gateway.port import webhooks_of
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.refund.jobs import send_refund
from backoffice.marketplace.refund.port import gateway_of
from backoffice.settings import Settings
from tests.kernel.gateways.stand_ins import KEY_ID, SECRET, RazorpayStandIn, StripeStandIn, running
from tests.marketplace.gateway.conftest import Refunds, Telling
from tests.marketplace.making import Given, Path

WAITS = "SELECT status || ': ' || waits_because FROM marketplace.refund"


def real(settings: Settings, **update: object) -> Settings:
    keys = {
        "stripe_secret_key": SecretStr(SECRET),
        "razorpay_key_id": KEY_ID,
        "razorpay_key_secret": SecretStr(SECRET),
    }
    return settings.model_copy(update={**keys, **update})


def test_without_real_gateways_the_sandbox_gives_back_its_own_payments_alone(settings: Settings) -> None:
    assert gateway_of(settings, Gateway.SANDBOX).name == "sandbox"
    for gateway in (Gateway.RAZORPAY, Gateway.STRIPE):
        with pytest.raises(GatewayNotSetUp, match=gateway):
            gateway_of(settings, gateway)


def test_beside_a_real_gateway_the_sandbox_gives_nothing_unless_it_is_told_to(settings: Settings) -> None:
    with pytest.raises(GatewayNotSetUp):
        gateway_of(real(settings), Gateway.SANDBOX)

    assert gateway_of(real(settings, sandbox_gateway="on"), Gateway.SANDBOX).name == "sandbox"
    with pytest.raises(GatewayNotSetUp):
        gateway_of(settings.model_copy(update={"sandbox_gateway": "off"}), Gateway.SANDBOX)


def test_each_real_gateway_is_made_once(settings: Settings) -> None:
    for gateway in (Gateway.RAZORPAY, Gateway.STRIPE):
        with closing(gateway_of(real(settings), gateway)) as first:
            assert gateway_of(real(settings), gateway) is first
            assert first.name == gateway


@pytest.mark.parametrize("gateway", Gateway)
def test_a_gateway_without_its_secret_is_not_listened_to(settings: Settings, gateway: Gateway) -> None:
    empty = {f"{name}_webhook_secret": SecretStr("") for name in ("sandbox_gateway", "razorpay", "stripe")}
    now = datetime.now(UTC)
    raw, headers = signed({"id": "evt_1", "type": "x.y"}, secret="", at=now)
    by_all = {
        **headers,
        "stripe-signature": headers["x-sandbox-signature"],
        "x-razorpay-signature": signature("", raw),
    }

    assert not webhooks_of(settings.model_copy(update=empty), gateway).is_genuine(raw, by_all.get, at=now)


async def test_a_refund_of_a_gateway_that_is_not_set_up_waits_and_says_so(
    path: Path, refund: Refunds, run: JobRun, given: Given
) -> None:
    booking = await path.booking((await path.customer())["id"], (await path.service())["id"])
    payment = await path.payment(booking, gateway="razorpay", gateway_payment_id="pay_29QQoUBi66xm2f")
    refund_id = await refund.approved(payment)

    await send_refund(run, refund_id=str(refund_id))

    assert await given.value(WAITS) == "approved: the payment gateway razorpay is not set up here"
    assert await given.value("SELECT sends FROM marketplace.refund") == 0
    assert not (given.house.settings.data_folder / "sandbox-gateway").exists()


@pytest.mark.parametrize("gateway", [Gateway.RAZORPAY, Gateway.STRIPE])
async def test_a_refund_whose_answer_got_lost_says_why_it_waits_and_is_given_once(
    path: Path, refund: Refunds, given: Given, house: House, gateway: Gateway
) -> None:
    known = {"razorpay": "pay_29QQoUBi66xm2f", "stripe": "pi_1GszsK2eZvKYlo2C"}[gateway]
    there = RazorpayStandIn() if gateway is Gateway.RAZORPAY else StripeStandIn()
    there.captured[known] = 50_000
    booking = await path.booking((await path.customer())["id"], (await path.service())["id"])
    refund_id = await refund.approved(await path.payment(booking, gateway=gateway, gateway_payment_id=known))
    with running(there):
        there_too = {"razorpay_url": there.address, "stripe_url": there.address}
        run = run_in(replace(house, settings=real(house.settings, **there_too)))
        there.fault = "lost"
        with pytest.raises(GatewayUnavailable):
            await send_refund(run, refund_id=str(refund_id))
        waits = await given.value(WAITS)
        await send_refund(run, refund_id=str(refund_id))
        await send_refund(run, refund_id=str(refund_id))
        gateway_of(run.house.settings, gateway).close()

    assert waits.startswith(f"approved: {gateway.title()}")
    assert await given.value("SELECT status FROM marketplace.refund") == "processed"
    assert await given.value("SELECT waits_because FROM marketplace.refund") is None
    assert await given.value("SELECT gateway_refund_id FROM marketplace.refund") == there.refunds[0]["id"]
    assert len(there.refunds) == 1


async def test_a_refund_that_is_underway_says_so_until_it_is_told(
    path: Path, refund: Refunds, given: Given, house: House, gateway: Telling
) -> None:
    booking = await path.booking((await path.customer())["id"], (await path.service())["id"])
    refund_id = await refund.approved(await path.payment(booking, gateway_payment_id="gw_soon"))
    run = run_in(
        replace(house, settings=house.settings.model_copy(update={"sandbox_gateway_behaviour": {"soon": "later"}}))
    )

    await send_refund(run, refund_id=str(refund_id))
    waits = await given.value(WAITS)
    told = {"id": f"rfnd_{refund_id}", "key": str(refund_id), "payment": "gw_soon", "amount": 20_000}

    assert waits == "approved: the gateway took it and has not told yet what became of it"
    assert await gateway.tell("refund.processed", **told) == "done"
    assert await refund.status(refund_id) == "processed"


def run_in(house: House) -> JobRun:
    return JobRun(house, system("marketplace", "tests"), Context(), 0)
