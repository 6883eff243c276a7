"""Razorpay and Stripe through their own SDKs, each beside who plays it on loopback."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from backoffice.kernel.gateways.payments import PaymentGateway, RefundOrder
from backoffice.kernel.gateways.razorpay_payments import RazorpayGateway
from backoffice.kernel.gateways.stripe_payments import StripeGateway
from tests.kernel.gateways.stand_ins import KEY_ID, SECRET, RazorpayStandIn, StandIn, running

KEY = "0199f3c0-0000-7000-8000-00000000000"
CAPTURED = 50_000
PAYMENTS = {"razorpay": "pay_29QQoUBi66xm2f", "stripe": "pi_1GszsK2eZvKYlo2C"}


@dataclass
class Pair:
    """A gateway and who plays it."""

    gateway: PaymentGateway
    there: StandIn

    def order(self, number: int = 1, amount: int = 20_000, payment: str = "") -> RefundOrder:
        name = self.gateway.name
        return RefundOrder(f"{KEY}{number}", name, payment or PAYMENTS[name], amount, "INR", captured_minor=CAPTURED)


def gateway_at(there: StandIn, *, secret: str = SECRET, seconds: float = 5) -> PaymentGateway:
    if isinstance(there, RazorpayStandIn):
        return RazorpayGateway(KEY_ID, secret, address=there.address, timeout_seconds=seconds)
    return StripeGateway(secret, address=there.address, timeout_seconds=seconds)


@contextmanager
def playing(there: StandIn, *, secret: str = SECRET, seconds: float = 5) -> Iterator[Pair]:
    with running(there), closing(gateway_at(there, secret=secret, seconds=seconds)) as gateway:
        yield Pair(gateway, there)
