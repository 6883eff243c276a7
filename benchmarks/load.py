"""The load: keep-alive connections that ask one question after the other, from a process and a core of their own."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from multiprocessing import get_context
from typing import cast

import uvloop

from benchmarks.ground import CLIENT_CORE, HOST, on_core

WARM_UP_SECONDS = 0.5
LONGEST_ANSWER_SECONDS = 60.0
END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True)
class Load:
    """What came back. Latencies in milliseconds; `failures` are answers other than 200."""

    per_second: float
    p50: float
    p99: float
    answers: int
    failures: int


@dataclass(frozen=True)
class Wanted:
    """Requests to send, as bytes: over and over again, or each once."""

    port: int
    requests: Sequence[bytes]
    seconds: float
    connections: int = 8
    once: bool = False


def get(path: str, token: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def post(path: str, body: bytes, *, headers: dict[str, str]) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body


def apply(wanted: Wanted) -> Load:
    """Run the load in the process on the other core, and wait for what it found."""
    with on_core(CLIENT_CORE):
        return _process().submit(_run, wanted).result()


@cache
def _process() -> ProcessPoolExecutor:
    """One for every load of a run; started with the first, gone with us."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def _run(wanted: Wanted) -> Load:
    return uvloop.run(_ask(wanted))


class Asking(asyncio.Protocol):
    """One connection: sends a request, waits for its whole answer, notes how long it took, sends the next."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.requests = requests
        self.taken: list[tuple[float, float]] = []
        self.failures = 0
        self.done = asyncio.get_running_loop().create_future()
        self._received = bytearray()
        self._length = 0
        self._asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop()

    def stop(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def ask(self) -> None:
        request = next(self.requests, None)
        if request is None:
            self.stop()
            return
        self._asked_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._length:
            head = self._received.find(END_OF_HEAD)
            if head < 0:
                return
            self._length = head + len(END_OF_HEAD) + _content_length(bytes(self._received[:head]).lower())
        if len(self._received) < self._length:
            return
        now = time.perf_counter()
        self.taken.append((now, now - self._asked_at))
        self.failures += self._received[9:12] != b"200"
        self._received.clear()
        self._length = 0
        if not self.done.done():
            self.ask()


def _content_length(head: bytes) -> int:
    return int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])


async def _ask(wanted: Wanted) -> Load:
    loop = asyncio.get_running_loop()
    requests = iter(wanted.requests) if wanted.once else cycle(wanted.requests)
    begun = time.perf_counter() + (0 if wanted.once else min(WARM_UP_SECONDS, wanted.seconds))
    asking = [
        (await loop.create_connection(lambda: Asking(requests), HOST, wanted.port))[1]
        for _ in range(wanted.connections)
    ]
    taken, ended = await _answered(asking, begun, wanted.seconds)
    for one in asking:
        one.stop()
    failures = sum(one.failures for one in asking)
    if not taken:
        return Load(0.0, 0.0, 0.0, 0, failures)
    return Load(
        per_second=len(taken) / (ended - begun),
        p50=taken[len(taken) // 2] * 1000,
        p99=taken[len(taken) * 99 // 100] * 1000,
        answers=len(taken),
        failures=failures,
    )


async def _answered(asking: Sequence[Asking], begun: float, seconds: float) -> tuple[list[float], float]:
    """How long each answer took, and when the load was over: after its seconds, or later with the first answer."""
    until = begun + seconds
    while True:
        await asyncio.wait([one.done for one in asking], timeout=until - time.perf_counter())
        ended = time.perf_counter()
        taken = sorted(took for one in asking for at, took in one.taken if begun <= at <= ended)
        if taken or all(one.done.done() for one in asking) or ended > begun + LONGEST_ANSWER_SECONDS:
            return taken, ended
        until = ended + seconds
