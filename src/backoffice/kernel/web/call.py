"""One request on its way through a door."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.requests import Request

from backoffice.kernel.actor import Actor, Context
from backoffice.kernel.errors import TooLarge
from backoffice.kernel.house import House

LONGEST_AGENT = 300


@dataclass(slots=True)
class Call:
    """The house it came to, where it came from, and, once signed in, who makes it.

    `door` is the path that its door declares, `in_path` what stands there for its parameters. `place` and `asked` are
    its path and its query as the door understands them, `body` its body without what a sender makes up anew for each
    try. Nothing that it holds holds it: with its answer it is gone, without waiting for the garbage collector.
    """

    house: House
    request: Request
    context: Context
    door: str
    in_path: Mapping[str, str]
    actor: Actor | None = None
    body: bytes = b""
    place: tuple[str, ...] = ()
    asked: bytes = b""

    @property
    def caller(self) -> Actor:
        """Who was let in: a signed-in person, or a platform's key. Only public doors have none."""
        assert self.actor is not None, "a public door has no actor"
        return self.actor

    async def lagging_total(self, key: str, count: Callable[[], Awaitable[int]]) -> int:
        """A total that may lag a minute, but never for whoever just wrote."""
        fresh = await self.house.cache.just_wrote(self.caller.id)
        return await self.house.cache.total(key, count, fresh=fresh)


def context_of(request: Request, request_id: str, *, trusted_proxies: list[str]) -> Context:
    headers = request.headers
    return Context(
        request_id=request_id,
        address=client_address(request.scope["client"], headers, trusted_proxies=trusted_proxies),
        agent=headers.get("user-agent", "")[:LONGEST_AGENT],
    )


def client_address(peer: tuple[str, int] | None, headers: Mapping[str, str], *, trusted_proxies: list[str]) -> str:
    """The caller's address; what X-Forwarded-For claims counts only behind a trusted proxy, read from its right end."""
    address = peer[0] if peer else ""
    if address not in trusted_proxies:
        return address
    for hop in reversed(headers.get("x-forwarded-for", "").split(",")):
        try:
            address = str(ip_address(hop.strip()))
        except ValueError:
            return address
        if address not in trusted_proxies:
            return address
    return address


async def read_body(call: Call, limit: int) -> bytes:
    """The whole body, or TooLarge as soon as it is known to be. It stays in `call.body`."""
    if int(_digits(call.request.headers)) > limit:
        raise TooLarge(limit_bytes=limit)
    chunks: list[bytes] = []
    size = 0
    async for chunk in call.request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(limit_bytes=limit)
        chunks.append(chunk)
    call.body = b"".join(chunks)
    return call.body


def _digits(headers: Headers) -> str:
    length = headers.get("content-length", "0")
    return length if length.isdigit() else "0"
