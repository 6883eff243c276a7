"""Reading tickets: the list and its totals, the queue, the detail with conversation and log. Nothing here writes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.helpdesk.ticket import rules
from backoffice.helpdesk.ticket.rules import Category, Status
from backoffice.kernel.database import Db, Listing, Pages, Query, search, tally

LONGEST_CONVERSATION = 200


@dataclass(frozen=True, slots=True)
class ListedRow:
    id: int
    code: str
    phone: str
    merchant_id: str | None
    status: Status
    category: Category
    escalation_reason: str
    assigned_agent_id: int | None
    assigned_at: datetime | None
    auto_assigned: bool
    reassignment_count: int
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    agent_username: str | None
    agent_full_name: str | None
    agent_department: str | None


@dataclass(frozen=True, slots=True)
class DetailRow(ListedRow):
    agent_response_count: int
    resolution_notes: str | None
    agent_email: str | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    id: int
    code: str
    phone: str
    merchant_id: str | None
    category: Category
    escalation_reason: str
    created_at: datetime
    waiting_minutes: int


@dataclass(frozen=True, slots=True)
class MessageRow:
    id: int
    author: str
    kind: str
    content: str
    language: str | None
    languages: dict[str, str | None] | None
    answers_id: int | None
    file_id: str | None
    transcription: str | None
    created_at: datetime
    delivery: str | None
    outbound_id: int | None
    resent_count: int
    error: str | None
    details: dict[str, Any]
    quoted_id: int | None
    quoted_author: str | None
    quoted_content: str | None


@dataclass(frozen=True, slots=True)
class ActivityRow:
    id: int
    activity_type: str
    description: str
    staff_id: int | None
    metadata: dict[str, Any]
    created_at: datetime
    staff_username: str | None
    staff_full_name: str | None
    staff_role: str | None
    delivery: str | None
    error: str | None


COLUMNS = """
    SELECT t.id, t.code, t.phone, t.merchant_id, t.status, t.category, t.escalation_reason, t.assigned_agent_id,
           t.assigned_at, t.auto_assigned, t.reassignment_count, t.created_at, t.updated_at, t.resolved_at, t.closed_at,
           s.username AS agent_username, s.full_name AS agent_full_name, m.department AS agent_department
"""
AGENT = """
      LEFT JOIN kernel.staff s ON s.id = t.assigned_agent_id
      LEFT JOIN helpdesk.team_member m ON m.staff_id = t.assigned_agent_id
"""
TICKETS = Pages(
    "tickets",
    ListedRow,
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
            phones=["phone"],
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
    DetailRow,
    COLUMNS
    + ", t.agent_response_count, t.resolution_notes, s.email AS agent_email FROM helpdesk.ticket t"
    + AGENT
    + "{where}",
    filters={"ticket_id": "t.id = %(ticket_id)s"},
)
WAITING = Pages(
    "waiting tickets",
    WaitingRow,
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
    SELECT t.id, t.code, t.phone, t.merchant_id, t.category, t.escalation_reason, t.created_at,
           floor(extract(epoch FROM now() - t.queued_at) / 60)::bigint AS waiting_minutes
      FROM helpdesk.ticket t {where}
     ORDER BY {order} {cut}
    """,
)
"""The queue, longest waiting first."""


def get_detail(db: Db, ticket_id: int) -> Query[DetailRow]:
    by = {"ticket_id": ticket_id}
    return db.one(DetailRow, DETAIL.where(by), **by, missing=rules.TicketNotFound(ticket_id=ticket_id))


def list_conversation(db: Db, ticket_id: int) -> Query[list[MessageRow]]:
    """Newest first, one more than is shown: from 7 days before it, after the ticket before closed, until it closed."""
    return db.all(
        MessageRow,
        """
        SELECT m.id, m.author, m.kind, m.content, m.language,
               m.details -> 'language' AS languages, m.answers_id,
               m.details ->> 'file_id' AS file_id, m.details ->> 'transcription' AS transcription, m.created_at,
               o.status AS delivery, o.id AS outbound_id, coalesce(o.resent_count, 0) AS resent_count,
               o.error, m.details,
               quoted.id AS quoted_id, quoted.author AS quoted_author, quoted.content AS quoted_content
          FROM helpdesk.ticket t
          JOIN helpdesk.message m ON m.whatsapp_user_id = t.whatsapp_user_id
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
         WHERE t.id = %(ticket_id)s
           AND m.created_at <= coalesce(t.closed_at, 'infinity')
           AND m.created_at >= t.created_at - interval '7 days'
           AND m.created_at > coalesce((SELECT max(e.closed_at) FROM helpdesk.ticket e
                                         WHERE e.whatsapp_user_id = t.whatsapp_user_id AND e.closed_at <= t.created_at
                                           AND e.id <> t.id), '-infinity')
         ORDER BY m.id DESC
         LIMIT %(most)s
        """,
        ticket_id=ticket_id,
        most=LONGEST_CONVERSATION + 1,
    )


def list_activities(db: Db, ticket_id: int) -> Query[list[ActivityRow]]:
    """Newest first."""
    return db.all(
        ActivityRow,
        """
        SELECT a.id, a.activity_type, a.description, a.staff_id, a.metadata, a.created_at,
               s.username AS staff_username, s.full_name AS staff_full_name, m.role AS staff_role,
               o.status AS delivery, o.error
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
