"""Somebody else's system: a real HTTP server on loopback that keeps what it gets and answers as it is told."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import orjson
from standardwebhooks import Webhook

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass(frozen=True)
class Got:
    """One request. `server_name` is what TLS asked for."""

    path: str
    headers: dict[str, str]
    body: bytes
    server_name: str | None = None

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> str:
        return str(orjson.loads(self.body)["event"])

    def verified_with(self, secret: str) -> object:
        """What the library of Standard Webhooks makes of it."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """`answers` are given one after the other, the last for ever; None keeps silent until `speak` is set.

    One that `stays` does not hang up after its answer.
    """

    answers: list[bytes | None] = field(default_factory=lambda: [OK])
    got: list[Got] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    speak: asyncio.Event = field(default_factory=asyncio.Event)
    asked_for: list[str | None] = field(default_factory=list)
    port: int = 0
    stays: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    def answer(self, *statuses: int, **headers: str) -> None:
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self.answers = [f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n{lines}\r\n".encode() for status in statuses]

    def name_asked_for(self, _: object, name: str | None, __: object) -> None:
        self.asked_for.append(name)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-1])}
            body = await reader.readexactly(int(headers["content-length"]))
            self.got.append(Got(head[0].split()[1], headers, body, self.asked_for[-1] if self.asked_for else None))
            self.arrived.set()
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer is None:
                await self.speak.wait()
            writer.write(answer or OK)
            await writer.drain()
            if self.stays:
                await self.speak.wait()
        writer.close()


@contextlib.asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver as long as the block lasts."""
    receiver = Receiver()
    if tls is not None:
        tls.sni_callback = receiver.name_asked_for  # type: ignore[assignment]
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.speak.set()
        server.close()
        await server.wait_closed()
