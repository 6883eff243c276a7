"""Stripe through its own SDK: refunds of captured payments, made once for each of our keys, found by that key.

A key goes along as Idempotency-Key, and stays with the refund in its metadata. Stripe keeps the first answer under it
for a day, failures of its own included: an answer that it only repeats is no news, so the refund is looked at.
https://docs.stripe.com/api/idempotent_requests
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from backoffice.kernel.gateways.blocking import BlockingCalls
from backoffice.kernel.gateways.news import readable
from backoffice.kernel.gateways.payments import (
    GatewayUnavailable,
    Refunded,
    RefundNews,
    RefundOrder,
    RefundOutcome,
    Refused,
    Underway,
    check_amount,
    refuse_foreign,
)
from backoffice.kernel.gateways.stripe_news import refund_news

NAME = "stripe"
KINDS = {"pi": "payment_intent", "ch": "charge", "py": "charge"}
"""What an id's beginning says it is."""
PLACES = 8
PAGE, MOST_REFUNDS, MOST_LISTED = 100, 1_000, 1_000
"""Refunds a page, refunds of one payment, and pages of all payments."""
NOTE = "refund_id"
"""What our key is called in the metadata of a refund."""
NOTHING_GIVEN = frozenset(
    {
        "amount_too_small",
        "balance_insufficient",
        "charge_disputed",
        "charge_not_refundable",
        "insufficient_funds",
        "payment_intent_unexpected_state",
        "refund_disputed_payment",
        "resource_missing",
    }
)
"""Codes by which Stripe says that it gave nothing back. Any other is unknown. https://docs.stripe.com/error-codes"""
NOTHING_LEFT = frozenset({"amount_too_large", "charge_already_refunded"})
"""The same where it may be our own refund that took what was left: it is looked for before this is believed."""


class StripeGateway:
    """One account. Keeps its connections between calls: one of these per process, which loads the SDK."""

    name = NAME
    key_lifetime = timedelta(hours=23)

    def __init__(self, secret: str, *, address: str, timeout_seconds: float) -> None:
        import stripe  # noqa: PLC0415 - only a worker of an installation with Stripe needs it

        self._failure: type[Exception] = stripe.StripeError
        self._calls = BlockingCalls("Stripe", places=PLACES, seconds=2 * timeout_seconds)
        self._client = stripe.StripeClient(
            secret,
            base_addresses={"api": address.rstrip("/")},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=timeout_seconds),
        )

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        refuse_foreign(order, NAME)
        if order.payment.partition("_")[0] not in KINDS:
            return Refused("payment_unknown", f"{order.payment} is no payment's id at Stripe")
        return await self._calls.make(lambda: self._refund(order))

    async def find_refund(self, order: RefundOrder) -> RefundOutcome | None:
        refuse_foreign(order, NAME)
        return await self._calls.make(lambda: self._find(order))

    async def list_refunds(self, *, since: datetime) -> AsyncIterator[list[RefundNews]]:
        """The latest first, each page after the last one of the page before. https://docs.stripe.com/api/refunds/list"""
        asked: dict[str, Any] = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
        for _ in range(MOST_LISTED):
            refunds, has_more = await self._calls.make(partial(self._list, asked))
            yield readable(refunds, refund_news)
            if not has_more:
                return
            asked = {**asked, "starting_after": refunds[-1]["id"]}
        raise GatewayUnavailable("Stripe has more refunds of these days than can be looked through")

    async def ping(self) -> None:
        await self._calls.make(lambda: self._clearly(self._client.v1.balance.retrieve))

    def close(self) -> None:
        """Each thread has a session of its own, which ends with it."""
        self._calls.close()

    def _refund(self, order: RefundOrder) -> RefundOutcome:
        asked = {**_of_payment(order), "amount": order.amount_minor, "metadata": {NOTE: order.key}}
        try:
            told = self._client.v1.refunds.create(asked, {"idempotency_key": order.key})
        except self._failure as no:
            return self._meaning_of(no, order)
        if _is_repeated(told):
            told = self._clearly(lambda: self._client.v1.refunds.retrieve(told.id))
        return _outcome(told.to_dict(), order)

    def _meaning_of(self, no: Any, order: RefundOrder) -> RefundOutcome:
        """Only codes that we know are a refusal. A failure that Stripe only repeats may have ended well meanwhile."""
        code, words = no.code or "", str(no.user_message or type(no).__name__)
        is_request = no.http_status in (400, 402, 404)
        if is_request and code in NOTHING_GIVEN:
            return Refused(code, words)
        if is_request and (code in NOTHING_LEFT or (not code and getattr(no, "param", None) == "amount")):
            return self._find(order) or Refused(code or "amount_too_large", words)
        if _repeats(no.headers) and (found := self._find(order)) is not None:
            return found
        raise GatewayUnavailable(f"Stripe: {words[:300]} ({no.http_status or 'no answer'} {code})")

    def _list(self, asked: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
        """A page of refunds, and whether another one follows."""
        page = self._clearly(lambda: self._client.v1.refunds.list(asked))
        refunds = [one.to_dict() for one in page.data]
        return refunds, bool(page.has_more and refunds)

    def _find(self, order: RefundOrder) -> RefundOutcome | None:
        found: RefundOutcome | None = self._clearly(lambda: self._look_for(order))
        return found

    def _clearly(self, ask: Callable[[], Any]) -> Any:
        """The answer to a question; whatever else comes back says nothing about any refund."""
        try:
            return ask()
        except self._failure as failure:
            no: Any = failure
            raise GatewayUnavailable(f"Stripe: {no.user_message} ({no.http_status or 'no answer'})") from None

    def _look_for(self, order: RefundOrder) -> RefundOutcome | None:
        refunds = self._client.v1.refunds.list({**_of_payment(order), "limit": PAGE})
        for number, one in enumerate(refunds.auto_paging_iter()):
            told = one.to_dict()
            if (told.get("metadata") or {}).get(NOTE) == order.key:
                return _outcome(told, order)
            if number >= MOST_REFUNDS:
                raise GatewayUnavailable(f"{order.payment} has more refunds at Stripe than can be looked through")
        return None


def _of_payment(order: RefundOrder) -> dict[str, Any]:
    return {KINDS[order.payment.partition("_")[0]]: order.payment}


def _is_repeated(told: Any) -> bool:
    return told.last_response is not None and _repeats(told.last_response.headers)


def _repeats(headers: Mapping[str, str] | None) -> bool:
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    return lowered.get("idempotent-replayed") == "true"


def _outcome(refund: Mapping[str, Any], order: RefundOrder) -> RefundOutcome:
    """What a refund is at Stripe, if it is the one that was ordered."""
    reference, status = str(refund.get("id")), refund.get("status")
    if status in ("failed", "canceled"):
        return Refused(str(refund.get("failure_reason") or status), f"Stripe could not carry out {reference}")
    if status not in ("succeeded", "pending", "requires_action"):
        raise GatewayUnavailable(f"Stripe says that {reference} is {status!r}, which nobody here knows")
    check_amount(order, refund.get("amount"), currency=refund.get("currency"), reference=reference, gateway="Stripe")
    return Refunded(reference) if status == "succeeded" else Underway(reference)
