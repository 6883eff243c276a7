"""The sandbox's webhooks, for whoever rehearses what a gateway may tell, signed as Stripe signs.

    event = {"id": "evt_1", "type": "refund.failed", "refund": {"id": ..., "key": ..., "payment": ..., "amount": 5000}}
    raw, headers = signed(event, secret="...", at=datetime.now(UTC))

Kinds: payment.captured, payment.failed, refund.processed, refund.failed, chargeback.opened, chargeback.won,
chargeback.lost. What stands under `payment`, `refund` or `chargeback` has id, amount and currency (INR if left out), a
payment or chargeback also a reason; refund and chargeback name their payment.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from backoffice.kernel.gateways.news import (
    ChargebackNews,
    Header,
    Json,
    Named,
    News,
    PaymentNews,
    amount,
    body_of,
    is_signed_lately,
    named,
    part,
    signature,
    text,
    words,
)
from backoffice.kernel.gateways.payments import Refunded, RefundNews, Refused

SIGNATURE = "x-sandbox-signature"


class SandboxWebhooks:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    def is_genuine(self, raw: bytes, header: Header, *, at: datetime) -> bool:
        return is_signed_lately(self._secret, raw, header=header(SIGNATURE), at=at)

    def name(self, raw: bytes) -> Named:
        return named(raw, kind="type", id="id")

    def read(self, raw: bytes) -> News | None:
        body = body_of(raw)
        about, _, what = text(body, "type").partition(".")
        if about == "payment" and what in ("captured", "failed"):
            return _payment(part(body, "payment"), captured=what == "captured")
        if about == "refund" and what in ("processed", "failed"):
            return _refund(part(body, "refund"), done=what == "processed")
        if about == "chargeback" and what in ("opened", "won", "lost"):
            return _chargeback(part(body, "chargeback"), what)
        return None


def signed(event: Mapping[str, Any], *, secret: str, at: datetime) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of a webhook that tells this."""
    raw, time = orjson.dumps(event), str(int(at.timestamp()))
    return raw, {SIGNATURE: f"t={time},v1={signature(secret, time.encode() + b'.' + raw)}"}


def _payment(told: Json, *, captured: bool) -> PaymentNews:
    reason = None if captured else words(told, "reason") or "no reason told"
    return PaymentNews((text(told, "id"),), amount(told, "amount"), _currency(told), captured, reason)


def _refund(told: Json, *, done: bool) -> RefundNews:
    reference = text(told, "id")
    reason = words(told, "reason") or "no reason told"
    outcome = Refunded(reference) if done else Refused("failed", reason)
    paid = (text(told, "payment"),)
    return RefundNews(words(told, "key"), paid, amount(told, "amount"), _currency(told), outcome, reference)


def _chargeback(told: Json, stage: str) -> ChargebackNews:
    reason = words(told, "reason") or "no reason told"
    paid = (text(told, "payment"),)
    return ChargebackNews(text(told, "id"), paid, amount(told, "amount"), _currency(told), stage, reason)


def _currency(told: Json) -> str:
    return words(told, "currency") or "INR"
