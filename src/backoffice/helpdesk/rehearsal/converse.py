"""Plays a customer against a running server, for demonstrations: writes, waits, and shows what came back."""

import asyncio
from dataclasses import dataclass
from typing import Any

from backoffice.helpdesk.rehearsal import simulator
from backoffice.helpdesk.whatsapp.payload import e164
from backoffice.kernel.database import Db, Query
from backoffice.kernel.errors import Invalid, Unavailable
from backoffice.kernel.house import House
from backoffice.kernel.phones import NOT_A_DIGIT

LOOKS = 100
LOOK_EVERY_SECONDS = 0.2


class NothingOffered(Invalid):
    """The customer was offered no button '{title}'."""

    title: str


class NotTaken(Unavailable):
    """The server at {url} answered {status} to the webhook."""

    url: str
    status: int


@dataclass(frozen=True, slots=True)
class SaidRow:
    author: str
    content: str


@dataclass(frozen=True, slots=True)
class OfferRow:
    id: str
    wa_message_id: str | None


def find_offer(db: Db, phone: str, title: str) -> Query[OfferRow | None]:
    """The button of this title that the customer was shown last."""
    return db.find(
        OfferRow,
        """
        SELECT button ->> 'id' AS id, o.wa_message_id
          FROM helpdesk.outbound o
          JOIN helpdesk.whatsapp_user u ON u.id = o.whatsapp_user_id
         CROSS JOIN jsonb_array_elements(o.payload -> 'buttons') AS button
         WHERE u.phone = %(phone)s AND o.kind = 'buttons' AND lower(button ->> 'title') = lower(%(title)s)
         ORDER BY o.id DESC
         LIMIT 1
        """,
        phone=phone,
        title=title,
    )


def is_settled(db: Db, wa_message_id: str) -> Query[bool]:
    """Whether the message was handled and nothing waits to be sent to its writer."""
    return db.value(
        bool,
        """
        SELECT EXISTS (SELECT FROM helpdesk.inbound i
                        WHERE i.wa_message_id = %(id)s AND i.handled_at IS NOT NULL
                          AND NOT EXISTS (SELECT FROM helpdesk.outbound o
                                           WHERE o.whatsapp_user_id = i.whatsapp_user_id
                                             AND o.status IN ('queued', 'sending')))
        """,
        id=wa_message_id,
    )


def list_said(db: Db, wa_message_id: str) -> Query[list[SaidRow]]:
    """The message and what was said to its writer since, oldest first."""
    return db.all(
        SaidRow,
        """
        SELECT m.author, m.content
          FROM helpdesk.inbound i
          JOIN helpdesk.message m ON m.whatsapp_user_id = i.whatsapp_user_id AND m.created_at >= i.received_at
         WHERE i.wa_message_id = %(id)s
         ORDER BY m.id
        """,
        id=wa_message_id,
    )


async def converse(house: House, text: str, *, sender: str, as_button: bool, url: str) -> list[SaidRow]:
    """Write (or press a button) as this customer; returns the exchange. NotTaken when the server refuses it."""
    phone, wa_id = e164(sender), NOT_A_DIGIT.sub("", sender)
    content: dict[str, Any] = simulator.text(text)
    if as_button:
        async with house.database.read() as db:
            offer = await find_offer(db, phone, text)
        if offer is None:
            raise NothingOffered(title=text)
        content = simulator.button_reply(offer.id, text, to_message=offer.wa_message_id)
    message_id = simulator.new_message_id(wa_id)
    webhook = f"{url}/api/v1/whatsapp/webhook"
    secret = house.settings.whatsapp_app_secret.get_secret_value()
    answer = await simulator.post(webhook, simulator.payload(wa_id, content, message_id=message_id), secret=secret)
    if answer.status_code != 200:
        raise NotTaken(url=webhook, status=answer.status_code)
    return await _wait_for_answers(house, message_id)


async def _wait_for_answers(house: House, message_id: str) -> list[SaidRow]:
    async with house.database.read() as db:
        for _ in range(LOOKS):
            if await is_settled(db, message_id):
                break
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        return await list_said(db, message_id)
