"""Around every door of a product: request id, errors in the product's shape, security headers, log line, numbers."""

import re
import time

import orjson
import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backoffice.kernel.errors import NotFound
from backoffice.kernel.failures import plain
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.telemetry import LATENCY, REQUESTS
from backoffice.kernel.web.call import Call, context_of
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


def request_id_of(headers: Headers) -> str:
    """The caller's X-Request-Id or X-Trace-Id when it is a plain word, else a new id."""
    given = headers.get("x-request-id") or headers.get("x-trace-id") or ""
    return given if ACCEPTED_ID.fullmatch(given) else uuid7().hex


class Gate:
    """ASGI: everything a request meets before and after its door."""

    def __init__(self, inner: ASGIApp, *, product: Product, house: House) -> None:
        self._inner = inner
        self._product = product
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        started = time.perf_counter()
        request = Request(scope, receive)
        request_id = request_id_of(request.headers)
        context = context_of(request, request_id, trusted_proxies=self._house.settings.trusted_proxies)
        scope["state"] = {"call": Call(self._house, request, context)}
        marks = [(b"x-request-id", request_id.encode()), (b"x-trace-id", request_id.encode()), *SECURITY_HEADERS]
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(mark for mark in marks if mark[0] not in present)]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._inner(scope, receive, send_marked)
            except Exception as failure:
                if status:
                    raise
                await self._refuse(failure, request_id, send_marked)
            self._note(scope, status, time.perf_counter() - started)

    async def _refuse(self, failure: Exception, request_id: str, send: Send) -> None:
        refusal = refusal_of(failure, request_id)
        status = status_of(type(refusal))
        if isinstance(refusal, Broken):
            log.error("request failed", exc_info=failure)
        elif status == 503:
            log.warning("unavailable", cause=plain(failure))
        body = orjson.dumps(self._product.shape(refusal, status))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": [*headers, *headers_of(refusal)]})
        await send({"type": "http.response.body", "body": body})

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        door = getattr(scope.get("route"), "path_format", "none")
        REQUESTS.labels(self._product.name, door, status).inc()
        LATENCY.labels(self._product.name, door).observe(seconds)
        log.info("request", method=scope["method"], path=scope["path"], status=status, ms=round(seconds * 1000, 1))


async def nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    """What a path without a door answers."""
    if not asks_for_a_page(Request(scope)):
        raise NotFound
    await nothing_for_a_person()(scope, receive, send)
