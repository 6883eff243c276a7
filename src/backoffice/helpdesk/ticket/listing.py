"""Reading tickets: the list and its totals, the queue, the detail with conversation and log. Nothing here writes."""

from typing import LiteralString

from backoffice.helpdesk.message.listing import MESSAGE, MessageRow
from backoffice.helpdesk.ticket import rules
from backoffice.helpdesk.ticket.rules import Status
from backoffice.helpdesk.ticket.schemas import AloneOut, LoggedOut, TicketOut, WaitingOut
from backoffice.kernel.database import Db, Listing, Pages, Query, search, tally

LONGEST_CONVERSATION = 200


COLUMNS = """
    SELECT t.id, t.code AS ticket_id, ltrim(t.phone, '+') AS phone_number, t.merchant_id, t.status, t.category,
           t.escalation_reason, t.assigned_agent_id, t.assigned_at, t.auto_assigned, t.reassignment_count,
           t.created_at, t.updated_at, t.resolved_at, t.closed_at, s.id AS assigned_agent_id,
           s.username AS assigned_agent_username, s.full_name AS assigned_agent_full_name,
           m.department AS assigned_agent_department
"""
AGENT = """
      LEFT JOIN kernel.staff s ON s.id = t.assigned_agent_id
      LEFT JOIN helpdesk.team_member m ON m.staff_id = t.assigned_agent_id
"""
OF_PART: LiteralString = """
    SELECT o.id FROM helpdesk.whatsapp_user u JOIN helpdesk.ticket o ON o.whatsapp_user_id = u.id
     WHERE kernel.phone_windows(u.phone) @> %(windows)s::text[] AND strpos(u.phone, %(part)s) > 0
"""
"""By a part of their customer's number: a ticket changes too often to have an index of its own for it."""
TICKETS = Pages(
    "tickets",
    TicketOut,
    source="helpdesk.ticket t",
    key="t.id",
    order="t.created_at DESC, t.id DESC",
    filters={
        "status": {
            Status.OPEN: "t.status = 'open'",
            Status.IN_PROGRESS: "t.status = 'in_progress'",
            Status.RESOLVED: "t.status = 'resolved'",
            Status.CLOSED: "t.status = 'closed'",
        },
        "category": "t.category = %(category)s",
        "assigned_agent_id": "t.assigned_agent_id = %(assigned_agent_id)s",
        "own": "t.assigned_agent_id = %(own)s",
        "unassigned": {True: "t.assigned_agent_id IS NULL"},
        "from_date": "t.created_at >= %(from_date)s::date AT TIME ZONE 'UTC'",
        "to_date": "t.created_at < (%(to_date)s::date + 1) AT TIME ZONE 'UTC'",
        "search": search(
            "t.id",
            "helpdesk.ticket",
            begins={"code": "upper", "kernel.fold(merchant_id)": "kernel.fold"},
            phones={"phone": OF_PART},
        ),
    },
    tally=tally(
        "helpdesk.ticket_tally",
        "tickets",
        by={
            "status": "status = %(status)s",
            "category": "category = %(category)s",
            "assigned_agent_id": "agent_id = %(assigned_agent_id)s",
            "own": "agent_id = %(own)s",
            "unassigned": {True: "agent_id IS NULL"},
        },
    ),
    sql=COLUMNS + "FROM {page} JOIN helpdesk.ticket t USING (id)" + AGENT + "ORDER BY {order}",
)
DETAIL = Listing(
    AloneOut,
    COLUMNS
    + ", s.email AS assigned_agent_email, t.agent_response_count, t.resolution_notes FROM helpdesk.ticket t"
    + AGENT
    + "{where}",
    filters={"ticket_id": "t.id = %(ticket_id)s"},
)
WAITING = Pages(
    "waiting tickets",
    WaitingOut,
    source="helpdesk.ticket t",
    key="t.id",
    order="t.queued_at, t.id",
    always="t.status = 'open' AND t.assigned_agent_id IS NULL",
    filters={"category": "t.category = %(category)s"},
    tally=tally(
        "helpdesk.ticket_tally",
        "tickets",
        by={"category": "category = %(category)s"},
        always="status = 'open' AND agent_id IS NULL",
    ),
    sql="""
    SELECT t.id, t.code AS ticket_id, ltrim(t.phone, '+') AS phone_number, t.merchant_id, t.category,
           t.escalation_reason, t.created_at,
           floor(extract(epoch FROM now() - t.queued_at) / 60)::bigint AS waiting_time_minutes
      FROM helpdesk.ticket t {where}
     ORDER BY {order} {cut}
    """,
)
"""The queue, longest waiting first."""
DURING_TICKET: LiteralString = """
       JOIN helpdesk.ticket t ON t.whatsapp_user_id = m.whatsapp_user_id
      WHERE t.id = %(ticket_id)s
        AND m.created_at <= coalesce(t.closed_at, 'infinity')
        AND m.created_at >= t.created_at - interval '7 days'
        AND m.created_at > coalesce((SELECT max(e.closed_at) FROM helpdesk.ticket e
                                      WHERE e.whatsapp_user_id = t.whatsapp_user_id AND e.closed_at <= t.created_at
                                        AND e.id <> t.id), '-infinity')
      ORDER BY m.id DESC
      LIMIT %(most)s
"""


def get_detail(db: Db, ticket_id: int) -> Query[AloneOut]:
    by = {"ticket_id": ticket_id}
    return db.one(AloneOut, DETAIL.where(by), **by, missing=rules.TicketNotFound(ticket_id=ticket_id))


def list_conversation(db: Db, ticket_id: int) -> Query[list[MessageRow]]:
    """Newest first, one more than is shown: from 7 days before it, after the ticket before closed, until it closed."""
    return db.all(
        MessageRow,
        MESSAGE + DURING_TICKET,
        ticket_id=ticket_id,
        most=LONGEST_CONVERSATION + 1,
    )


def list_activities(db: Db, ticket_id: int) -> Query[list[LoggedOut]]:
    """Newest first."""
    return db.all(
        LoggedOut,
        """
        SELECT a.id, a.activity_type, a.description, a.metadata, o.status AS delivery, o.error, a.created_at,
               s.id AS admin_user_id, s.username AS admin_user_username, s.full_name AS admin_user_full_name,
               coalesce(m.role, '') AS admin_user_role
          FROM helpdesk.ticket_activity a
          LEFT JOIN kernel.staff s ON s.id = a.staff_id
          LEFT JOIN kernel.membership m ON m.staff_id = a.staff_id AND m.product = 'helpdesk'
          LEFT JOIN helpdesk.outbound o
            ON a.activity_type = 'replied' AND o.id = (a.metadata ->> 'outbound_id')::bigint
         WHERE a.ticket_id = %(ticket_id)s
         ORDER BY a.id DESC
        """,
        ticket_id=ticket_id,
    )
