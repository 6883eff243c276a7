"""What `backoffice check` tries for the helpdesk: Meta's account and the model."""

from backoffice.probing import NOT_SET, Wrong, answers
from backoffice.settings import Settings


async def whatsapp(settings: Settings) -> str:
    needed = {
        "WHATSAPP_PHONE_NUMBER_ID": settings.whatsapp_phone_number_id,
        "WHATSAPP_ACCESS_TOKEN": settings.whatsapp_access_token.get_secret_value(),
        "WHATSAPP_APP_SECRET": settings.whatsapp_app_secret.get_secret_value(),
        "WHATSAPP_VERIFY_TOKEN": settings.whatsapp_verify_token.get_secret_value(),
    }
    if not needed["WHATSAPP_ACCESS_TOKEN"]:
        return f"{NOT_SET}: `backoffice run` plays Meta, other processes send nothing"
    if missing := [name for name, value in needed.items() if not value]:
        raise Wrong(f"{', '.join(missing)} not set")
    url = f"{settings.whatsapp_graph_url}/{settings.whatsapp_phone_number_id}"
    return await answers(url, token=needed["WHATSAPP_ACCESS_TOKEN"])


async def model(settings: Settings) -> str:
    if not settings.llm_base_url:
        return f"{NOT_SET}: the offline responder answers"
    if not settings.llm_model:
        raise Wrong("LLM_MODEL is not set")
    return await answers(f"{settings.llm_base_url.rstrip('/')}/models", token=settings.llm_api_key.get_secret_value())


PROBES = {"whatsapp": whatsapp, "model": model}
