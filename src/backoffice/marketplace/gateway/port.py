"""Who reads the webhooks of which gateway, from the settings of this installation."""

from backoffice.kernel.gateways.news import Webhooks
from backoffice.kernel.gateways.razorpay_news import RazorpayWebhooks
from backoffice.kernel.gateways.sandbox_news import SandboxWebhooks
from backoffice.kernel.gateways.stripe_news import StripeWebhooks
from backoffice.marketplace.payment.rules import Gateway
from backoffice.settings import Settings


def webhooks_of(settings: Settings, gateway: Gateway) -> Webhooks:
    """Without its secret nothing that comes under this gateway's name is genuine."""
    match gateway:
        case Gateway.RAZORPAY:
            return RazorpayWebhooks(settings.razorpay_webhook_secret.get_secret_value())
        case Gateway.STRIPE:
            return StripeWebhooks(settings.stripe_webhook_secret.get_secret_value())
        case Gateway.SANDBOX:
            return SandboxWebhooks(settings.sandbox_gateway_webhook_secret.get_secret_value())
