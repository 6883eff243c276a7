"""The ticket table and its log: locking, moving, noting. Lists and the detail page are in listing.py.

Lock order: helpdesk.dispatch (whoever frees or takes an agent's place), then the ticket; team members by trigger.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from backoffice.helpdesk.ticket import rules
from backoffice.helpdesk.ticket.rules import Activity, Category, Status
from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class TicketRow:
    id: int
    code: str
    status: Status
    category: Category
    whatsapp_user_id: int
    phone: str
    assigned_agent_id: int | None
    assigned_at: datetime | None
    reassignment_count: int
    updated_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class NotedRow:
    id: int
    created_at: datetime
    author: str | None


TICKET: LiteralString = """
    SELECT id, code, status, category, whatsapp_user_id, phone, assigned_agent_id, assigned_at, reassignment_count,
           updated_at, resolved_at, closed_at
      FROM helpdesk.ticket
"""


def lock_dispatch(tx: Tx) -> Query[bool]:
    """Hold the right to assign until this write ends: who changes an agent's load waits here, never in a deadlock."""
    return tx.value(bool, "SELECT singleton FROM helpdesk.dispatch FOR UPDATE")


def get_ticket(db: Db, ticket_id: int) -> Query[TicketRow]:
    return db.one(
        TicketRow,
        TICKET + "WHERE id = %(ticket_id)s",
        ticket_id=ticket_id,
        missing=rules.TicketNotFound(ticket_id=ticket_id),
    )


def lock_ticket(tx: Tx, ticket_id: int) -> Query[TicketRow]:
    """The ticket, held until this write ends."""
    return tx.one(
        TicketRow,
        TICKET
        + """
         WHERE id = %(ticket_id)s
           FOR UPDATE
        """,
        ticket_id=ticket_id,
        missing=rules.TicketNotFound(ticket_id=ticket_id),
    )


def set_status(tx: Tx, ticket: TicketRow, to: Status, *, notes: str | None) -> Query[TicketRow | None]:
    """Move the ticket forward and log it; entering resolved and closed sets their times.

    None when it is no longer in the status, or with the agent, that it was read with.
    """
    said, facts = words_of_move(tx, ticket, to, notes=notes)
    return tx.find(
        TicketRow,
        """
        WITH moved AS (
            UPDATE helpdesk.ticket
               SET status = %(to)s,
                   resolution_notes = coalesce(%(notes)s, resolution_notes),
                   resolved_at = CASE %(to)s::text WHEN 'resolved' THEN now() ELSE resolved_at END,
                   closed_at = CASE %(to)s::text WHEN 'closed' THEN now() ELSE closed_at END
             WHERE id = %(ticket_id)s AND status = %(expected)s
               AND assigned_agent_id IS NOT DISTINCT FROM %(agent_id)s::bigint
         RETURNING id, code, status, category, whatsapp_user_id, phone, assigned_agent_id, assigned_at,
                   reassignment_count, updated_at, resolved_at, closed_at
        ), logged AS (
            INSERT INTO helpdesk.ticket_activity (ticket_id, activity_type, description, staff_id, metadata)
                 SELECT id, 'status_updated', %(said)s, nullif(%(staff_id)s, 0), %(facts)s FROM moved
        )
        SELECT id, code, status, category, whatsapp_user_id, phone, assigned_agent_id, assigned_at, reassignment_count,
               updated_at, resolved_at, closed_at
          FROM moved
        """,
        ticket_id=ticket.id,
        expected=ticket.status,
        agent_id=ticket.assigned_agent_id,
        to=to,
        notes=notes,
        said=said,
        facts=facts,
        staff_id=tx.actor.id,
    )


def words_of_move(
    tx: Tx, ticket: TicketRow, to: Status, *, notes: str | None = None, by: str | None = None
) -> tuple[str, dict[str, Any]]:
    """What the log says of a move, in a sentence and as facts."""
    mover = by or tx.actor.label
    facts = {"old_status": ticket.status, "new_status": to, "updated_by": mover, "resolution_notes": notes}
    return f"Status changed from '{ticket.status}' to '{to}'", facts


def set_reopened(tx: Tx, ticket: TicketRow, *, keep_agent: bool) -> Query[TicketRow]:
    """Open again, neither resolved nor closed; without its agent it waits from now on."""
    return tx.one(
        TicketRow,
        """
        UPDATE helpdesk.ticket
           SET status = 'open', resolved_at = NULL, closed_at = NULL, queued_at = now(),
               assigned_agent_id = CASE WHEN %(keep)s::bool THEN assigned_agent_id END,
               assigned_at = CASE WHEN %(keep)s::bool THEN assigned_at END
         WHERE id = %(ticket_id)s AND status = %(expected)s
     RETURNING id, code, status, category, whatsapp_user_id, phone, assigned_agent_id, assigned_at, reassignment_count,
               updated_at, resolved_at, closed_at
        """,
        ticket_id=ticket.id,
        expected=ticket.status,
        keep=keep_agent,
    )


def set_category(tx: Tx, ticket: TicketRow, to: Category) -> Query[TicketRow]:
    return tx.one(
        TicketRow,
        """
        UPDATE helpdesk.ticket SET category = %(to)s WHERE id = %(ticket_id)s
     RETURNING id, code, status, category, whatsapp_user_id, phone, assigned_agent_id, assigned_at, reassignment_count,
               updated_at, resolved_at, closed_at
        """,
        ticket_id=ticket.id,
        to=to,
    )


def insert_activity(
    tx: Tx, ticket_id: int, kind: Activity, *, description: str, metadata: dict[str, Any]
) -> Query[NotedRow]:
    """One line of the ticket's log, by whoever acts; the system's own lines name nobody."""
    return tx.one(
        NotedRow,
        """
        INSERT INTO helpdesk.ticket_activity (ticket_id, activity_type, description, staff_id, metadata)
             VALUES (%(ticket_id)s, %(kind)s, %(description)s, nullif(%(staff_id)s, 0), %(metadata)s)
          RETURNING id, created_at, (SELECT full_name FROM kernel.staff WHERE id = %(staff_id)s) AS author
        """,
        ticket_id=ticket_id,
        kind=kind,
        description=description,
        staff_id=tx.actor.id,
        metadata=metadata,
    )


def find_unresolved(db: Db, whatsapp_user_id: int) -> Query[TicketRow | None]:
    """The customer's one unresolved ticket."""
    return db.find(
        TicketRow,
        TICKET
        + """
         WHERE whatsapp_user_id = %(whatsapp_user_id)s AND status IN ('open', 'in_progress')
        """,
        whatsapp_user_id=whatsapp_user_id,
    )


def find_latest(db: Db, whatsapp_user_id: int) -> Query[TicketRow | None]:
    """The customer's unresolved ticket, else their newest one."""
    return db.find(
        TicketRow,
        TICKET
        + """
         WHERE whatsapp_user_id = %(whatsapp_user_id)s
         ORDER BY status IN ('open', 'in_progress') DESC, created_at DESC
         LIMIT 1
        """,
        whatsapp_user_id=whatsapp_user_id,
    )


def insert_ticket(
    tx: Tx, code: str, whatsapp_user_id: int, *, category: Category, reason: str
) -> Query[TicketRow | None]:
    """A new open ticket, queued, with its log's first line.

    None when its code is taken or the customer already has an unresolved one.
    """
    return tx.find(
        TicketRow,
        """
        WITH opened AS (
            INSERT INTO helpdesk.ticket (code, whatsapp_user_id, phone, merchant_id, category, escalation_reason)
                 SELECT %(code)s, u.id, u.phone, u.merchant_id, %(category)s, %(reason)s
                   FROM helpdesk.whatsapp_user u
                  WHERE u.id = %(whatsapp_user_id)s
            ON CONFLICT DO NOTHING
              RETURNING id, code, status, category, whatsapp_user_id, phone, assigned_agent_id, assigned_at,
                        reassignment_count, updated_at, resolved_at, closed_at
        ), logged AS (
            INSERT INTO helpdesk.ticket_activity (ticket_id, activity_type, description, staff_id, metadata)
                 SELECT id, 'created', 'Ticket created', nullif(%(staff_id)s, 0), %(facts)s FROM opened
        )
        SELECT id, code, status, category, whatsapp_user_id, phone, assigned_agent_id, assigned_at, reassignment_count,
               updated_at, resolved_at, closed_at
          FROM opened
        """,
        code=code,
        whatsapp_user_id=whatsapp_user_id,
        category=category,
        reason=reason,
        staff_id=tx.actor.id,
        facts={"category": category, "reason": reason},
    )
