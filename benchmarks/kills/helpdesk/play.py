"""Twelve customers and one of staff, from the first message to the closed ticket, until the storm is over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import httpx

from benchmarks.kills.desk import Desk
from benchmarks.kills.findings import Connection, Finding
from benchmarks.kills.helpdesk import counting
from benchmarks.kills.helpdesk.customers import Line, live
from benchmarks.kills.helpdesk.records import Mailbox
from benchmarks.kills.storm import Scene

CUSTOMERS = 12


class Play:
    """The stories that are told on one desk."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.stuck = line.books.stuck

    async def live(self, over: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(CUSTOMERS):
                group.create_task(live(self._line, f"9188{number:08}", until=over))

    def done(self) -> int:
        return self._line.mailbox.total()

    def is_settled(self, db: Connection) -> bool:
        return counting.is_settled(db, self._line.books.accepted)

    async def count(self, db: Connection) -> list[Finding]:
        books = self._line.books
        return [
            *counting.count(db, mailbox=self._line.mailbox, books=books),
            Finding("requests until a message was taken", books.tries),
            Finding("longest a message waited to be taken, seconds", round(books.longest_wait, 1)),
        ]


@asynccontextmanager
async def begin(desk: Desk, _: Random) -> AsyncIterator[Play]:
    sign_in = desk.sign_in
    async with httpx.AsyncClient(base_url=sign_in["address"], timeout=60) as client:
        known = {name: sign_in[name] for name in ("username", "password")}
        answer = await client.post("/api/v1/auth/login", json=known)
        client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['data']['access_token']}"
        yield Play(Line(client, desk.webhook, desk.secret, Mailbox(desk.data / "whatsapp" / "sent.jsonl")))


HELPDESK = Scene(
    {
        "READS_PER_MINUTE": "100000",
        "WRITES_PER_MINUTE": "100000",
        "WHATSAPP_UNKNOWN_AFTER_SECONDS": "5",
    },
    begin,
)
"""Nobody is told to slow down, and what is uncertain is settled soon."""
