"""How a message leaves: by the mail server of NOTIFY_URL or, where none is set, as a file in the mailbox folder.

apprise reads the address, knows the big providers' servers, and connects; the message itself is the standard
library's, one for both ways. What is raised says whether it was taken, and never to whom it went.
"""

import asyncio
import logging
import os
import smtplib
from contextlib import ExitStack
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from apprise.exception import AppriseException
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.smtp import AppriseSMTPController

from backoffice.kernel.database import outside_transaction
from backoffice.kernel.notify.actions import Letter
from backoffice.settings import Settings

SOCKET_SECONDS = 15
LONGEST_SECONDS = 90
MAILBOX_SENDER = "backoffice@localhost"
# It logs addresses. A filter stays when a server configures the logging anew, which would switch a logger on again.
logging.getLogger("apprise").addFilter(lambda _: False)


class NotTaken(Exception):
    """Nobody took the message for now."""


class Refused(Exception):
    """The message was refused, and will be."""


class Uncertain(Exception):
    """The message may have been taken."""


class _Server(AppriseSMTPController):
    def hand_over(self, message: EmailMessage) -> None:
        connection: Any = self._socket
        connection.send_message(message)


async def hand_over(settings: Settings, letter: Letter) -> None:
    """Return once the message was taken; NotTaken, Refused or Uncertain otherwise."""
    outside_transaction("mail server")
    deliver = _by_mail if settings.notify_url.get_secret_value() else _into_mailbox
    try:
        await asyncio.wait_for(asyncio.to_thread(deliver, settings, letter), LONGEST_SECONDS)
    except TimeoutError:
        raise Uncertain("The mail server did not answer in time") from None


def _by_mail(settings: Settings, letter: Letter) -> None:
    server, sender = _server_of(settings)
    message = _message(letter, sender)
    with ExitStack() as opened:
        try:
            opened.enter_context(server)
        except smtplib.SMTPResponseException as exc:
            raise NotTaken(f"The mail server did not let us in ({exc.smtp_code})") from None
        except (OSError, RuntimeError):
            raise NotTaken("The mail server can't be reached") from None
        _hand_to(server, message)


def _hand_to(server: _Server, message: EmailMessage) -> None:
    """A sender that is refused is our fault and can be put right; a recipient or a text that is refused stays so."""
    try:
        server.hand_over(message)
    except smtplib.SMTPRecipientsRefused as exc:
        [(code, _)] = exc.recipients.values()
        raise (Refused if code >= 500 else NotTaken)(f"The mail server refused the recipient ({code})") from None
    except smtplib.SMTPDataError as exc:
        why = f"The mail server refused the message ({exc.smtp_code})"
        raise (Refused if exc.smtp_code >= 500 else NotTaken)(why) from None
    except smtplib.SMTPResponseException as exc:
        raise NotTaken(f"The mail server refused us as sender ({exc.smtp_code})") from None
    except smtplib.SMTPNotSupportedError:
        raise Refused("The mail server can't write to an address of this kind") from None
    except OSError:
        raise Uncertain("The connection to the mail server broke off") from None


def _server_of(settings: Settings) -> tuple[_Server, Address]:
    """How the mail server is reached, and who writes. Recipients that NOTIFY_URL itself names are not written to."""
    parsed = NotifyEmail.parse_url(settings.notify_url.get_secret_value())  # type: ignore[no-untyped-call]
    if not parsed or parsed["schema"] not in (NotifyEmail.protocol, NotifyEmail.secure_protocol):
        raise NotTaken("NOTIFY_URL is neither mailto:// nor mailtos://")
    if settings.notify_from is not None:
        parsed["from_addr"] = settings.notify_from
    try:
        plugin: Any = NotifyEmail(**parsed)  # type: ignore[no-untyped-call]
    except AppriseException:
        raise NotTaken("NOTIFY_URL names no sender, and NOTIFY_FROM is not set") from None
    server = _Server(
        host=plugin.smtp_host,
        port=plugin.port,
        secure_mode=plugin.secure_mode,
        user=plugin.user,
        password=plugin.password,
        verify_certificate=plugin.verify_certificate,
        socket_connect_timeout=SOCKET_SECONDS,
    )
    return server, _sender_of(settings, plugin.from_addr[1])


def _into_mailbox(settings: Settings, letter: Letter) -> None:
    """Written whole or not at all. A second try writes the same file, because its name is the message's own."""
    message = _message(letter, _sender_of(settings, MAILBOX_SENDER))
    folder = settings.data_folder / "mailbox"
    name = f"{letter.created_at:%Y-%m-%dT%H-%M-%SZ}-{letter.id}.eml"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(folder / f".{name}", message.as_bytes())
        (folder / f".{name}").replace(folder / name)
    except OSError:
        raise NotTaken("The mailbox folder can't be written to") from None


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sender_of(settings: Settings, otherwise: str) -> Address:
    return Address(settings.notify_from_name, addr_spec=settings.notify_from or otherwise)


def _message(letter: Letter, sender: Address) -> EmailMessage:
    """The message with an id that every try has in common, so that mail programs join what arrived twice."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    try:
        message["To"] = Address(letter.name, addr_spec=letter.email)
    except (ValueError, IndexError, MessageError):
        raise Refused("The recipient's address is none") from None
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message
