"""Who `backoffice run` starts beside the helpdesk: somebody who plays Meta, until a WhatsApp account is configured."""

from pydantic import SecretStr

from backoffice.kernel.web.product import Companion
from backoffice.settings import Settings


def _has_no_account(settings: Settings) -> bool:
    return not settings.whatsapp_access_token.get_secret_value()


def _account(url: str) -> dict[str, object]:
    return {
        "whatsapp_graph_url": url,
        "whatsapp_access_token": SecretStr("stand-in"),
        "whatsapp_phone_number_id": "100200300",
        "whatsapp_template": "support_message",
    }


COMPANIONS = (
    Companion(
        "WhatsApp stand-in", command="stand-in", page="/stand-in/sent", is_needed=_has_no_account, account=_account
    ),
)
