"""Stripe's webhooks: payments, refunds and chargebacks. https://docs.stripe.com/webhooks

A payment has two ids there, of its intent and of its charge; what an event says of either is about both.
"""

from datetime import datetime

from backoffice.kernel.gateways.news import (
    ChargebackNews,
    Header,
    Json,
    Named,
    News,
    NewsUnreadable,
    PaymentNews,
    amount,
    body_of,
    is_signed_lately,
    named,
    part,
    text,
    words,
)
from backoffice.kernel.gateways.payments import Refunded, RefundNews, Refused, Underway

SIGNATURE = "stripe-signature"
KEY_NOTE = "refund_id"
REFUNDS = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})
STAGES = {"needs_response": "opened", "under_review": "opened", "won": "won", "lost": "lost"}
"""Of a dispute that takes money. One whose status begins with `warning` only asks."""


class StripeWebhooks:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    def is_genuine(self, raw: bytes, header: Header, *, at: datetime) -> bool:
        return is_signed_lately(self._secret, raw, header=header(SIGNATURE), at=at)

    def name(self, raw: bytes) -> Named:
        return named(raw, kind="type", id="id")

    def read(self, raw: bytes) -> News | None:
        body = body_of(raw)
        kind = text(body, "type")
        if kind in ("payment_intent.succeeded", "payment_intent.payment_failed"):
            return _intent(part(body, "data", "object"), captured=kind == "payment_intent.succeeded")
        if kind in ("charge.succeeded", "charge.captured", "charge.failed"):
            return _charge(part(body, "data", "object"))
        if kind in REFUNDS:
            return refund_news(part(body, "data", "object"))
        if kind.startswith("charge.dispute."):
            return _chargeback(part(body, "data", "object"))
        return None


def _intent(intent: Json, *, captured: bool) -> PaymentNews:
    taken = amount(intent, "amount_received" if captured else "amount")
    error = intent.get("last_payment_error")
    reason = None if captured else (words(error, "message") if isinstance(error, dict) else None) or "no reason told"
    return PaymentNews((text(intent, "id"),), taken, _currency(intent), captured, reason)


def _charge(charge: Json) -> PaymentNews | None:
    """None while it is only authorised."""
    paid = (text(charge, "id"), *_ids(charge, "payment_intent"))
    status = text(charge, "status")
    if status == "failed":
        reason = words(charge, "failure_message") or "no reason told"
        return PaymentNews(paid, amount(charge, "amount"), _currency(charge), captured=False, reason=reason)
    if status != "succeeded" or charge.get("captured") is not True:
        return None
    return PaymentNews(paid, amount(charge, "amount_captured"), _currency(charge), captured=True)


def refund_news(refund: Json) -> RefundNews:
    """A refund as Stripe writes it, in an event or in a list. NewsUnreadable."""
    reference, status = text(refund, "id"), text(refund, "status")
    if status == "succeeded":
        outcome: Refunded | Refused | Underway = Refunded(reference)
    elif status in ("failed", "canceled"):
        code = words(refund, "failure_reason") or status
        outcome = Refused(code, f"Stripe could not carry out {reference}")
    elif status in ("pending", "requires_action"):
        outcome = Underway(reference)
    else:
        raise NewsUnreadable(f"nobody here knows what a refund is that is {status}")
    notes = refund.get("metadata")
    key = words(notes, KEY_NOTE) if isinstance(notes, dict) else None
    return RefundNews(key, _paid(refund), amount(refund, "amount"), _currency(refund), outcome, reference)


def _chargeback(dispute: Json) -> ChargebackNews | None:
    stage = STAGES.get(text(dispute, "status"))
    if stage is None:
        return None
    return ChargebackNews(
        text(dispute, "id"),
        _paid(dispute),
        amount(dispute, "amount"),
        _currency(dispute),
        stage,
        words(dispute, "reason") or "no reason told",
    )


def _paid(about: Json) -> tuple[str, ...]:
    found = (*_ids(about, "payment_intent"), *_ids(about, "charge"))
    if not found:
        raise NewsUnreadable("it names no payment")
    return found


def _ids(about: Json, name: str) -> tuple[str, ...]:
    """An id, or the thing itself where somebody asked Stripe to send it whole."""
    value = about.get(name)
    if isinstance(value, dict):
        return (text(value, "id"),)
    return () if value is None else (text(about, name),)


def _currency(about: Json) -> str:
    return text(about, "currency").upper()
