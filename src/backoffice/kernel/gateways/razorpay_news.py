"""Razorpay's webhooks: payments, refunds and chargebacks. https://razorpay.com/docs/webhooks/payloads

The signature covers the body and nothing else. So an event's name is the digest of its body: the id that comes in a
header could be put beside another body. Razorpay repeats an event with the same body.
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
    is_signed,
    named,
    part,
    text,
    words,
)
from backoffice.kernel.gateways.payments import Refunded, RefundNews, Refused, Underway

SIGNATURE = "x-razorpay-signature"
KEY_NOTE = "refund_id"
PAYMENTS = {"payment.captured": True, "payment.failed": False}
REFUNDS = frozenset({"refund.created", "refund.processed", "refund.failed"})
TAKES_MONEY = frozenset({"chargeback", "pre_arbitration", "arbitration"})
"""Phases of a dispute in which money is taken; in the others the bank only asks."""
STAGES = {"open": "opened", "under_review": "opened", "won": "won", "lost": "lost"}


class RazorpayWebhooks:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    def is_genuine(self, raw: bytes, header: Header, *, at: datetime) -> bool:
        """Razorpay signs no time: what is told twice does nothing twice."""
        return is_signed(self._secret, raw, given=header(SIGNATURE))

    def name(self, raw: bytes) -> Named:
        return named(raw, kind="event")

    def read(self, raw: bytes) -> News | None:
        body = body_of(raw)
        kind = text(body, "event")
        if kind in PAYMENTS:
            return _payment(part(body, "payload", "payment", "entity"), captured=PAYMENTS[kind])
        if kind in REFUNDS:
            return refund_news(part(body, "payload", "refund", "entity"))
        if kind.startswith("payment.dispute."):
            return _chargeback(part(body, "payload", "dispute", "entity"))
        return None


def _payment(entity: Json, *, captured: bool) -> PaymentNews:
    reason = None if captured else words(entity, "error_description") or "no reason told"
    return PaymentNews((text(entity, "id"),), amount(entity, "amount"), text(entity, "currency"), captured, reason)


def refund_news(entity: Json) -> RefundNews:
    """A refund as Razorpay writes it, in an event or in a list. NewsUnreadable."""
    reference, status = text(entity, "id"), text(entity, "status")
    if status == "processed":
        outcome: Refunded | Refused | Underway = Refunded(reference)
    elif status == "failed":
        outcome = Refused("failed", f"Razorpay could not carry out {reference}")
    elif status == "pending":
        outcome = Underway(reference)
    else:
        raise NewsUnreadable(f"nobody here knows what a refund is that is {status}")
    notes = entity.get("notes")
    key = words(notes, KEY_NOTE) if isinstance(notes, dict) else words(entity, "receipt")
    paid = (text(entity, "payment_id"),)
    return RefundNews(key, paid, amount(entity, "amount"), text(entity, "currency"), outcome, reference)


def _chargeback(entity: Json) -> ChargebackNews | None:
    """None for a bank that only asks, and for an end that says nothing about the money."""
    stage = STAGES.get(text(entity, "status"))
    if text(entity, "phase") not in TAKES_MONEY or stage is None:
        return None
    return ChargebackNews(
        text(entity, "id"),
        (text(entity, "payment_id"),),
        amount(entity, "amount"),
        text(entity, "currency"),
        stage,
        words(entity, "reason_code") or "no reason told",
    )
