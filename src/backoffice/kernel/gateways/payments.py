"""The port of payment gateways: money that was captured there is given back. Called outside any transaction.

What a gateway does not say clearly is unknown, and the unknown is never taken for a refusal: money may be on its way.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


class GatewayUnavailable(Exception):
    """Nobody knows whether the refund was taken: it is asked for by its key before it is sent again.

    Its words say why, for staff to read: no secret is in them.
    """


class GatewayNotSetUp(GatewayUnavailable):
    """Nobody here can talk to the gateway of this payment: its refunds wait, and no other gateway gives them."""


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


class PaymentGateway(Protocol):
    name: str
    key_lifetime: timedelta
    """How long the gateway knows a key; later the refund is asked for first."""

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        """Give money back; under the same key it is given once. GatewayUnavailable when nobody knows."""

    async def find_refund(self, order: RefundOrder) -> RefundOutcome | None:
        """What became of the refund of this key; None when the gateway never heard of it."""

    async def ping(self) -> None:
        """Ask for nothing but an answer, with our key. GatewayUnavailable says what is wrong."""

    def close(self) -> None:
        """Let go of threads and connections; it is not asked again."""


def refuse_foreign(order: RefundOrder, gateway: str) -> None:
    """A payment is given back where it was captured and nowhere else. GatewayNotSetUp for any other."""
    if order.gateway != gateway:
        raise GatewayNotSetUp(f"a payment of {order.gateway} can't be given back by {gateway}")
