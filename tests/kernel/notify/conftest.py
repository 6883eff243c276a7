"""A mail server on loopback that keeps what it is sent, and a house that sends through it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.notify import jobs
from backoffice.kernel.notify.actions import Notice, Recipient, notify
from backoffice.kernel.notify.templates import Template

SYSTEM = system("shield", "tests")
GREETING = Template(
    name="shield.greeting", subject="Hello $name", text="Dear $name,\n\nwelcome.\n", facts=frozenset({"name"})
)


def parsed(content: bytes) -> EmailMessage:
    message = BytesParser(policy=default).parsebytes(content)
    assert isinstance(message, EmailMessage)
    return message


@dataclass
class MailServer:
    """Takes mail, or answers what a test tells it to; `hears` is set once a message is in its hands."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    envelopes: list[Envelope] = field(default_factory=list)
    hears: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def messages(self) -> list[EmailMessage]:
        return [parsed(envelope.original_content or b"") for envelope in self.envelopes]

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, *options: Any) -> str:
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:
        self.hears.set()
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.envelopes.append(envelope)
        await self.goes_on.wait()
        return "250 OK"


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    server = MailServer()
    server.goes_on.set()
    listening = await asyncio.get_running_loop().create_server(
        lambda: SMTP(server, hostname="mail.test"), "127.0.0.1", 0
    )
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    listening.close()


@dataclass
class Post:
    """A house whose messages leave, and what a test does with them."""

    house: House

    def by(self, url: str, **settings: Any) -> "Post":
        """The same with another way out."""
        changed = self.house.settings.model_copy(update={"notify_url": SecretStr(url), **settings})
        return Post(replace(self.house, settings=changed))

    async def write(self, *notices: Notice) -> None:
        async with self.house.database.write(SYSTEM) as tx:
            tx.record("something happened", 1)
            await notify(tx, *notices)

    async def greet(self, name: str = "Asha", *, key: str = "greeting:1", person: str | None = None) -> str:
        """A queued message; its id."""
        await self.write(greeting(name, key=key, person=person))
        return str(await self.value("SELECT id FROM kernel.notification WHERE key = %(key)s", key=key))

    async def send(self, notice_id: str) -> str:
        """Run the job that sends it; the state it is in then."""
        await jobs.send_notification(self.run, notice_id=notice_id)
        return await self.status(notice_id)

    async def status(self, notice_id: str) -> str:
        return str(await self.value("SELECT status FROM kernel.notification WHERE id = %(id)s", id=notice_id))

    async def set(self, sql: Any, **params: Any) -> None:
        async with self.house.database.write(SYSTEM) as tx:
            tx.record("time passed", 1)
            await tx.run(sql, **params)

    async def value(self, sql: Any, **params: Any) -> Any:
        async with self.house.database.read() as db:
            return await db.find_value(object, sql, **params)

    @property
    def run(self) -> JobRun:
        return JobRun(self.house, system("kernel", "tests"), Context(), 0)

    @property
    def mailbox(self) -> list[EmailMessage]:
        return [parsed(file.read_bytes()) for file in sorted((self.house.settings.data_folder / "mailbox").iterdir())]


def greeting(name: str = "Asha", *, key: str = "greeting:1", person: str | None = None) -> Notice:
    return Notice(GREETING, Recipient("asha@example.com", name, person), {"name": name}, key)


@pytest.fixture
def post(house: House) -> Post:
    """Without a mail server: messages are files."""
    return Post(house)


@pytest.fixture
def by_mail(post: Post, mail_server: MailServer) -> Post:
    sender = {"notify_from": "hello@shield.example", "notify_from_name": "Shield, Inc."}
    return post.by(f"mailto://127.0.0.1:{mail_server.port}", **sender)
