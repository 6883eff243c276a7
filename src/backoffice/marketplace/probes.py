"""What `backoffice check` tries for the marketplace: the payment gateways that are set up."""

from collections.abc import Mapping

from backoffice.kernel.gateways.payments import GatewayUnavailable
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.refund.port import gateway_of, is_sandbox_on
from backoffice.probing import NOT_SET, Wrong
from backoffice.settings import Settings


async def razorpay(settings: Settings) -> str:
    names = {
        "RAZORPAY_KEY_SECRET": settings.razorpay_key_secret,
        "RAZORPAY_WEBHOOK_SECRET": settings.razorpay_webhook_secret,
    }
    return await _answers(settings, Gateway.RAZORPAY, {name: one.get_secret_value() for name, one in names.items()})


async def stripe(settings: Settings) -> str:
    names = {"STRIPE_SECRET_KEY": settings.stripe_secret_key, "STRIPE_WEBHOOK_SECRET": settings.stripe_webhook_secret}
    return await _answers(settings, Gateway.STRIPE, {name: one.get_secret_value() for name, one in names.items()})


async def _answers(settings: Settings, gateway: Gateway, needed: Mapping[str, str]) -> str:
    if not any(needed.values()):
        return f"{NOT_SET}: refunds of its payments wait"
    if missing := [name for name, value in needed.items() if not value]:
        raise Wrong(f"{', '.join(missing)} not set")
    try:
        await gateway_of(settings, gateway).ping()
    except GatewayUnavailable as exc:
        raise Wrong(str(exc)) from None
    return "answers, and takes the key"


async def sandbox(settings: Settings) -> str:
    return "on: it gives back pretended money" if is_sandbox_on(settings) else "off: a real gateway is set up"


PROBES = {"razorpay": razorpay, "stripe": stripe, "sandbox": sandbox}
