"""Who acts on shield during a storm: staff and a platform made for it, on the line to every API there is."""

import asyncio
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from backoffice.configuration import settings_for
from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from backoffice.kernel.identity import api_keys, membership, passwords
from backoffice.kernel.identity.membership import NewPerson
from backoffice.kernel.web.idempotency import KeyInProgress
from backoffice.shield.permissions import Role, Scope
from benchmarks.kills.desk import HOST, Desk

Json = dict[str, Any]
STAFF = (Role.CLAIMS_HANDLER, Role.SUPER_ADMIN, Role.SUPER_ADMIN, Role.FINANCE, Role.FINANCE)
"""The first three approve, the last four pay."""
HARNESS = system("shield", "kills")
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


@dataclass(frozen=True)
class Cast:
    """Headers of each who acts."""

    approvers: list[dict[str, str]]
    payers: list[dict[str, str]]
    platform: dict[str, str]


def addresses(desk: Desk) -> list[str]:
    return [f"http://{HOST}:{port}/shield" for port in (desk.port, *desk.ports)]


def house_of(desk: Desk) -> House:
    """The desk's house, for what no door does."""
    settings = settings_for(desk.data)
    return House.build(settings, database_url=settings.direct_url)


async def enter(house: House, line: Line) -> Cast:
    """Put everybody into the directory and sign them in."""
    password = passwords.generate_password()
    hashed = await passwords.hash_password(password)
    emails = [f"kills{number}@backoffice.example" for number, _ in enumerate(STAFF)]
    async with house.database.write(HARNESS) as tx:
        for role, email in zip(STAFF, emails, strict=True):
            person = NewPerson(email.split("@")[0], email, "One Of The Storm", role)
            await membership.add_person(tx, "shield", person, password_hash=hashed)
        _, key = await api_keys.create_key(
            tx, product="shield", name="kills", scopes=list(Scope), known=frozenset(Scope)
        )
    staff = []
    for email in emails:
        signed = await line.done(Call("POST", "/v1/admin/auth/login", {"email": email, "password": password}), {})
        staff.append({"Authorization": f"Bearer {signed['token']}"})
    return Cast(staff[:3], staff[1:], {"X-API-Key": key})
