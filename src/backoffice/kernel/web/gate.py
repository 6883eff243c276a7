"""Around every door of a product: request id, errors in the product's shape, security headers, log line, numbers."""

import re
import time
from collections.abc import Iterable

import orjson
import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backoffice.kernel.actor import Context
from backoffice.kernel.errors import NotFound
from backoffice.kernel.failures import plain
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.telemetry import count_request
from backoffice.kernel.traces import span_of_request, tell_of_request
from backoffice.kernel.web.call import LONGEST_AGENT, Call, Given, client_address
from backoffice.kernel.web.doorway import Doorway
from backoffice.kernel.web.lock import ENCODING
from backoffice.kernel.web.pages import asks_for_a_page, nothing_for_a_person
from backoffice.kernel.web.product import Product
from backoffice.kernel.web.refusals import Broken, headers_of, refusal_of, status_of

log = structlog.get_logger("backoffice.http")
ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"strict-transport-security", b"max-age=31536000"),
)


def request_id_of(headers: Given) -> str:
    """The caller's X-Request-Id or X-Trace-Id when it is a plain word, else a new id."""
    given = headers.get("x-request-id") or headers.get("x-trace-id") or ""
    return given if ACCEPTED_ID.fullmatch(given) else uuid7().hex


def marked(headers: Iterable[tuple[bytes, bytes]], request_id: bytes) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with those that every answer has; what a door says itself stays as it is."""
    said = [*headers]
    present = {name for name, _ in said}
    marks = ((b"x-request-id", request_id), (b"x-trace-id", request_id), *SECURITY_HEADERS)
    return said + [mark for mark in marks if mark[0] not in present]


def let_go(failure: BaseException | None) -> None:
    """Forget where a failure came from, once it is logged: what its frames hold often holds the failure itself."""
    while failure is not None and failure.__traceback__ is not None:
        failure.__traceback__ = None
        failure = failure.__cause__ or failure.__context__


class _Said:
    """The request's id in every line of the log meanwhile: `bound_contextvars` at a third of its time."""

    __slots__ = ("_before", "_request_id")

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id

    def __enter__(self) -> None:
        self._before = structlog.contextvars.bind_contextvars(request_id=self._request_id)

    def __exit__(self, *_: object) -> None:
        structlog.contextvars.reset_contextvars(**self._before)


class Gate:
    """ASGI: everything a request meets before and after its door. What fits no door goes on to `otherwise`."""

    def __init__(self, doorway: Doorway, *, otherwise: ASGIApp, product: Product, house: House) -> None:
        self._doorway = doorway
        self._otherwise = otherwise
        self._product = product
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._otherwise(scope, receive, send)
            return
        started = time.perf_counter()
        headers = Given(scope["headers"])
        request_id = request_id_of(headers)
        said_id = request_id.encode()
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = marked(message["headers"], said_id)
            await send(message)

        found = self._doorway.find(scope)
        seen = span_of_request(headers.get("traceparent"), request_id=request_id, product=self._product.name)
        with _Said(request_id), seen as span:
            try:
                self._house.pause.refuse()
                if found is None:
                    await self._otherwise(scope, receive, send_marked)
                else:
                    context = self._context(scope, headers, request_id)
                    at_door, in_path = found
                    call = Call(self._house, Request(scope, receive), headers, context, at_door.path_format, in_path)
                    await at_door.answer(call, send_marked)
            except Exception as failure:
                if status:
                    raise
                await self._refuse(failure, request_id, send_marked)
                let_go(failure)
            door = found[0] if found else scope.get("route")
            self._note(scope, door, status, time.perf_counter() - started)
            tell_of_request(span, method=scope["method"], path=getattr(door, "path_format", "none"), status=status)

    def _context(self, scope: Scope, headers: Given, request_id: str) -> Context:
        trusted = self._house.settings.trusted_proxies
        address = client_address(scope["client"], headers, trusted_proxies=trusted)
        return Context(request_id, address, (headers.get("user-agent") or "")[:LONGEST_AGENT])

    async def _refuse(self, failure: Exception, request_id: str, send: Send) -> None:
        refusal = refusal_of(failure, request_id)
        status = status_of(type(refusal))
        if isinstance(refusal, Broken):
            log.error("request failed", exc_info=failure)
        elif status == 503:
            log.warning("unavailable", cause=plain(failure))
        body = orjson.dumps(self._product.shape(refusal, status), option=ENCODING)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": [*headers, *headers_of(refusal)]})
        await send({"type": "http.response.body", "body": body})

    def _note(self, scope: Scope, door: object, status: int, seconds: float) -> None:
        count_request(self._product.name, getattr(door, "path_format", "none"), status=status, seconds=seconds)
        log.info("request", method=scope["method"], path=scope["path"], status=status, ms=round(seconds * 1000, 1))


async def nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    """What a path without a door answers."""
    if not asks_for_a_page(Request(scope)):
        raise NotFound
    await nothing_for_a_person()(scope, receive, send)
