"""One request on its way through a door."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from pydantic import BaseModel
from starlette.requests import Request

from backoffice.kernel.actor import Actor, Context
from backoffice.kernel.errors import TooLarge
from backoffice.kernel.house import House

LONGEST_AGENT = 300


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
    try. `said` are headers that the door itself gives its answer. Nothing that it holds holds it: with its answer it is
    gone, without waiting for the garbage collector.
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


def client_address(peer: tuple[str, int] | None, headers: Given, *, trusted_proxies: list[str]) -> str:
    """The caller's address; what X-Forwarded-For claims counts only behind a trusted proxy, read from its right end."""
    address = peer[0] if peer else ""
    if address not in trusted_proxies:
        return address
    for hop in reversed(headers.listed("x-forwarded-for")):
        try:
            address = str(ip_address(hop.strip()))
        except ValueError:
            return address
        if address not in trusted_proxies:
            return address
    return address


async def read_body(call: Call, limit: int) -> bytes:
    """The whole body, or TooLarge as soon as it is known to be. It stays in `call.body`."""
    length = call.headers.get("content-length") or ""
    if length.isdigit() and int(length) > limit:
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
