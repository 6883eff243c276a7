"""What gateways tell is believed under their signature alone, and read only as far as we know it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import razorpay
import stripe
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.gateways.news import (
    UNREADABLE,
    ChargebackNews,
    NewsUnreadable,
    PaymentNews,
    RefundNews,
    Webhooks,
    signature,
)
from backoffice.kernel.gateways.payments import Refunded, Refused, Underway
from backoffice.kernel.gateways.razorpay_news import RazorpayWebhooks
from backoffice.kernel.gateways.sandbox_news import SandboxWebhooks, signed
from backoffice.kernel.gateways.stripe_news import StripeWebhooks

SECRET = "whsec_of_the_tests"
NOW = datetime(2026, 3, 20, 14, 0, tzinfo=UTC)
KEY = "0199f3c0-0000-7000-8000-000000000001"
Sign = Callable[[bytes, datetime], dict[str, str]]


def by_razorpay(raw: bytes, _: datetime) -> dict[str, str]:
    return {"x-razorpay-signature": signature(SECRET, raw)}


def by_stripe(raw: bytes, at: datetime) -> dict[str, str]:
    header = stripe.WebhookSignature.generate_signature_header(raw.decode(), SECRET, int(at.timestamp()))
    return {"stripe-signature": header}


def by_sandbox(raw: bytes, at: datetime) -> dict[str, str]:
    return signed(json.loads(raw), secret=SECRET, at=at)[1]


ALL: list[tuple[type[Any], Sign]] = [
    (RazorpayWebhooks, by_razorpay),
    (StripeWebhooks, by_stripe),
    (SandboxWebhooks, by_sandbox),
]
BODY = b'{"id":"evt_1","type":"x","event":"x"}'


@pytest.mark.parametrize(("kind", "sign"), ALL)
def test_a_body_is_genuine_under_its_signature_alone(kind: type[Any], sign: Sign) -> None:
    webhooks: Webhooks = kind(SECRET)
    headers = sign(BODY, NOW)

    assert webhooks.is_genuine(BODY, headers.get, at=NOW)
    assert not webhooks.is_genuine(BODY + b" ", headers.get, at=NOW)
    assert not webhooks.is_genuine(BODY, {}.get, at=NOW)
    assert not kind("another").is_genuine(BODY, headers.get, at=NOW)
    assert not any(webhooks.is_genuine(BODY, {name: "é" * 64}.get, at=NOW) for name in headers)


@pytest.mark.parametrize(
    ("kind", "header"), [(RazorpayWebhooks, "x-razorpay-signature"), (StripeWebhooks, "stripe-signature")]
)
def test_without_a_secret_nothing_is_genuine(kind: type[Any], header: str) -> None:
    empty = {header: signature("", BODY), "stripe-signature": f"t={int(NOW.timestamp())},v1={signature('', BODY)}"}

    assert not kind("").is_genuine(BODY, empty.get, at=NOW)


@pytest.mark.parametrize("sign", [by_stripe, by_sandbox])
@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_signature_is_none_nor_one_of_the_future(sign: Sign, minutes: int) -> None:
    kind = StripeWebhooks if sign is by_stripe else SandboxWebhooks
    headers = sign(BODY, NOW)

    assert not kind(SECRET).is_genuine(BODY, headers.get, at=NOW + timedelta(minutes=minutes))


def test_the_sdks_agree_with_us() -> None:
    razorpay.Client(auth=("a", "b")).utility.verify_webhook_signature(BODY.decode(), signature(SECRET, BODY), SECRET)
    time = int(NOW.timestamp())
    ours = f"t={time},v1={signature(SECRET, str(time).encode() + b'.' + BODY)}"
    assert by_stripe(BODY, NOW)["stripe-signature"] == ours


def test_stripe_may_sign_with_an_old_and_a_new_secret() -> None:
    header = f"{by_stripe(BODY, NOW)['stripe-signature']},v1={'0' * 64},v0=x"

    assert StripeWebhooks(SECRET).is_genuine(BODY, {"stripe-signature": header}.get, at=NOW)


@given(raw=st.binary(max_size=200))
def test_whatever_comes_has_a_name(raw: bytes) -> None:
    for kind, _ in ALL:
        named = kind(SECRET).name(raw)
        assert 0 < len(named.id) <= 128
        assert named.kind.isprintable()


def test_an_event_of_razorpay_is_named_by_what_was_signed() -> None:
    webhooks = RazorpayWebhooks(SECRET)

    assert webhooks.name(b'{"event":"a"}').id != webhooks.name(b'{"event":"b"}').id
    assert webhooks.name(b"no json").kind == UNREADABLE


def razorpay_event(event: str, **entities: Any) -> bytes:
    payload = {name: {"entity": entity} for name, entity in entities.items()}
    return json.dumps({"entity": "event", "event": event, "payload": payload, "created_at": 1}).encode()


def stripe_event(kind: str, thing: dict[str, Any]) -> bytes:
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": thing}}).encode()


R_REFUND = {"id": "rfnd_1", "payment_id": "pay_1", "amount": 500, "currency": "INR", "notes": {"refund_id": KEY}}
R_DISPUTE = {"id": "disp_1", "payment_id": "pay_1", "amount": 900, "currency": "INR", "reason_code": "fraud"}
S_REFUND = {"id": "re_1", "payment_intent": "pi_1", "charge": "ch_1", "amount": 500, "currency": "inr"}
S_DISPUTE = {
    "id": "dp_1",
    "payment_intent": "pi_1",
    "charge": "ch_1",
    "amount": 900,
    "currency": "inr",
    "reason": "fraud",
}
R_PAYMENT = {"id": "pay_1", "amount": 900, "currency": "INR", "error_description": "The bank said no"}
S_BOTH = ("pi_1", "ch_1")


def test_razorpay_tells_of_payments_refunds_and_chargebacks() -> None:
    read = RazorpayWebhooks(SECRET).read

    assert read(razorpay_event("payment.captured", payment=R_PAYMENT)) == PaymentNews(("pay_1",), 900, "INR", True)
    failed = read(razorpay_event("payment.failed", payment=R_PAYMENT))
    assert failed == PaymentNews(("pay_1",), 900, "INR", False, "The bank said no")
    done = read(razorpay_event("refund.processed", refund={**R_REFUND, "status": "processed"}))
    assert done == RefundNews(KEY, ("pay_1",), 500, "INR", Refunded("rfnd_1"), "rfnd_1")
    refused = read(razorpay_event("refund.failed", refund={**R_REFUND, "status": "failed"}))
    assert isinstance(refused, RefundNews)
    assert isinstance(refused.outcome, Refused)
    opened = read(
        razorpay_event("payment.dispute.created", dispute={**R_DISPUTE, "status": "open", "phase": "chargeback"})
    )
    assert opened == ChargebackNews("disp_1", ("pay_1",), 900, "INR", "opened", "fraud")
    lost = read(razorpay_event("payment.dispute.lost", dispute={**R_DISPUTE, "status": "lost", "phase": "arbitration"}))
    assert isinstance(lost, ChargebackNews)
    assert lost.stage == "lost"


def test_stripe_tells_of_payments_refunds_and_chargebacks() -> None:
    read = StripeWebhooks(SECRET).read
    intent = {"id": "pi_1", "amount": 900, "amount_received": 900, "currency": "inr"}
    charge = {"id": "ch_1", "payment_intent": {"id": "pi_1"}, "amount": 900, "amount_captured": 800, "currency": "inr"}

    assert read(stripe_event("payment_intent.succeeded", intent)) == PaymentNews(("pi_1",), 900, "INR", True)
    taken = read(stripe_event("charge.succeeded", {**charge, "status": "succeeded", "captured": True}))
    assert taken == PaymentNews(("ch_1", "pi_1"), 800, "INR", True)
    done = read(stripe_event("refund.updated", {**S_REFUND, "status": "succeeded", "metadata": {"refund_id": KEY}}))
    assert done == RefundNews(KEY, S_BOTH, 500, "INR", Refunded("re_1"), "re_1")
    waits = read(stripe_event("refund.created", {**S_REFUND, "status": "pending", "metadata": {}}))
    assert waits == RefundNews(None, S_BOTH, 500, "INR", Underway("re_1"), "re_1")
    won = read(stripe_event("charge.dispute.closed", {**S_DISPUTE, "status": "won"}))
    assert won == ChargebackNews("dp_1", S_BOTH, 900, "INR", "won", "fraud")


@pytest.mark.parametrize(
    "told",
    [
        razorpay_event("payment.authorized", payment=R_PAYMENT),
        razorpay_event("subscription.halted"),
        razorpay_event("payment.dispute.created", dispute={**R_DISPUTE, "status": "open", "phase": "retrieval"}),
        razorpay_event("payment.dispute.closed", dispute={**R_DISPUTE, "status": "closed", "phase": "chargeback"}),
    ],
)
def test_what_razorpay_tells_that_moves_no_money_is_no_news(told: bytes) -> None:
    assert RazorpayWebhooks(SECRET).read(told) is None


@pytest.mark.parametrize(
    "told",
    [
        stripe_event("customer.created", {"id": "cus_1"}),
        stripe_event("charge.dispute.created", {**S_DISPUTE, "status": "warning_needs_response"}),
        stripe_event("charge.dispute.updated", {**S_DISPUTE, "status": "brand_new"}),
        stripe_event(
            "charge.succeeded", {"id": "ch_1", "status": "succeeded", "captured": False, "amount": 1, "currency": "inr"}
        ),
    ],
)
def test_what_stripe_tells_that_moves_no_money_is_no_news(told: bytes) -> None:
    assert StripeWebhooks(SECRET).read(told) is None


@pytest.mark.parametrize(
    "refund",
    [
        {**S_REFUND, "status": "levitating"},
        {**S_REFUND, "status": "succeeded", "amount": "500"},
        {**S_REFUND, "status": "succeeded", "amount": True},
        {**S_REFUND, "status": "succeeded", "amount": -1},
        {**S_REFUND, "status": "succeeded", "charge": None, "payment_intent": None},
        {**S_REFUND, "status": "succeeded", "id": "x" * 129},
        {},
    ],
)
def test_an_event_that_lacks_what_it_must_say_is_not_guessed_at(refund: dict[str, Any]) -> None:
    with pytest.raises(NewsUnreadable):
        StripeWebhooks(SECRET).read(stripe_event("refund.updated", refund))


def test_fields_that_nobody_knows_are_ignored() -> None:
    told = razorpay_event("refund.processed", refund={**R_REFUND, "status": "processed", "moon": [{}]}, moon={"x": 1})

    assert isinstance(RazorpayWebhooks(SECRET).read(told), RefundNews)
