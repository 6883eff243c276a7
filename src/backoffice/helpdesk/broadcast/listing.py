"""Reading broadcasts: the list, one with its failures. Nothing here writes."""

from dataclasses import dataclass
from datetime import datetime

from backoffice.helpdesk.broadcast import rules
from backoffice.helpdesk.broadcast.rules import Status
from backoffice.kernel.database import Db, Pages, Query


@dataclass(frozen=True, slots=True)
class ListedRow:
    id: int
    message: str
    status: Status
    total_recipients: int
    created_by: str
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    sent: int
    failed: int
    errors: list[str]


@dataclass(frozen=True, slots=True)
class FailureRow:
    phone: str
    error: str | None


BROADCASTS = Pages(
    "broadcasts",
    ListedRow,
    source="helpdesk.broadcast b",
    key="b.id",
    order="b.id DESC",
    sql="""
    SELECT b.id, b.message, b.status, b.total_recipients, s.username AS created_by, b.created_at, b.started_at,
           b.completed_at,
           coalesce((SELECT sum(t.recipients)::bigint FROM helpdesk.broadcast_outcome t
                      WHERE t.broadcast_id = b.id AND t.outcome = 'sent'), 0) AS sent,
           coalesce((SELECT sum(t.recipients)::bigint FROM helpdesk.broadcast_outcome t
                      WHERE t.broadcast_id = b.id AND t.outcome = 'failed'), 0) AS failed,
           ARRAY(SELECT r.error || ' (' || count(*) || ')' FROM helpdesk.broadcast_recipient r
                  WHERE r.broadcast_id = b.id AND r.outcome = 'failed'
                  GROUP BY r.error ORDER BY count(*) DESC, r.error LIMIT 20) AS errors
      FROM {source}
      JOIN kernel.staff s ON s.id = b.created_by
    {where}
     ORDER BY {order} {cut}
    """,
)
"""Newest first, with the twenty most frequent reasons of failure."""


def get_broadcast(db: Db, broadcast_id: int) -> Query[ListedRow]:
    return BROADCASTS.one(db, broadcast_id, missing=rules.BroadcastNotFound(broadcast_id=broadcast_id))


def list_failures(db: Db, broadcast_id: int) -> Query[list[FailureRow]]:
    """Who got nothing and why, in the order they were given."""
    return db.all(
        FailureRow,
        """
        SELECT phone, error
          FROM helpdesk.broadcast_recipient
         WHERE broadcast_id = %(broadcast_id)s AND outcome = 'failed'
         ORDER BY position
        """,
        broadcast_id=broadcast_id,
    )
