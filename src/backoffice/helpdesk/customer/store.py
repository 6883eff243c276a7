"""Reading WhatsApp users, their totals and conversations. Nothing here writes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.helpdesk.ticket.rules import Category, Status
from backoffice.kernel.database import Db, Pages, Query, search, tally

MOST_TICKETS = 100


@dataclass(frozen=True, slots=True)
class CustomerRow:
    id: int
    phone: str
    name: str | None
    merchant_id: str | None
    language_preference: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MessageRow:
    id: int
    author: str
    kind: str
    content: str
    language: str | None
    details: dict[str, Any]
    created_at: datetime
    delivery: str | None
    error: str | None
    quoted_id: int | None
    quoted_author: str | None
    quoted_content: str | None


@dataclass(frozen=True, slots=True)
class TicketRow:
    id: int
    code: str
    status: Status
    category: Category
    created_at: datetime


CUSTOMERS = Pages(
    "customers",
    CustomerRow,
    source="helpdesk.whatsapp_user u",
    key="u.id",
    order="u.created_at DESC, u.id DESC",
    filters={
        "is_merchant": {True: "u.merchant_id IS NOT NULL", False: "u.merchant_id IS NULL"},
        "search": search(
            "u.id",
            "helpdesk.whatsapp_user",
            begins={"kernel.fold(merchant_id)": "kernel.fold"},
            words=["kernel.search_vector(name)"],
            phones=["phone"],
        ),
    },
    tally=tally(
        "helpdesk.whatsapp_user_tally", "users", by={"is_merchant": {True: "is_merchant", False: "NOT is_merchant"}}
    ),
    sql="""
    SELECT u.id, u.phone, u.name, u.merchant_id, u.language_preference, u.created_at
      FROM {source} {where}
     ORDER BY {order} {cut}
    """,
)


def list_messages(db: Db, user_id: int, *, limit: int, offset: int) -> Query[list[MessageRow]]:
    """Newest first, over all of this person's tickets."""
    return db.all(
        MessageRow,
        """
        SELECT m.id, m.author, m.kind, m.content, m.language, m.details, m.created_at, o.status AS delivery, o.error,
               quoted.id AS quoted_id, quoted.author AS quoted_author, quoted.content AS quoted_content
          FROM helpdesk.message m
          LEFT JOIN helpdesk.outbound o ON o.message_id = m.id
          LEFT JOIN LATERAL (
                SELECT known.id, known.author, known.content
                  FROM helpdesk.message known
                 WHERE known.wa_message_id = m.details ->> 'quotes' AND known.whatsapp_user_id = m.whatsapp_user_id
                 UNION ALL
                SELECT ours.id, ours.author, ours.content
                  FROM helpdesk.outbound sent
                  JOIN helpdesk.message ours ON ours.id = sent.message_id
                 WHERE sent.wa_message_id = m.details ->> 'quotes' AND ours.whatsapp_user_id = m.whatsapp_user_id
                 LIMIT 1
               ) quoted ON m.details ? 'quotes'
         WHERE m.whatsapp_user_id = %(user_id)s
         ORDER BY m.id DESC
         LIMIT %(limit)s OFFSET %(offset)s
        """,
        user_id=user_id,
        limit=limit,
        offset=offset,
    )


def count_messages(db: Db, user_id: int) -> Query[int]:
    return db.value(int, "SELECT count(*) FROM helpdesk.message WHERE whatsapp_user_id = %(user_id)s", user_id=user_id)


def list_tickets(db: Db, user_id: int) -> Query[list[TicketRow]]:
    """The latest hundred, newest first."""
    return db.all(
        TicketRow,
        """
        SELECT id, code, status, category, created_at
          FROM helpdesk.ticket
         WHERE whatsapp_user_id = %(user_id)s
         ORDER BY created_at DESC, id DESC
         LIMIT %(most)s
        """,
        user_id=user_id,
        most=MOST_TICKETS,
    )
