"""Reading broadcasts: the list, one with its failures. Nothing here writes."""

from backoffice.helpdesk.broadcast import rules
from backoffice.helpdesk.broadcast.schemas import BroadcastOut, FailureOut
from backoffice.kernel.database import Db, Pages, Query

BROADCASTS = Pages(
    "broadcasts",
    BroadcastOut,
    source="helpdesk.broadcast b",
    key="b.id",
    order="b.id DESC",
    sql="""
    SELECT b.id, b.message AS message_content, b.status, b.total_recipients,
           coalesce((SELECT sum(t.recipients)::bigint FROM helpdesk.broadcast_outcome t
                      WHERE t.broadcast_id = b.id AND t.outcome = 'sent'), 0) AS sent_success,
           coalesce((SELECT sum(t.recipients)::bigint FROM helpdesk.broadcast_outcome t
                      WHERE t.broadcast_id = b.id AND t.outcome = 'failed'), 0) AS sent_failed,
           s.username AS created_by, b.created_at, b.started_at, b.completed_at,
           ARRAY(SELECT r.error || ' (' || count(*) || ')' FROM helpdesk.broadcast_recipient r
                  WHERE r.broadcast_id = b.id AND r.outcome = 'failed'
                  GROUP BY r.error ORDER BY count(*) DESC, r.error LIMIT 20) AS error_log
      FROM {source}
      JOIN kernel.staff s ON s.id = b.created_by
    {where}
     ORDER BY {order} {cut}
    """,
)
"""Newest first, with the twenty most frequent reasons of failure."""


def get_broadcast(db: Db, broadcast_id: int) -> Query[BroadcastOut]:
    return BROADCASTS.one(db, broadcast_id, missing=rules.BroadcastNotFound(broadcast_id=broadcast_id))


def list_failures(db: Db, broadcast_id: int) -> Query[list[FailureOut]]:
    """Who got nothing and why, in the order they were given."""
    return db.all(
        FailureOut,
        """
        SELECT ltrim(phone, '+') AS phone_number, coalesce(error, '') AS error
          FROM helpdesk.broadcast_recipient
         WHERE broadcast_id = %(broadcast_id)s AND outcome = 'failed'
         ORDER BY position
        """,
        broadcast_id=broadcast_id,
    )
