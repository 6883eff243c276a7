"""Messages of a conversation, and the inbound row that says whether a message is handled."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backoffice.helpdesk.outbox.rules import WINDOW
from backoffice.helpdesk.whatsapp.content import MessageKind
from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx

NEWEST = 2**62
"""Later than the id of any message."""


@dataclass(frozen=True, slots=True)
class InboundRow:
    """A customer's message on its way in; `message_id` once it stands in the conversation."""

    wa_message_id: str
    whatsapp_user_id: int
    phone: str
    opted_out_at: datetime | None
    offers_stopped_at: datetime | None
    kind: MessageKind
    text: str | None
    button_id: str | None
    media_id: str | None
    media_mime: str | None
    facts: dict[str, Any]
    sent_at: datetime
    received_at: datetime
    handled_at: datetime | None
    message_id: int | None


@dataclass(frozen=True, slots=True)
class CustomerRow:
    id: int
    phone: str
    opted_out_at: datetime | None
    window_open: bool


@dataclass(frozen=True, slots=True)
class SaidRow:
    author: str
    content: str


@dataclass(frozen=True, slots=True)
class PlacedRow:
    id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class UnhandledRow:
    wa_message_id: str
    whatsapp_user_id: int


@dataclass(frozen=True, slots=True)
class Said:
    """Something said in a conversation, before it has an id. `answers` is WhatsApp's id of the customer's message."""

    author: str
    content: str
    kind: str = "text"
    language: str | None = None
    wa_message_id: str | None = None
    answers: str | None = None
    ticket_id: int | None = None
    staff_id: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


def lock_inbound(tx: Tx, wa_message_id: str) -> Query[InboundRow]:
    """The message, held until this write ends: whoever comes second sees that it is handled."""
    return tx.one(
        InboundRow,
        """
        SELECT i.wa_message_id, i.whatsapp_user_id, u.phone, u.opted_out_at, u.offers_stopped_at, i.kind,
               i.text, i.button_id, i.media_id, i.media_mime, i.facts, i.sent_at, i.received_at,
               i.handled_at, m.id AS message_id
          FROM helpdesk.inbound i
          JOIN helpdesk.whatsapp_user u ON u.id = i.whatsapp_user_id
          LEFT JOIN helpdesk.message m ON m.wa_message_id = i.wa_message_id
         WHERE i.wa_message_id = %(wa_message_id)s
           FOR UPDATE OF i
        """,
        wa_message_id=wa_message_id,
    )


def set_handled(tx: Tx, wa_message_id: str) -> Query[int]:
    return tx.run(
        "UPDATE helpdesk.inbound SET handled_at = now() WHERE wa_message_id = %(wa_message_id)s AND handled_at IS NULL",
        wa_message_id=wa_message_id,
    )


def set_problem(tx: Tx, wa_message_id: str, problem: str) -> Query[int]:
    """Say at the kept message, for staff, why it was not answered."""
    return tx.run(
        """
        UPDATE helpdesk.message SET details = details || jsonb_build_object('problem', %(problem)s::text)
         WHERE wa_message_id = %(wa_message_id)s
        """,
        wa_message_id=wa_message_id,
        problem=problem,
    )


def set_left(tx: Tx, wa_message_id: str, problem: str) -> Query[int]:
    """The last resort: it stands in nobody's way any more, and says why it is no part of the conversation."""
    return tx.run(
        """
        UPDATE helpdesk.inbound SET handled_at = now(), problem = %(problem)s
         WHERE wa_message_id = %(wa_message_id)s AND handled_at IS NULL
        """,
        wa_message_id=wa_message_id,
        problem=problem,
    )


def list_unhandled(tx: Tx, *, after_seconds: float) -> Query[list[UnhandledRow]]:
    """Messages of the last day that wait for so long while no job is about to handle them."""
    return tx.all(
        UnhandledRow,
        """
        SELECT i.wa_message_id, i.whatsapp_user_id
          FROM helpdesk.inbound i
         WHERE i.handled_at IS NULL AND i.received_at < now() - make_interval(secs => %(seconds)s)
           AND i.received_at > now() - interval '1 day'
           AND NOT EXISTS (SELECT FROM procrastinate.procrastinate_jobs j
                            WHERE j.lock IN ('whatsapp:' || i.whatsapp_user_id, 'whatsapp-wish:' || i.whatsapp_user_id)
                              AND j.status IN ('todo', 'doing') AND j.args ->> 'wa_message_id' = i.wa_message_id)
         ORDER BY i.received_at, i.sent_at
         LIMIT 500
        """,
        seconds=float(after_seconds),
    )


def insert_message(tx: Tx, whatsapp_user_id: int, said: Said) -> Query[PlacedRow]:
    return tx.one(
        PlacedRow,
        """
        INSERT INTO helpdesk.message (whatsapp_user_id, author, kind, content, language, wa_message_id, answers_id,
                                      ticket_id, staff_id, details)
             VALUES (%(whatsapp_user_id)s, %(author)s, %(kind)s, %(content)s, %(language)s, %(wa_message_id)s,
                     (SELECT id FROM helpdesk.message WHERE wa_message_id = %(answers)s),
                     %(ticket_id)s, %(staff_id)s, %(details)s)
          RETURNING id, created_at
        """,
        whatsapp_user_id=whatsapp_user_id,
        author=said.author,
        kind=said.kind,
        content=said.content,
        language=said.language,
        wa_message_id=said.wa_message_id,
        answers=said.answers,
        ticket_id=said.ticket_id,
        staff_id=said.staff_id,
        details=said.details,
    )


def find_offer(tx: Tx, whatsapp_user_id: int, message_id: int | None) -> Query[str | None]:
    """The category kept with our question, when it was this customer we asked."""
    return tx.find_value(
        str,
        """
        SELECT details -> 'offer' ->> 'category'
          FROM helpdesk.message
         WHERE id = %(message_id)s AND whatsapp_user_id = %(whatsapp_user_id)s
        """,
        whatsapp_user_id=whatsapp_user_id,
        message_id=message_id,
    )


def find_question(tx: Tx, whatsapp_user_id: int, *, before: datetime) -> Query[int | None]:
    """Our message that asks about a ticket, when it is the last thing we sent and this time lies within a day of it."""
    return tx.find_value(
        int,
        """
        SELECT m.id
          FROM (SELECT message_id, kind, status, created_at
                  FROM helpdesk.outbound
                 WHERE whatsapp_user_id = %(whatsapp_user_id)s
                 ORDER BY id DESC LIMIT 1) AS latest
          JOIN helpdesk.message m ON m.id = latest.message_id
         WHERE latest.kind = 'buttons' AND latest.status <> 'failed'
           AND latest.created_at < %(before)s AND latest.created_at > %(before)s::timestamptz - interval '1 day'
        """,
        whatsapp_user_id=whatsapp_user_id,
        before=before,
    )


def list_history(db: Db, whatsapp_user_id: int, *, before_id: int | None, most: int) -> Query[list[SaidRow]]:
    """What was said before a message in the last day, newest first; up to now before one that is yet to be kept."""
    return db.all(
        SaidRow,
        """
        SELECT author, content
          FROM helpdesk.message
         WHERE whatsapp_user_id = %(whatsapp_user_id)s AND id < %(before_id)s
           AND created_at > now() - interval '1 day'
         ORDER BY id DESC
         LIMIT %(most)s
        """,
        whatsapp_user_id=whatsapp_user_id,
        before_id=before_id or NEWEST,
        most=most,
    )


def set_opted_out(tx: Tx, whatsapp_user_id: int, *, opted_out: bool) -> Query[int]:
    return tx.value(
        int,
        """
        UPDATE helpdesk.whatsapp_user
           SET opted_out_at = CASE WHEN %(opted_out)s::bool THEN now() END,
               offers_stopped_at = CASE WHEN %(opted_out)s::bool THEN offers_stopped_at END
         WHERE id = %(whatsapp_user_id)s
     RETURNING id
        """,
        whatsapp_user_id=whatsapp_user_id,
        opted_out=opted_out,
    )


def set_offers_stopped(tx: Tx, whatsapp_user_id: int) -> Query[int]:
    return tx.run(
        "UPDATE helpdesk.whatsapp_user SET offers_stopped_at = now() WHERE id = %(id)s AND offers_stopped_at IS NULL",
        id=whatsapp_user_id,
    )


def get_customer(db: Db, whatsapp_user_id: int) -> Query[CustomerRow]:
    """The customer, and whether WhatsApp still takes more than templates for them."""
    return db.one(
        CustomerRow,
        """
        SELECT id, phone, opted_out_at, coalesce(last_inbound_at > now() - %(window)s::interval, false) AS window_open
          FROM helpdesk.whatsapp_user
         WHERE id = %(whatsapp_user_id)s
        """,
        whatsapp_user_id=whatsapp_user_id,
        window=WINDOW,
    )


def set_answered(tx: Tx, ticket_id: int) -> Query[int]:
    """Count an agent's answer."""
    return tx.value(
        int,
        """
        UPDATE helpdesk.ticket SET agent_response_count = agent_response_count + 1 WHERE id = %(ticket_id)s
     RETURNING id
        """,
        ticket_id=ticket_id,
    )
