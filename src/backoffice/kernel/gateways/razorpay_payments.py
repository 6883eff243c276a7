"""Razorpay through its own SDK: refunds of captured payments, made once for each of our keys, found by that key.

A key goes along as X-Refund-Idempotency, and stays with the refund as its receipt and in its notes. Razorpay says
nowhere how long it knows a key: whoever asks a second time looks for the refund first.
https://razorpay.com/docs/api/refunds/normal-refunds-idempotent
"""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx

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
from backoffice.kernel.gateways.razorpay_news import refund_news

NAME = "razorpay"
OUTSIDE = re.compile(r"[^A-Za-z0-9_-]")
"""What Razorpay takes in no key."""
PAYMENT_ID = re.compile(r"pay_[A-Za-z0-9]{1,40}")
PLACES = 8
PAGE, MOST_PAGES, MOST_LISTED = 100, 10, 1_000
"""Refunds a page, pages of one payment, and pages of all payments."""
NOTE = "refund_id"
"""What our key is called in the notes of a refund."""
NOTHING_GIVEN = {
    "the id provided does not exist": "payment_unknown",
    "the payment status should be captured": "not_captured",
    "your account does not have enough balance": "insufficient_balance",
    "the amount must be atleast": "amount_too_small",
    "refund is not supported by the bank": "not_supported",
}
"""How Razorpay's words begin where it gave nothing back, and what we call that: its own code is the same for all."""
NOTHING_LEFT = {
    "the payment has been fully refunded already": "refunded_already",
    "the total refund amount is greater than": "amount_too_large",
    "the refund amount provided is greater than": "amount_too_large",
}
"""The same where it may be our own refund that took what was left: it is looked for before this is believed."""


class Declined(Exception):
    """Razorpay answered, with something else than what was asked for."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(f"{description[:300]} ({status})")
        self.status, self.description = status, description


class RazorpayGateway:
    """One account. Keeps its connections between calls: one of these per process, which loads the SDK."""

    name = NAME
    key_lifetime = timedelta(0)

    def __init__(self, key_id: str, secret: str, *, address: str, timeout_seconds: float) -> None:
        import razorpay  # noqa: PLC0415 - only a worker of an installation with Razorpay needs it

        self._calls = BlockingCalls("Razorpay", places=PLACES, seconds=2 * timeout_seconds)
        self._session = _Session(timeout_seconds)
        self._client = razorpay.Client(session=self._session, auth=(key_id, secret), base_url=address.rstrip("/"))

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        refuse_foreign(order, NAME)
        if not PAYMENT_ID.fullmatch(order.payment):
            return Refused("payment_unknown", f"{order.payment} is no payment's id at Razorpay")
        return await self._calls.make(lambda: self._refund(order))

    async def find_refund(self, order: RefundOrder) -> RefundOutcome | None:
        refuse_foreign(order, NAME)
        return await self._calls.make(lambda: self._find(order))

    async def list_refunds(self, *, since: datetime) -> AsyncIterator[list[RefundNews]]:
        """Up to now: what comes meanwhile moves no page. https://razorpay.com/docs/api/refunds/fetch-all"""
        asked = {"from": int(since.timestamp()), "to": int(datetime.now(UTC).timestamp()), "count": PAGE}
        for page in range(MOST_LISTED):
            refunds = await self._calls.make(partial(self._list, {**asked, "skip": PAGE * page}))
            yield readable(refunds, refund_news)
            if len(refunds) < PAGE:
                return
        raise GatewayUnavailable("Razorpay has more refunds of these days than can be looked through")

    async def ping(self) -> None:
        await self._calls.make(lambda: _clearly(lambda: self._client.payment.all({"count": 1})))

    def close(self) -> None:
        self._calls.close()
        self._session.http.close()

    def _refund(self, order: RefundOrder) -> RefundOutcome:
        body = {"amount": order.amount_minor, "receipt": order.key, "notes": {NOTE: order.key}}
        headers = {"X-Refund-Idempotency": OUTSIDE.sub("_", order.key)}
        try:
            told = self._client.payment.refund(order.payment, body, headers=headers)
        except Declined as no:
            return self._meaning_of(no, order)
        return _outcome(told, order)

    def _meaning_of(self, no: Declined, order: RefundOrder) -> RefundOutcome:
        """Only words that we know are a refusal."""
        words = no.description.casefold()
        if no.status != 400:
            raise GatewayUnavailable(f"Razorpay: {no}")
        if code := _code_in(NOTHING_GIVEN, words):
            return Refused(code, no.description)
        if code := _code_in(NOTHING_LEFT, words):
            return self._find(order) or Refused(code, no.description)
        raise GatewayUnavailable(f"Razorpay refuses by words that nobody here knows: {no}")

    def _list(self, asked: Mapping[str, int]) -> list[dict[str, Any]]:
        return [dict(one) for one in _clearly(lambda: self._client.refund.all(asked))["items"]]

    def _find(self, order: RefundOrder) -> RefundOutcome | None:
        for page in range(MOST_PAGES):
            asked = {"count": PAGE, "skip": PAGE * page}
            told = _clearly(lambda asked=asked: self._client.payment.fetch_multiple_refund(order.payment, asked))
            refunds = told["items"]
            for one in refunds:
                if _key_of(one) == order.key:
                    return _outcome(one, order)
            if len(refunds) < PAGE:
                return None
        raise GatewayUnavailable(f"{order.payment} has more refunds at Razorpay than can be looked through")


def _clearly(ask: Any) -> Any:
    """The answer to a question; whatever else comes back says nothing about any refund."""
    try:
        return ask()
    except Declined as no:
        raise GatewayUnavailable(f"Razorpay: {no}") from None


def _code_in(known: Mapping[str, str], words: str) -> str | None:
    return next((code for beginning, code in known.items() if words.startswith(beginning)), None)


def _key_of(refund: Mapping[str, Any]) -> str | None:
    notes = refund.get("notes")
    return notes.get(NOTE) if isinstance(notes, dict) else refund.get("receipt")


def _outcome(refund: Mapping[str, Any], order: RefundOrder) -> RefundOutcome:
    """What a refund is at Razorpay, if it is the one that was ordered."""
    reference, status = str(refund.get("id")), refund.get("status")
    if refund.get("payment_id") != order.payment:
        raise GatewayUnavailable(f"Razorpay knows {reference} under our key, and it is of another payment")
    if status == "failed":
        return Refused("failed", f"Razorpay could not carry out {reference}")
    if status not in ("processed", "pending"):
        raise GatewayUnavailable(f"Razorpay says that {reference} is {status!r}, which nobody here knows")
    currency = refund.get("currency") or order.currency
    check_amount(order, refund.get("amount"), currency=currency, reference=reference, gateway="Razorpay")
    return Refunded(reference) if status == "processed" else Underway(reference)


class _Session:
    """What the SDK sends through. Its own waits without end, prints failures and keeps an answer's status to itself."""

    def __init__(self, timeout_seconds: float) -> None:
        self.http = httpx.Client(timeout=timeout_seconds)

    def get(self, url: str, *, params: Any, **options: Any) -> httpx.Response:
        return self._send("GET", url, params=params, **options)

    def post(self, url: str, *, data: str, **options: Any) -> httpx.Response:
        return self._send("POST", url, content=data, **options)

    def _send(self, method: str, url: str, *, headers: Mapping[str, str], **options: Any) -> httpx.Response:
        options.pop("verify", None)
        stripped = {name: value.strip() for name, value in headers.items()}
        try:
            answer = self.http.request(method, url, headers=stripped, **options)
        except httpx.HTTPError as exc:
            raise GatewayUnavailable(f"Razorpay gave no answer: {type(exc).__name__}") from None
        if not answer.is_success:
            raise Declined(answer.status_code, _description(answer))
        return answer


def _description(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["description"])
    except (ValueError, LookupError, TypeError):
        return "no words"
