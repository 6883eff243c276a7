"""One attempt: a signed POST to a checked address, without redirects or proxies, within ten seconds."""

import asyncio
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache

import httpx
from standardwebhooks import Webhook

from backoffice.kernel.telemetry import OUTSIDE
from backoffice.kernel.webhooks.addresses import Resolve, find_addresses, look_up, parse_url
from backoffice.kernel.webhooks.rules import LONGEST_ERROR, REDIRECTS, AddressRefused, Outcome
from backoffice.kernel.write import outside_transaction

TIMEOUT_SECONDS = 10.0
CONNECT_SECONDS = 3.0
"""For each address of a name, so that one that is silent leaves time for the next."""
MOST_BYTES_READ = 64 * 1024
NOT_CALLED = (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError)


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: always the same id and bytes. With two secrets it is signed twice, while a rotation lasts."""

    id: str
    body: str
    secrets: tuple[str, ...] = field(repr=False)

    def headers(self, now: datetime) -> dict[str, str]:
        signatures = [Webhook(secret).sign(self.id, now, self.body) for secret in self.secrets]
        return {
            "content-type": "application/json",
            "user-agent": "backoffice",
            "webhook-id": self.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


@cache
def trusted() -> ssl.SSLContext:
    """The certificate authorities that httpx brings; read once, for it takes longer than most attempts."""
    return httpx.create_ssl_context(trust_env=False)


class CheckedTransport(httpx.AsyncBaseTransport):
    """Connects to an address that was checked, under the URL's own name in TLS and in the Host header."""

    def __init__(self, *, resolve: Resolve, allow_loopback: bool, authorities: ssl.SSLContext) -> None:
        self._resolve = resolve
        self._allow_loopback = allow_loopback
        self._inner = httpx.AsyncHTTPTransport(verify=authorities, trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        addresses = await find_addresses(request.url, resolve=self._resolve, allow_loopback=self._allow_loopback)
        *others, last = addresses
        for address in others:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._inner.handle_async_request(_directed(request, address))
        return await self._inner.handle_async_request(_directed(request, last))

    async def aclose(self) -> None:
        await self._inner.aclose()


def _directed(request: httpx.Request, address: str) -> httpx.Request:
    """The same request to this address. Its headers were made before: Host says the name."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")},
    )


@dataclass(frozen=True, slots=True)
class Sender:
    """How attempts are made. `resolve` looks names up, `authorities` vouch for certificates."""

    allow_loopback: bool = False
    resolve: Resolve = look_up
    authorities: ssl.SSLContext = field(default_factory=trusted)
    timeout_seconds: float = TIMEOUT_SECONDS

    async def check(self, text: str) -> None:
        """Whether this URL may be called now. AddressRefused."""
        outside_transaction("webhook endpoint")
        await find_addresses(parse_url(text), resolve=self.resolve, allow_loopback=self.allow_loopback)

    async def send(self, url: str, message: Message) -> Outcome:
        """Never raises for what the network or the endpoint does: that is the outcome."""
        outside_transaction("webhook endpoint")
        began = time.perf_counter()
        answer, error = None, None
        try:
            async with asyncio.timeout(self.timeout_seconds), self._client() as client:
                headers = message.headers(datetime.now(UTC))
                async with client.stream("POST", parse_url(url), content=message.body, headers=headers) as response:
                    answer = response
                    await _read_away(response)
        except TimeoutError:
            error = f"no answer within {self.timeout_seconds:g} seconds"
        except AddressRefused as refused:
            error = refused.sentence
        except NOT_CALLED as failure:
            error = f"{type(failure).__name__}: {failure}".removesuffix(": ")
        seconds = time.perf_counter() - began
        OUTSIDE.labels("webhooks", "answered" if answer else "failed").observe(seconds)
        milliseconds = round(seconds * 1_000)
        return _outcome(answer, error, milliseconds=milliseconds)

    def _client(self) -> httpx.AsyncClient:
        transport = CheckedTransport(
            resolve=self.resolve, allow_loopback=self.allow_loopback, authorities=self.authorities
        )
        patience = httpx.Timeout(self.timeout_seconds, connect=CONNECT_SECONDS)
        return httpx.AsyncClient(transport=transport, timeout=patience, trust_env=False, follow_redirects=False)


async def _read_away(response: httpx.Response) -> None:
    """Read a little of the answer, so that the other side is not cut off, and keep nothing."""
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read >= MOST_BYTES_READ:
            return


def _outcome(answer: httpx.Response | None, error: str | None, *, milliseconds: int) -> Outcome:
    """What came after the status line changes nothing about it."""
    if answer is None:
        return Outcome(None, milliseconds, (error or "")[:LONGEST_ERROR])
    status = answer.status_code
    if status in REDIRECTS:
        return Outcome(status, milliseconds, "redirects are not followed")
    return Outcome(status, milliseconds, patience_seconds=_patience_in(answer.headers.get("retry-after", "")))


def _patience_in(retry_after: str) -> int | None:
    """Retry-After in seconds, from a number or a date; None for anything else."""
    if retry_after.isdecimal() and len(retry_after) <= 9:
        return int(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0, round((until.astimezone(UTC) - datetime.now(UTC)).total_seconds()))
