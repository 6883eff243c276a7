"""One request on its way through a door."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request

from backoffice.kernel.actor import Actor, Context
from backoffice.kernel.errors import BadInput, TooLarge, TooSlow
from backoffice.kernel.house import House

LONGEST_AGENT = 300
SLOWEST_BYTES = 20_000
"""What of a body has to arrive each second, once its first patience is used up."""


class Given:
    """The headers of a request, read once: of one that stands there twice the first counts."""

    __slots__ = ("_first", "_raw")

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._raw = [*raw]
        self._first = dict(reversed(self._raw))

    def get(self, name: str) -> str | None:
        """Its value. Names are asked for in small letters."""
        value = self._first.get(name.encode())
        return None if value is None else value.decode("latin-1")

    def listed(self, name: str) -> list[str]:
        """A list's parts, on however many lines it stands: some proxies add a line of their own."""
        lines = [value.decode("latin-1") for given, value in self._raw if given == name.encode()]
        return ",".join(lines).split(",")


@dataclass(slots=True)
class Call:
    """The house it came to, where it came from, and, once signed in, who makes it.

    `door` is the path that its door declares, `in_path` what stands there for its parameters. `place` and `query` are
    its path and its query as the door understands them, `body` its body without what a sender makes up anew for each
    try. `said` are headers that the door itself gives its answer, `seen` what it looked at outside before its write,
    `began` is when it came, of time.monotonic(). Nothing that it holds holds it: with its answer it is gone, without
    waiting for the garbage collector.
    """

    house: House
    request: Request
    headers: Given
    context: Context
    door: str
    in_path: Mapping[str, str]
    actor: Actor | None = None
    body: bytes = b""
    place: tuple[str, ...] = ()
    query: BaseModel | None = None
    said: list[tuple[bytes, bytes]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    seen: object = None

    @property
    def caller(self) -> Actor:
        """Who was let in: a signed-in person, or a platform's key. Only public doors have none."""
        assert self.actor is not None, "a public door has no actor"
        return self.actor

    def may_be_kept(self, seconds: int) -> None:
        """The caller's client may show this answer again for so long, to nobody else."""
        self.said += [(b"cache-control", b"private, max-age=%d" % seconds), (b"vary", b"authorization")]

    async def lagging_total(self, key: str, count: Callable[[], Awaitable[int]]) -> int:
        """A total that may lag a minute, but never for whoever just wrote."""
        fresh = await self.house.cache.just_wrote(self.caller.id)
        return await self.house.cache.total(key, count, fresh=fresh)


Ahead = Callable[[Call, dict[str, Any]], Awaitable[object]]
"""Looks outside before a door's write begins: it gets what the call brought, by the names of the door's function."""


def client_address(peer: tuple[str, int] | None, headers: Given, *, trusted_proxies: list[str]) -> str:
    """The caller's address; what X-Forwarded-For claims counts only behind a trusted proxy, read from its right end."""
    trusted = {_of_a_peer(one) for one in trusted_proxies}
    address = _of_a_peer(peer[0]) if peer else ""
    if address not in trusted:
        return address
    for hop in reversed(headers.listed("x-forwarded-for")):
        try:
            address = str(ip_address(plain_address(hop.strip())))
        except ValueError:
            return address
        if address not in trusted:
            return address
    return address


def plain_address(written: str) -> str:
    """One spelling of an address: on a socket for both families IPv4 callers come as ::ffff:192.0.2.1."""
    try:
        known = ip_address(written)
    except ValueError:
        return written
    return str((known.ipv4_mapped if isinstance(known, IPv6Address) else None) or known)


_of_a_peer = lru_cache(maxsize=4_096)(plain_address)
"""Whoever stays connected asks again and again from the same one; what a header claims is not remembered."""


async def read_body(call: Call, limit: int) -> bytes:
    """The whole body; it stays in `call.body`.

    TooLarge as soon as it is known to be, TooSlow when it does not keep coming, BadInput when its sender left.
    """
    length = call.headers.get("content-length") or ""
    if length.isdigit() and int(length) > limit:
        raise TooLarge(limit_bytes=limit)
    try:
        call.body = b"".join(await _chunks_of(call, limit))
    except TimeoutError:
        raise TooSlow from None
    except ClientDisconnect:
        raise BadInput(summary="The request ended before its body") from None
    return call.body


async def _chunks_of(call: Call, limit: int) -> list[bytes]:
    """TimeoutError once the body is further behind than a slow line explains."""
    begun = asyncio.get_running_loop().time()
    patience = call.house.settings.body_patience_seconds
    chunks: list[bytes] = []
    size = 0
    async with asyncio.timeout_at(begun + patience) as until:
        async for chunk in call.request.stream():
            size += len(chunk)
            if size > limit:
                raise TooLarge(limit_bytes=limit)
            chunks.append(chunk)
            until.reschedule(begun + patience + size / SLOWEST_BYTES)
    return chunks
