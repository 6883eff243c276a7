"""The line on which callers reach a house under fire: a call is sent under one key until some API answers it."""

import asyncio
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from backoffice.configuration import settings_for
from backoffice.kernel.house import House
from backoffice.kernel.web.idempotency import KeyInProgress
from benchmarks.kills.desk import HOST, Desk

Json = dict[str, Any]
PATIENCE = 90.0
RETRY_EVERY = 0.5
LATER = frozenset({0, 429, 500, 502, 503, 504})


class Unanswered(Exception):
    """A call was never answered, or a step of the preparations was refused."""


@dataclass(frozen=True)
class Call:
    """One request that is sent under one key until it is answered, wherever and however often."""

    verb: str
    path: str
    body: Json
    key: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True)
class Answer:
    status: int
    data: Json
    tries: int

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class Line:
    """The way to the house: any of its APIs will do."""

    def __init__(self, clients: list[httpx.AsyncClient], random: Random) -> None:
        self._clients = clients
        self._random = random

    async def ask(self, call: Call, headers: dict[str, str]) -> Answer:
        """Send it until it is answered for good: no answer, a busy house and a key in progress are none."""
        began, tries = time.monotonic(), 0
        while time.monotonic() - began < PATIENCE:
            tries += 1
            status, said = await self._send(call, headers)
            if status not in LATER and said.get("error", {}).get("message") != KeyInProgress.__doc__:
                return Answer(status, said.get("data") or {}, tries)
            await asyncio.sleep(RETRY_EVERY)
        raise Unanswered(f"{call.verb} {call.path} was not answered within {PATIENCE:g} s (last {status})")

    async def done(self, call: Call, headers: dict[str, str]) -> Json:
        answer = await self.ask(call, headers)
        if not answer.is_success:
            raise Unanswered(f"{call.verb} {call.path} was answered {answer.status}")
        return answer.data

    async def _send(self, call: Call, headers: dict[str, str]) -> tuple[int, Json]:
        """Status and body; 0 when there was no answer."""
        client = self._random.choice(self._clients)
        try:
            answer = await client.request(
                call.verb, call.path, json=call.body, headers={**headers, "Idempotency-Key": call.key}
            )
            return answer.status_code, answer.json()
        except (httpx.HTTPError, ValueError):
            return 0, {}


def addresses(desk: Desk, product: str) -> list[str]:
    """Where a product is to be had: at the run's API, and at those beside it."""
    return [f"http://{HOST}:{port}/{product}" for port in (desk.port, *desk.ports)]


def house_of(desk: Desk) -> House:
    """The desk's house, for what no door does."""
    settings = settings_for(desk.data)
    return House.build(settings, database_url=settings.direct_url)
