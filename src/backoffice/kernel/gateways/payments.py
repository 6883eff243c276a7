"""The port of payment gateways: money that was captured there is given back. Called outside any transaction.

What a gateway does not say clearly is unknown, and the unknown is never taken for a refusal: money may be on its way.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol


class GatewayUnavailable(Exception):
    """Nobody knows whether the refund was taken: it is asked for by its key before it is sent again.

    Its words say why, for staff to read: no secret is in them.
    """


class GatewayNotSetUp(GatewayUnavailable):
    """Nobody here can talk to the gateway of this payment: its refunds wait, and no other gateway gives them."""


class GatewayDiffers(GatewayUnavailable):
    """Under our key the gateway has another amount or currency than was ordered: `given` says which.

    Whoever can't do anything with that knows nothing of the order's outcome.
    """

    def __init__(self, gateway: str, given: "OtherAmount") -> None:
        amount = f"{given.amount_minor} {given.currency} in minor units"
        super().__init__(f"{gateway} knows {given.reference} under our key, and it is another amount: {amount}")
        self.given = given


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """`key` names the refund for ever: handed over twice, it gives the money back once.

    `payment` is the id of the payment at its `gateway`, `captured_minor` what was captured of it: a real gateway knows
    that, the sandbox is told.
    """

    key: str
    gateway: str
    payment: str
    amount_minor: int
    currency: str
    captured_minor: int


@dataclass(frozen=True, slots=True)
class Refunded:
    """The gateway gave the money back, or promised to."""

    reference: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The gateway gives nothing back, and says why."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Underway:
    """The gateway took the refund and will tell what becomes of it."""

    reference: str


RefundOutcome = Refunded | Refused | Underway


@dataclass(frozen=True, slots=True)
class OtherAmount:
    """The gateway gave this, or took it to give, where something else was ordered."""

    reference: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class RefundNews:
    """A refund as its gateway tells of it by itself, under its own `reference`.

    `key` is ours; None when somebody else asked the gateway for it. `payments` are the ids under which it knows what
    was paid.
    """

    key: str | None
    payments: tuple[str, ...]
    amount_minor: int
    currency: str
    outcome: RefundOutcome
    reference: str


class PaymentGateway(Protocol):
    name: str
    key_lifetime: timedelta
    """How long the gateway knows a key; later the refund is asked for first."""

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        """Give money back; under the same key it is given once. GatewayUnavailable when nobody knows."""

    async def find_refund(self, order: RefundOrder) -> RefundOutcome | None:
        """What became of the refund of this key; None when the gateway never heard of it. GatewayDiffers."""

    def list_refunds(self, *, since: datetime) -> AsyncIterator[list[RefundNews]]:
        """All refunds that were made there since then, whoever asked for them, page by page. GatewayUnavailable."""

    async def ping(self) -> None:
        """Ask for nothing but an answer, with our key. GatewayUnavailable says what is wrong."""

    def close(self) -> None:
        """Let go of threads and connections; it is not asked again."""


def refuse_foreign(order: RefundOrder, gateway: str) -> None:
    """A payment is given back where it was captured and nowhere else. GatewayNotSetUp for any other."""
    if order.gateway != gateway:
        raise GatewayNotSetUp(f"a payment of {order.gateway} can't be given back by {gateway}")


def check_amount(order: RefundOrder, told: Any, *, currency: Any, reference: str, gateway: str) -> None:
    """Whether a gateway speaks of what was ordered. GatewayDiffers, GatewayUnavailable where it names no amount."""
    if type(told) is not int or not isinstance(currency, str):
        raise GatewayUnavailable(f"{gateway} does not say how much {reference} is")
    if (told, currency.upper()) != (order.amount_minor, order.currency):
        raise GatewayDiffers(gateway, OtherAmount(reference, told, currency.upper()))
