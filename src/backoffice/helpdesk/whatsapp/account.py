"""The business account of this process: one Graph client, made when it is first needed. Only jobs need one."""

from functools import lru_cache

from backoffice.helpdesk.whatsapp.graph import Graph
from backoffice.settings import Settings


def graph_of(settings: Settings) -> Graph:
    """The client for the configured account, with its open connections."""
    return _graph(
        settings.whatsapp_phone_number_id,
        settings.whatsapp_access_token.get_secret_value(),
        address=settings.whatsapp_graph_url,
        timeout_seconds=settings.whatsapp_timeout_seconds,
        largest_media_bytes=settings.upload_limit_bytes,
    )


@lru_cache(maxsize=1)
def _graph(phone_id: str, token: str, *, address: str, timeout_seconds: float, largest_media_bytes: int) -> Graph:
    return Graph(
        phone_id, token, address=address, timeout_seconds=timeout_seconds, largest_media_bytes=largest_media_bytes
    )


async def close_graph(settings: Settings) -> None:
    """Close its connections; the next call makes a new client."""
    graph = graph_of(settings)
    _graph.cache_clear()
    await graph.aclose()
