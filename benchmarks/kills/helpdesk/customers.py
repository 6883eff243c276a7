"""Customers and one member of staff who live the whole story over and over, and never give up on a request.

Like Meta, a customer's phone repeats a message under its id until it is taken; staff repeat under an Idempotency-Key.
"""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from backoffice.helpdesk.rehearsal.simulator import button_reply, new_message_id, payload, signed, text
from benchmarks.kills.helpdesk.records import Books, Json, Mailbox, body_of, buttons_of

QUESTION = "My payment failed but money was deducted"
CONFIRMED = re.compile(r"Your ticket (TKT[A-Z0-9]+) is raised")
PATIENCE = 90.0
RETRY_EVERY = 0.2
LOOK_EVERY = 0.1
LOOKS_EVERY = 3.0
"""How often staff look whether their reply came, and send it again if it is one that waits for a person."""
AGAIN = frozenset({409, 429, 500, 502, 503, 504})


class Unanswered(Exception):
    """Something a customer or staff waited for did not happen in time."""


@dataclass
class Line:
    """The way to the house and back: requests that are repeated, and what came out of it."""

    client: httpx.AsyncClient
    webhook: str
    secret: str
    mailbox: Mailbox
    books: Books = field(default_factory=Books)

    async def tell(self, phone: str, content: Json) -> str:
        """Deliver a customer's message as Meta does; returns its id."""
        message_id = new_message_id(phone)
        raw, headers = signed(payload(phone, content, message_id=message_id, name=f"Customer {phone}"), self.secret)
        began = time.monotonic()
        tries = 0
        while True:
            tries += 1
            status, _ = await self.ask("POST", self.webhook, content=raw, headers=headers)
            if status == 200:
                break
            await self._again(began, f"the webhook of {message_id} (last {status})")
        self.books.note(message_id, tries=tries, waited=time.monotonic() - began)
        return message_id

    async def staff(self, method: str, path: str, *, body: Json | None = None) -> Json:
        """A request of staff, repeated under one key until it is answered."""
        headers = {"Idempotency-Key": uuid4().hex} if body is not None else {}
        began = time.monotonic()
        while True:
            status, answer = await self.ask(method, path, json=body, headers=headers)
            if 200 <= status < 300:
                return answer
            if status not in AGAIN | {0}:
                raise Unanswered(f"{method} {path} was answered {status}: {answer}")
            await self._again(began, f"{method} {path} (last {status})")

    async def hear(
        self, phone: str, wanted: Callable[[Json], bool], *, after: int, within: float = PATIENCE
    ) -> Json | None:
        """The first message to this number, past the `after` oldest, that is wanted; None when it does not come."""
        began = time.monotonic()
        while time.monotonic() - began < within:
            for sent in self.mailbox.of(phone)[after:]:
                if wanted(sent):
                    return sent
            await asyncio.sleep(LOOK_EVERY)
        return None

    async def ask(self, method: str, url: str, **request: Any) -> tuple[int, Json]:
        """Status and body; 0 when there was no answer."""
        try:
            answer = await self.client.request(method, url, **request)
            return answer.status_code, answer.json()
        except (httpx.HTTPError, ValueError):
            return 0, {}

    async def _again(self, began: float, what: str) -> None:
        if time.monotonic() - began > PATIENCE:
            raise Unanswered(f"{what} was not taken within {PATIENCE:g} s")
        await asyncio.sleep(RETRY_EVERY)


async def live(line: Line, phone: str, *, until: asyncio.Event) -> None:
    """One story after the other until it is over; the one begun is told to its end."""
    known: set[str] = set()
    while not until.is_set():
        try:
            code = await tell_story(line, phone, known=known)
        except Unanswered as why:
            line.books.stuck.append(f"{phone}: {why}")
            return
        known.add(code)
        line.books.stories.append((phone, code))


async def tell_story(line: Line, phone: str, *, known: set[str]) -> str:
    """From the customer's problem to the closed ticket; returns its code.

    A confirmation of a ticket that is `known` already came twice, from the uncertain window.
    """
    before = len(line.mailbox.of(phone))
    await line.tell(phone, text(QUESTION))
    question = _heard(await line.hear(phone, lambda sent: "Yes" in buttons_of(sent), after=before))
    await line.tell(phone, button_reply(buttons_of(question)["Yes"], "Yes", to_message=question["id"]))
    confirmed = _heard(await line.hear(phone, lambda sent: _code(sent) not in known | {""}, after=before))
    code = _code(confirmed)
    found = await line.staff("GET", f"/api/v1/tickets?search={code}")
    (ticket,) = found["data"]["tickets"]
    await _reply(line, phone, ticket["id"])
    status = f"/api/v1/tickets/{ticket['id']}/status"
    await line.staff("PATCH", status, body={"status": "resolved", "resolution_notes": "The money is back."})
    await line.staff("PATCH", status, body={"status": "closed"})
    return code


async def _reply(line: Line, phone: str, ticket_id: int) -> None:
    """Write to the customer. An interrupted send waits for a person, who looks whether it came and sends it again."""
    words = f"We have sent the money back. Reference {uuid4().hex}"
    before = len(line.mailbox.of(phone))
    reply = await line.staff("POST", f"/api/v1/tickets/{ticket_id}/messages", body={"message": words})
    outbound_id = reply["data"]["reply"]["outbound_id"]
    began = time.monotonic()
    while not await line.hear(phone, lambda sent: body_of(sent) == words, after=before, within=LOOKS_EVERY):
        if time.monotonic() - began > PATIENCE:
            raise Unanswered(f"the reply bo:{outbound_id} never went out")
        status, _ = await line.ask("POST", f"/api/v1/outbox/{outbound_id}/resend")
        line.books.resent_by_staff += status == 200


def _heard(sent: Json | None) -> Json:
    if sent is None:
        raise Unanswered(f"a customer heard nothing within {PATIENCE:g} s")
    return sent


def _code(sent: Json) -> str:
    found = CONFIRMED.search(body_of(sent))
    return found[1] if found else ""
