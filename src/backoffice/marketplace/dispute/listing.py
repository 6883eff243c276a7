"""Disputes as staff list them, with the notes in their row: the queue, one customer's, and how many there are."""

from dataclasses import dataclass
from typing import Any, LiteralString

from backoffice.kernel.database import Db, Pages, Query, tally
from backoffice.kernel.database.compose import search
from backoffice.marketplace.customer.rules import UserNotFound
from backoffice.marketplace.dispute.rules import Status
from backoffice.marketplace.dispute.shapes import DisputeFacts


@dataclass(frozen=True)
class ListedRow(DisputeFacts):
    """`evidence` has id, type, file_id, description, filename and sender of each piece, oldest first."""

    evidence: Any


@dataclass(frozen=True, slots=True)
class SumsRow:
    open: int
    in_progress: int
    resolved: int
    closed: int
    rejected: int
    urgent: int


@dataclass(frozen=True, slots=True)
class UserSumsRow:
    """`won` are those of the decided ones that gave the customer something."""

    customer_id: int
    open: int
    in_progress: int
    resolved: int
    closed: int
    rejected: int
    won: int
    hours: float | None


LISTED: LiteralString = """
    SELECT d.id, d.reference AS dispute_reference, d.type, d.category, d.status, d.priority, d.subject,
           d.description, d.booking_id, b.reference AS booking_reference, d.vendor_id, v.display_name AS vendor_name,
           d.amount_disputed_minor AS amount_disputed, d.refund_requested, d.refund_amount_minor AS refund_amount,
           d.created_at, d.updated_at, d.assigned_to, s.full_name AS assigned_to_name, d.resolution_deadline,
           d.is_live AND d.resolution_deadline < now() AS is_overdue, d.escalated_at, d.vendor_response,
           d.vendor_responded_at, d.admin_notes, d.resolution, d.resolved_at, d.resolution_type, d.source,
           d.customer_id AS user_id, c.name AS user_name, c.email AS user_email, c.phone AS user_phone,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'type', e.type, 'file_id', e.file_id,
                                                         'description', e.description, 'filename', e.filename,
                                                         'sender', e.sender) ORDER BY e.id), '[]')
              FROM marketplace.dispute_evidence e WHERE e.dispute_id = d.id) AS evidence
      FROM {page}
      JOIN marketplace.dispute d USING (id)
      JOIN marketplace.customer c ON c.id = d.customer_id
      LEFT JOIN marketplace.vendor v ON v.id = d.vendor_id
      LEFT JOIN marketplace.booking b ON b.id = d.booking_id
      LEFT JOIN kernel.staff s ON s.id = d.assigned_to
     ORDER BY {order}
"""
STATUSES: dict[Any, LiteralString] = {
    Status.OPEN: "d.status = 'open' AND d.is_live",
    Status.IN_PROGRESS: "d.status = 'in_progress' AND d.is_live",
    Status.RESOLVED: "d.status = 'resolved' AND NOT d.is_live",
    Status.CLOSED: "d.status = 'closed' AND NOT d.is_live",
    Status.REJECTED: "d.status = 'rejected' AND NOT d.is_live",
}
"""The queue's index knows what is live: what is decided is not walked past what isn't, nor the other way round."""
BY_SUMS: dict[str, LiteralString] = {
    "status": "status = %(status)s",
    "type": "type = %(type)s",
    "priority": "priority = %(priority)s",
}

DISPUTES = Pages(
    "disputes",
    ListedRow,
    source="marketplace.dispute d",
    key="d.id",
    order={
        "queue": "d.is_live DESC, d.urgency DESC, d.resolution_deadline, d.id",
        "created_at_desc": "d.created_at DESC, d.id DESC",
        "created_at_asc": "d.created_at, d.id",
        "priority_desc": "d.urgency DESC, d.resolution_deadline, d.id",
        "priority_asc": "d.urgency, d.resolution_deadline DESC, d.id DESC",
        "deadline_asc": "d.resolution_deadline, d.id",
        "deadline_desc": "d.resolution_deadline DESC, d.id DESC",
    },
    filters={
        "status": STATUSES,
        "type": "d.type = %(type)s",
        "priority": "d.priority = %(priority)s",
        "assigned_to": "d.assigned_to = %(assigned_to)s",
        "own": "d.assigned_to = %(own)s",
        "unassigned": {True: "d.assigned_to IS NULL", False: "d.assigned_to IS NOT NULL"},
        "overdue": {
            True: "d.status IN ('open', 'in_progress') AND d.resolution_deadline < now()",
            False: "NOT (d.is_live AND d.resolution_deadline < now())",
        },
        "from_date": "d.created_at >= %(from_date)s",
        "to_date": "d.created_at < %(to_date)s",
        "search": search("d.id", "marketplace.dispute", begins={}, words=["words"]),
    },
    tally=tally("marketplace.dispute_tally", "disputes", by=BY_SUMS),
    sql=LISTED,
)
OF_USER = Pages(
    "disputes of a user",
    ListedRow,
    source="marketplace.dispute d",
    key="d.id",
    order="d.created_at DESC, d.id DESC",
    filters={
        "customer_id": "d.customer_id = %(customer_id)s",
        "status": "d.status = %(status)s",
        "type": "d.type = %(type)s",
        "priority": "d.priority = %(priority)s",
    },
    sql=LISTED,
)


def count_all(db: Db) -> Query[SumsRow]:
    """From the kept sums, so at once."""
    return db.one(
        SumsRow,
        """
        SELECT coalesce(sum(disputes) FILTER (WHERE status = 'open'), 0)::bigint AS open,
               coalesce(sum(disputes) FILTER (WHERE status = 'in_progress'), 0)::bigint AS in_progress,
               coalesce(sum(disputes) FILTER (WHERE status = 'resolved'), 0)::bigint AS resolved,
               coalesce(sum(disputes) FILTER (WHERE status = 'closed'), 0)::bigint AS closed,
               coalesce(sum(disputes) FILTER (WHERE status = 'rejected'), 0)::bigint AS rejected,
               coalesce(sum(disputes) FILTER (WHERE priority = 'urgent' AND status IN ('open', 'in_progress')),
                        0)::bigint AS urgent
          FROM marketplace.dispute_tally
        """,
    )


def count_unassigned(db: Db) -> Query[int]:
    return db.value(int, "SELECT count(*) FROM marketplace.dispute WHERE is_live AND assigned_to IS NULL")


def count_overdue(db: Db) -> Query[int]:
    return db.value(
        int,
        """
        SELECT count(*) FROM marketplace.dispute
         WHERE status IN ('open', 'in_progress') AND resolution_deadline < now()
        """,
    )


def count_of(db: Db, staff_id: int) -> Query[int]:
    """What somebody still has to decide."""
    return db.value(
        int, "SELECT count(*) FROM marketplace.dispute WHERE is_live AND assigned_to = %(staff_id)s", staff_id=staff_id
    )


def sum_of_user(db: Db, customer_id: int) -> Query[UserSumsRow]:
    """UserNotFound."""
    return db.one(
        UserSumsRow,
        """
        SELECT c.id AS customer_id, d.open, d.in_progress, d.resolved, d.closed, d.rejected, d.won, d.hours
          FROM marketplace.customer c
         CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE status = 'open') AS open,
                      count(*) FILTER (WHERE status = 'in_progress') AS in_progress,
                      count(*) FILTER (WHERE status = 'resolved') AS resolved,
                      count(*) FILTER (WHERE status = 'closed') AS closed,
                      count(*) FILTER (WHERE status = 'rejected') AS rejected,
                      count(*) FILTER (WHERE status IN ('resolved', 'closed') AND resolution_type <> 'no_refund')
                          AS won,
                      (avg(extract(epoch FROM resolved_at - created_at)) FILTER (WHERE status IN ('resolved', 'closed'))
                       / 3600)::float8 AS hours
                 FROM marketplace.dispute WHERE customer_id = c.id) d
         WHERE c.id = %(customer_id)s
        """,
        customer_id=customer_id,
        missing=UserNotFound(user_id=customer_id),
    )
