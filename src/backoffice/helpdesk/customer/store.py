"""Reading WhatsApp users, their totals and conversations. Nothing here writes."""

from typing import LiteralString

from backoffice.helpdesk.customer.schemas import CustomerOut, CustomerTicketOut
from backoffice.helpdesk.message.listing import MESSAGE, MessageRow
from backoffice.kernel.database import Db, Pages, Query, search, tally

MOST_TICKETS = 100
OF_PART: LiteralString = """
    SELECT id FROM helpdesk.whatsapp_user
     WHERE kernel.phone_windows(phone) @> %(windows)s::text[] AND strpos(phone, %(part)s) > 0
"""
"""By a part of the number, wherever it stands in it."""


CUSTOMERS = Pages(
    "customers",
    CustomerOut,
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
            phones={"phone": OF_PART},
        ),
    },
    tally=tally(
        "helpdesk.whatsapp_user_tally", "users", by={"is_merchant": {True: "is_merchant", False: "NOT is_merchant"}}
    ),
    sql="""
    SELECT u.id, ltrim(u.phone, '+') AS phone_number, u.name, u.merchant_id IS NOT NULL AS is_merchant, u.merchant_id,
           u.language_preference, u.created_at
      FROM {source} {where}
     ORDER BY {order} {cut}
    """,
)


def list_messages(db: Db, user_id: int, *, limit: int, offset: int) -> Query[list[MessageRow]]:
    """Newest first, over all of this person's tickets."""
    return db.all(
        MessageRow,
        MESSAGE
        + """
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


def list_tickets(db: Db, user_id: int) -> Query[list[CustomerTicketOut]]:
    """The latest hundred, newest first."""
    return db.all(
        CustomerTicketOut,
        """
        SELECT id, code AS ticket_id, status, category, created_at
          FROM helpdesk.ticket
         WHERE whatsapp_user_id = %(user_id)s
         ORDER BY created_at DESC, id DESC
         LIMIT %(most)s
        """,
        user_id=user_id,
        most=MOST_TICKETS,
    )
