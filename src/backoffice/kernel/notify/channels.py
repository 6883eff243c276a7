"""How a message leaves: e-mail by the mail server of NOTIFY_URL or, where none is set, as a file in the mailbox folder.

An SMS and a push message are files in folders of their own. A way out is a function that takes the settings and a
letter, and WAYS has one for each channel: whoever has a vendor for one writes that function.
What is raised says whether it was taken, and never to whom it went.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from pathlib import Path

import orjson
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from backoffice.kernel.notify.actions import Letter
from backoffice.kernel.notify.mail_server import MailServer, Mode, WrongAddress, mail_server_of
from backoffice.kernel.notify.rules import Channel
from backoffice.kernel.telemetry import Timed
from backoffice.kernel.urgency import Priority
from backoffice.kernel.write import outside_transaction
from backoffice.settings import Settings

SOCKET_SECONDS = 15
LONGEST_SECONDS = 90
MAILBOX_SENDER = "backoffice@localhost"
MAILBOX = "mailbox"
OUTBOXES = {Channel.SMS: "outbox-sms", Channel.PUSH: "outbox-push"}
"""Folders of the data folder, for messages that no vendor takes."""
IMPORTANCE = {Priority.LOW: "low", Priority.HIGH: "high", Priority.URGENT: "high"}


class NotTaken(Exception):
    """Nobody took the message for now."""


class Refused(Exception):
    """The message was refused, and will be."""


class Uncertain(Exception):
    """The message may have been taken."""


async def hand_over(settings: Settings, letter: Letter) -> None:
    """Return once the message was taken; NotTaken, Refused or Uncertain otherwise."""
    outside_transaction(letter.channel)
    with Timed(letter.channel):
        await WAYS[letter.channel](settings, letter)


async def try_server(settings: Settings) -> None:
    """Be let in by the mail server and go again; nothing is sent. NotTaken says what is wrong."""
    outside_transaction("mail server")
    try:
        server = mail_server_of(settings.notify_url.get_secret_value())
        _sender_of(settings, server.sender)
    except WrongAddress as wrong:
        raise NotTaken(str(wrong)) from None
    connection = _connection_to(server)
    try:
        await _let_in(connection)
    finally:
        connection.close()


async def _by_mail(settings: Settings, letter: Letter) -> None:
    if not settings.notify_url.get_secret_value():
        content = _message(letter, _sender_of(settings, MAILBOX_SENDER)).as_bytes()
        await asyncio.to_thread(_keep, settings.data_folder / MAILBOX, letter, content, kind="eml")
        return
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            await _by_mail_server(settings, letter)
    except TimeoutError:
        raise Uncertain("The mail server did not answer in time") from None


async def _into_outbox(settings: Settings, letter: Letter) -> None:
    said = {"to": letter.address, "subject": letter.subject, "text": letter.text}
    shown = {"action_url": letter.link, "priority": letter.priority, "created_at": letter.created_at}
    content = orjson.dumps({"id": letter.id, **said, **shown}, option=orjson.OPT_INDENT_2)
    folder = settings.data_folder / OUTBOXES[letter.channel]
    await asyncio.to_thread(_keep, folder, letter, content, kind="json")


async def _by_mail_server(settings: Settings, letter: Letter) -> None:
    try:
        server = mail_server_of(settings.notify_url.get_secret_value())
        sender = _sender_of(settings, server.sender)
    except WrongAddress as wrong:
        raise NotTaken(str(wrong)) from None
    message = _message(letter, sender)
    connection = _connection_to(server)
    try:
        await _let_in(connection)
        await _hand_to(connection, message, sender=sender.addr_spec, recipient=letter.address)
    finally:
        connection.close()


def _connection_to(server: MailServer) -> SMTP:
    return SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.mode is Mode.SSL,
        start_tls=server.mode is Mode.STARTTLS,
        validate_certs=server.checks_certificate,
        username=server.user,
        password=server.password,
        timeout=SOCKET_SECONDS,
    )


async def _let_in(connection: SMTP) -> None:
    try:
        await connection.connect()
    except SMTPResponseException as exc:
        raise NotTaken(f"The mail server did not let us in ({exc.code})") from None
    except (OSError, SMTPException):
        raise NotTaken("The mail server can't be reached") from None


async def _hand_to(connection: SMTP, message: EmailMessage, *, sender: str, recipient: str) -> None:
    """A sender that is refused is our fault and can be put right; a recipient or a text that is refused stays so."""
    try:
        await connection.send_message(message, sender=sender, recipients=[recipient])
    except SMTPRecipientsRefused as exc:
        [refused] = exc.recipients
        why = f"The mail server refused the recipient ({refused.code})"
        raise (Refused if refused.code >= 500 else NotTaken)(why) from None
    except SMTPDataError as exc:
        why = f"The mail server refused the message ({exc.code})"
        raise (Refused if exc.code >= 500 else NotTaken)(why) from None
    except SMTPResponseException as exc:
        raise NotTaken(f"The mail server refused us as sender ({exc.code})") from None
    except SMTPNotSupported:
        raise Refused("The mail server can't write to an address of this kind") from None
    except (OSError, SMTPException):
        raise Uncertain("The connection to the mail server broke off") from None


def _keep(folder: Path, letter: Letter, content: bytes, *, kind: str) -> None:
    """Written whole or not at all. A second try writes the same file, because its name is the message's own."""
    name = f"{letter.created_at:%Y-%m-%dT%H-%M-%SZ}-{letter.id}.{kind}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(folder / f".{name}", content)
        (folder / f".{name}").replace(folder / name)
    except OSError:
        raise NotTaken(f"The {folder.name} folder can't be written to") from None


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sender_of(settings: Settings, otherwise: str | None) -> Address:
    address = settings.notify_from or otherwise
    try:
        return Address(settings.notify_from_name, addr_spec=address or "")
    except (ValueError, IndexError, MessageError):
        raise WrongAddress("NOTIFY_URL names no sender, and NOTIFY_FROM is not set") from None


def _message(letter: Letter, sender: Address) -> EmailMessage:
    """The message with an id that every try has in common, so that mail programs join what arrived twice."""
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = sender
    try:
        message["To"] = Address(letter.name, addr_spec=letter.address)
    except (ValueError, IndexError, MessageError):
        raise Refused("The recipient's address is none") from None
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.priority in IMPORTANCE:
        message["Importance"] = IMPORTANCE[letter.priority]
    message.set_content(f"{letter.text}\n{letter.link}\n" if letter.link else letter.text)
    return message


WAYS: Mapping[Channel, Callable[[Settings, Letter], Awaitable[None]]] = {
    Channel.EMAIL: _by_mail,
    Channel.SMS: _into_outbox,
    Channel.PUSH: _into_outbox,
}
