"""Calls WhatsApp's Graph API through pywa: text, buttons, templates, media.

A message must never go out twice because we guessed. So every failure is one of three: GraphRefused and
GraphUnavailable mean it was not sent, GraphUncertain means that only a delivery status can tell.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from pywa.errors import ThrottlingError, WhatsAppError
from pywa.types import callback
from pywa.types.sent_update import RecipientType
from pywa.types.templates import TemplateLanguage
from pywa_async.client import WhatsApp

from backoffice.helpdesk.whatsapp.payload import Button, as_digits
from backoffice.kernel.telemetry import Timed
from backoffice.kernel.write import outside_transaction

GRAPH_ADDRESS = "https://graph.facebook.com"
LARGEST_TRACKER = 512
LARGEST_MEDIA_BYTES = 100 * 1024 * 1024
MEDIA_DOWNLOAD_ERROR = 131052
UNKNOWN_TEMPLATE = 132001
UNDELIVERABLE = 131026
TEMPLATE_LANGUAGES = frozenset(language.value for language in TemplateLanguage)

# pywa logs whole messages, and advice about its own arguments; what failed is in our exceptions.
logging.getLogger("pywa").setLevel(logging.ERROR)

NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.LocalProtocolError,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
UNREADABLE_ANSWER = (httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError)


class GraphFailure(Exception):
    """A call to WhatsApp that brought no usable answer."""


class GraphRefused(GraphFailure):
    """WhatsApp looked at the request and declined it: not sent. When `throttled`, the same request may pass later."""

    def __init__(self, code: int, title: str, *, throttled: bool = False) -> None:
        super().__init__(f"{title} ({code})")
        self.code, self.title, self.throttled = code, title, throttled


class GraphUnavailable(GraphFailure):
    """No connection came about: not sent."""


class GraphUncertain(GraphFailure):
    """The request left and no clear answer came back: it may have been sent."""


@dataclass(frozen=True, slots=True)
class Media:
    content: bytes
    mime: str


class Graph:
    """One business phone number. Keeps its connections open between calls: one per process, ended with aclose()."""

    def __init__(
        self,
        phone_id: str,
        token: str,
        *,
        address: str = GRAPH_ADDRESS,
        timeout_seconds: float = 10,
        largest_media_bytes: int = LARGEST_MEDIA_BYTES,
    ) -> None:
        if not token:
            raise ValueError("WhatsApp's Graph API needs an access token")
        self._largest_media_bytes = largest_media_bytes
        self._session = httpx.AsyncClient(timeout=timeout_seconds)
        self._client = WhatsApp(phone_id=phone_id, token=token, session=self._session)
        # pywa has just written Meta's own address into the session; only its version is wanted.
        self._session.base_url = httpx.URL(address.rstrip("/") + self._session.base_url.path)

    async def aclose(self) -> None:
        await self._session.aclose()

    async def send_text(self, to: str, body: str, *, tracker: str) -> str:
        """Send words to a number or an id. Returns WhatsApp's message id; `tracker` comes back with its statuses."""
        async with _failures_sorted(tracker):
            sent = await self._client.send_message(_address(to), body, tracker=tracker)
            return sent.id

    async def send_buttons(self, to: str, body: str, *, buttons: Sequence[Button], tracker: str) -> str:
        """Send words with one to three buttons to answer by. Returns WhatsApp's message id."""
        choices = [callback.Button(title=button.title, callback_data=button.id) for button in buttons]
        async with _failures_sorted(tracker):
            sent = await self._client.send_message(_address(to), body, buttons=choices, tracker=tracker)
            return sent.id

    async def send_template(
        self, to: str, name: str, *, language: str, variables: Sequence[str] = (), tracker: str
    ) -> str:
        """Send an approved template, all WhatsApp allows once the customer has been silent for 24 hours."""
        if language not in TEMPLATE_LANGUAGES:
            # pywa would send the word UNKNOWN instead.
            raise GraphRefused(UNKNOWN_TEMPLATE, f"WhatsApp has no template language '{language}'")
        words = [{"type": "text", "text": variable} for variable in variables]
        filled = [{"type": "body", "parameters": words}] if words else None
        async with _failures_sorted(tracker):
            sent = await self._client.send_template(
                _address(to),
                name,
                TemplateLanguage(language),
                filled,
                tracker=tracker,
            )
            return sent.id

    async def download_media(self, media_id: str) -> Media:
        """What a customer attached. WhatsApp keeps it for 30 days and takes at most 100 MB; more is refused."""
        async with _failures_sorted():
            found = await self._client.get_media_url(media_id)
            content = bytearray()
            async for chunk in self._client.stream_media(found.url):
                content += chunk
                if len(content) > self._largest_media_bytes:
                    limit = f"The file is larger than {self._largest_media_bytes} bytes"
                    raise GraphRefused(MEDIA_DOWNLOAD_ERROR, limit)
            return Media(bytes(content), found.mime_type)


def _address(to: str) -> str:
    """A number in E.164, or WhatsApp's id of a person; pywa would take anything else for a group."""
    if RecipientType.from_recipient(as_digits(to)) is RecipientType.GROUP_ID:
        raise GraphRefused(UNDELIVERABLE, f"WhatsApp gives no way to write to '{to}'")
    return as_digits(to)


@asynccontextmanager
async def _failures_sorted(tracker: str = "") -> AsyncIterator[None]:
    if len(tracker) > LARGEST_TRACKER:
        raise ValueError(f"a tracker has at most {LARGEST_TRACKER} characters")
    outside_transaction("whatsapp")
    try:
        with Timed("whatsapp"):
            yield
    except WhatsAppError as error:
        raise _verdict(error) from error
    except NEVER_LEFT as error:
        raise GraphUnavailable(f"WhatsApp can't be reached: {type(error).__name__}") from error
    except httpx.HTTPStatusError as error:
        raise _media_verdict(error) from error
    except UNREADABLE_ANSWER as error:
        raise GraphUncertain(f"No clear answer from WhatsApp: {type(error).__name__}") from error


def _verdict(error: WhatsAppError) -> GraphFailure:
    """Only a 4xx that carries Graph's own error (it always has a type) is a refusal; a proxy's page proves nothing."""
    status = error.status_code or 0
    if not 400 <= status < 500 or error.type is None:
        return GraphUncertain(f"WhatsApp answered {status}: {error.message}")
    message = error.message.removeprefix(f"(#{error.code}) ")
    title = f"{message}: {error.details}" if error.details else message
    return GraphRefused(error.code, title, throttled=status == 429 or isinstance(error, ThrottlingError))


def _media_verdict(error: httpx.HTTPStatusError) -> GraphFailure:
    status = error.response.status_code
    if 400 <= status < 500:
        return GraphRefused(MEDIA_DOWNLOAD_ERROR, f"The file is not there any more ({status})")
    return GraphUncertain(f"The file could not be read ({status})")
