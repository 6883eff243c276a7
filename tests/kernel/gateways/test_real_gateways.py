"""Razorpay and Stripe through their own SDKs, against stand-ins on loopback: money goes back once, and what nobody
knows is never taken for a refusal.
"""

import asyncio
from contextlib import closing
from typing import Any

import pytest

from backoffice.kernel.gateways.payments import (
    GatewayDiffers,
    GatewayNotSetUp,
    GatewayUnavailable,
    OtherAmount,
    Refunded,
    RefundOrder,
    Refused,
    Underway,
)
from backoffice.kernel.write import TransactionOpen
from backoffice.kernel.write.transaction import marked_open
from tests.kernel.gateways.pairs import CAPTURED, KEY, PAYMENTS, Pair, gateway_at, playing
from tests.kernel.gateways.stand_ins import Answer, RazorpayStandIn, StripeStandIn


async def test_money_goes_back_once_under_the_same_key(pair: Pair) -> None:
    first = await pair.gateway.refund(pair.order())
    again = await pair.gateway.refund(pair.order())

    assert isinstance(first, Refunded)
    assert again == first
    assert [one["amount"] for one in pair.there.refunds] == [20_000]


async def test_twenty_at_once_under_one_key_give_it_once(pair: Pair) -> None:
    outcomes = await asyncio.gather(*(pair.gateway.refund(pair.order()) for _ in range(20)))

    assert len(set(outcomes)) == 1
    assert len(pair.there.refunds) == 1


async def test_more_than_was_captured_is_refused_and_nothing_goes_back(pair: Pair) -> None:
    await pair.gateway.refund(pair.order(1, 40_000))
    too_much = await pair.gateway.refund(pair.order(2, 20_000))
    await pair.gateway.refund(pair.order(3, 10_000))
    none_left = await pair.gateway.refund(pair.order(4, 1))

    assert isinstance(too_much, Refused)
    assert isinstance(none_left, Refused)
    assert sum(one["amount"] for one in pair.there.refunds) == CAPTURED


@pytest.mark.parametrize("fault", ["error_500_late", "lost"])
async def test_a_lost_answer_is_unknown_and_asked_for_by_the_same_key(pair: Pair, fault: str) -> None:
    pair.there.fault = fault
    with pytest.raises(GatewayUnavailable):
        await pair.gateway.refund(pair.order())

    found = await pair.gateway.find_refund(pair.order())
    again = await pair.gateway.refund(pair.order())

    assert isinstance(found, Refunded)
    assert again == found
    assert len(pair.there.refunds) == 1


@pytest.mark.impatient
async def test_a_gateway_that_stays_silent_is_unknown(pair: Pair) -> None:
    pair.there.fault = "hang"

    with pytest.raises(GatewayUnavailable):
        await pair.gateway.refund(pair.order())

    assert isinstance(await pair.gateway.find_refund(pair.order()), Refunded)


@pytest.mark.parametrize("fault", ["error_500", "throttled", "page"])
async def test_what_a_gateway_says_on_a_bad_day_is_no_refusal(pair: Pair, fault: str) -> None:
    pair.there.fault = fault
    with pytest.raises(GatewayUnavailable):
        await pair.gateway.refund(pair.order())

    assert pair.there.refunds == []
    assert await pair.gateway.find_refund(pair.order()) is None
    assert isinstance(await pair.gateway.refund(pair.order()), Refunded)


@pytest.mark.parametrize("status", [400, 403, 409, 422])
async def test_a_refusal_in_words_that_nobody_knows_is_unknown(pair: Pair, status: int) -> None:
    error = {"code": "BRAND_NEW_CODE", "description": "The moon is full", "message": "The moon is full"}
    pair.there.says = Answer(status, {"error": error})

    with pytest.raises(GatewayUnavailable, match="The moon is full"):
        await pair.gateway.refund(pair.order())


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": 7}'])
async def test_an_answer_that_says_nothing_is_unknown(pair: Pair, body: bytes) -> None:
    pair.there.says = Answer(200, body)

    with pytest.raises(GatewayUnavailable):
        await pair.gateway.refund(pair.order())


async def test_a_status_that_nobody_knows_is_unknown(pair: Pair) -> None:
    pair.there.becomes = "levitating"

    with pytest.raises(GatewayUnavailable, match="levitating"):
        await pair.gateway.refund(pair.order())


async def test_a_refund_that_takes_its_time_is_underway_until_it_is_asked_for(pair: Pair) -> None:
    pair.there.becomes = "pending"
    first = await pair.gateway.refund(pair.order())
    pair.there.refunds[0]["status"] = "processed" if pair.gateway.name == "razorpay" else "succeeded"

    assert isinstance(first, Underway)
    assert await pair.gateway.find_refund(pair.order()) == Refunded(first.reference)


async def test_a_refund_that_failed_later_is_refused_when_it_is_asked_for(pair: Pair) -> None:
    pair.there.becomes = "pending"
    await pair.gateway.refund(pair.order())
    pair.there.refunds[0]["status"] = "failed"

    assert isinstance(await pair.gateway.find_refund(pair.order()), Refused)


async def test_another_amount_under_our_key_is_not_taken_for_ours(pair: Pair) -> None:
    await pair.gateway.refund(pair.order(1, 20_000))

    with pytest.raises(GatewayUnavailable):
        await pair.gateway.refund(pair.order(1, 10_000))
    with pytest.raises(GatewayDiffers) as differs:
        await pair.gateway.find_refund(pair.order(1, 10_000))

    assert differs.value.given == OtherAmount(pair.there.refunds[0]["id"], 20_000, "INR")


async def test_another_currency_under_our_key_is_told_with_what_it_is(pair: Pair) -> None:
    await pair.gateway.refund(pair.order())
    pair.there.refunds[0]["currency"] = "usd"

    with pytest.raises(GatewayDiffers) as differs:
        await pair.gateway.find_refund(pair.order())

    assert differs.value.given == OtherAmount(pair.there.refunds[0]["id"], 20_000, "USD")


async def test_what_a_gateway_gave_nothing_of_is_refused_whatever_its_amount(pair: Pair) -> None:
    await pair.gateway.refund(pair.order())
    pair.there.refunds[0] |= {"status": "failed", "amount": 1}

    assert isinstance(await pair.gateway.find_refund(pair.order()), Refused)


async def test_a_refund_is_found_among_hundreds(pair: Pair) -> None:
    pair.there.captured[pair.order().payment] = 10**9
    await pair.gateway.refund(pair.order(1, 7))
    [mine] = pair.there.refunds
    pair.there.refunds += [{**mine, "id": f"re_{n}", **others_key(pair, n)} for n in range(250)]

    assert await pair.gateway.find_refund(pair.order(1, 7)) == Refunded(mine["id"])


def others_key(pair: Pair, number: int) -> dict[str, Any]:
    return {"notes" if pair.gateway.name == "razorpay" else "metadata": {"refund_id": f"other {number}"}}


async def test_an_unknown_payment_is_refused_without_a_word_about_others(pair: Pair) -> None:
    unknown = await pair.gateway.refund(pair.order(payment=f"{PAYMENTS[pair.gateway.name]}9"))
    foreign = await pair.gateway.refund(pair.order(payment="../../payments/pay_1/refund"))

    assert isinstance(unknown, Refused)
    assert foreign == Refused("payment_unknown", foreign.reason if isinstance(foreign, Refused) else "")
    assert [one for one in pair.there.asked if "pay_1" in one] == []


async def test_a_wrong_key_of_ours_is_no_refusal_and_is_shown_nowhere(pair: Pair) -> None:
    with closing(gateway_at(pair.there, secret="sk_canary_nobody_may_see")) as stranger:
        with pytest.raises(GatewayUnavailable) as refused:
            await stranger.refund(pair.order())
        with pytest.raises(GatewayUnavailable) as unanswered:
            await stranger.ping()

    assert "canary" not in f"{refused.value} {unanswered.value}"
    await pair.gateway.ping()


async def test_nobody_there_is_unknown() -> None:
    for there in (RazorpayStandIn(address="http://127.0.0.1:9"), StripeStandIn(address="http://127.0.0.1:9")):
        with closing(gateway_at(there)) as gateway, pytest.raises(GatewayUnavailable):
            await gateway.refund(Pair(gateway, there).order())


async def test_a_payment_of_another_gateway_is_never_given_back(pair: Pair) -> None:
    order = RefundOrder(KEY, "sandbox", PAYMENTS[pair.gateway.name], 100, "INR", captured_minor=100)

    with pytest.raises(GatewayNotSetUp):
        await pair.gateway.refund(order)

    assert pair.there.asked == []


async def test_no_gateway_is_called_inside_a_transaction(pair: Pair) -> None:
    async with marked_open():
        with pytest.raises(TransactionOpen):
            await pair.gateway.refund(pair.order())


async def test_stripe_that_only_repeats_an_answer_is_looked_at_again() -> None:
    there = StripeStandIn(captured={PAYMENTS["stripe"]: CAPTURED}, becomes="pending")
    with playing(there) as pair:
        first = await pair.gateway.refund(pair.order())
        there.refunds[0]["status"] = "failed"

        again = await pair.gateway.refund(pair.order())

    assert isinstance(first, Underway)
    assert isinstance(again, Refused), "the repeated answer still says pending"


async def test_razorpay_takes_a_key_of_any_letters_and_finds_it_again() -> None:
    there = RazorpayStandIn(captured={PAYMENTS["razorpay"]: CAPTURED})
    with playing(there) as pair:
        order = RefundOrder(f"{KEY}1.2", "razorpay", PAYMENTS["razorpay"], 100, "INR", captured_minor=CAPTURED)
        await pair.gateway.refund(order)

        assert isinstance(await pair.gateway.find_refund(order), Refunded)

    assert list(there.answered) == [f"{KEY}1_2"]


async def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    there = RazorpayStandIn(address="http://127.0.0.1:9")
    with closing(gateway_at(there)) as gateway, pytest.raises(GatewayUnavailable):
        await gateway.refund(Pair(gateway, there).order())

    assert capfd.readouterr() == ("", "")
