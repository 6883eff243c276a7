"""The payment gateways of this installation, from its settings."""

from backoffice.kernel.gateways.payments import PaymentGateway
from backoffice.kernel.gateways.sandbox_payments import SandboxGateway
from backoffice.marketplace.payment.rules import Gateway
from backoffice.settings import Settings

SANDBOX_FOLDER = "sandbox-gateway"


def gateway_of(settings: Settings, gateway: Gateway) -> PaymentGateway:
    return SandboxGateway(settings.data_folder / SANDBOX_FOLDER, behaviour=settings.sandbox_gateway_behaviour)
