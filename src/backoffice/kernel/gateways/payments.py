"""The port of payment gateways: money that was captured there is given back. Called outside any transaction."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


class GatewayUnavailable(Exception):
    """Nobody knows whether the refund was taken: it is asked for by its key before it is sent again."""


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """`key` names the refund for ever: handed over twice, it gives the money back once."""

    key: str
    payment: str
    amount_minor: int
    currency: str


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
        """Give money back; the same key gets the first answer again. GatewayUnavailable when the answer is lost."""

    async def find_refund(self, order: RefundOrder) -> RefundOutcome | None:
        """What became of the refund of this key; None when the gateway never heard of it."""
