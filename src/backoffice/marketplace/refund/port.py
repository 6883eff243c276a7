"""The payment gateways of this installation, from its settings. Each SDK is loaded by whoever first needs it."""

from functools import lru_cache

from backoffice.kernel.files.shelf import shelf_of
from backoffice.kernel.gateways.books import FolderBooks
from backoffice.kernel.gateways.payments import GatewayNotSetUp, PaymentGateway
from backoffice.kernel.gateways.razorpay_payments import RazorpayGateway
from backoffice.kernel.gateways.sandbox_payments import SandboxGateway
from backoffice.kernel.gateways.stripe_payments import StripeGateway
from backoffice.marketplace.payment.rules import Gateway
from backoffice.settings import Settings

SANDBOX_FOLDER = "sandbox-gateway"


def gateway_of(settings: Settings, gateway: Gateway) -> PaymentGateway:
    """The gateway by which a payment came. GatewayNotSetUp where it is not set up here: no other one stands in."""
    secret, timeout = "", settings.payment_gateway_timeout_seconds
    match gateway:
        case Gateway.RAZORPAY if secret := settings.razorpay_key_secret.get_secret_value():
            return _razorpay(settings.razorpay_key_id, secret, address=settings.razorpay_url, timeout_seconds=timeout)
        case Gateway.STRIPE if secret := settings.stripe_secret_key.get_secret_value():
            return _stripe(secret, address=settings.stripe_url, timeout_seconds=timeout)
        case Gateway.SANDBOX if is_sandbox_on(settings):
            return sandbox_of(settings)
    raise GatewayNotSetUp(f"the payment gateway {gateway} is not set up here")


def sandbox_of(settings: Settings) -> SandboxGateway:
    """The sandbox with its books, asked for where `is_sandbox_on`."""
    books = shelf_of(settings, SANDBOX_FOLDER) or FolderBooks(settings.data_folder / SANDBOX_FOLDER)
    return SandboxGateway(books, behaviour=settings.sandbox_gateway_behaviour)


def is_sandbox_on(settings: Settings) -> bool:
    """Where a real gateway is set up the sandbox gives nothing back unless it is told to: money is real there."""
    if settings.sandbox_gateway != "auto":
        return settings.sandbox_gateway == "on"
    real = (settings.razorpay_key_secret, settings.stripe_secret_key)
    return not any(secret.get_secret_value() for secret in real)


@lru_cache(maxsize=1)
def _razorpay(key_id: str, secret: str, *, address: str, timeout_seconds: float) -> PaymentGateway:
    return RazorpayGateway(key_id, secret, address=address, timeout_seconds=timeout_seconds)


@lru_cache(maxsize=1)
def _stripe(secret: str, *, address: str, timeout_seconds: float) -> PaymentGateway:
    return StripeGateway(secret, address=address, timeout_seconds=timeout_seconds)
