"""The helpdesk's figures: messages that wait for us, and replies that did not leave or may not have."""

from backoffice.kernel.database import Db, Query
from backoffice.kernel.health.figures import Figure, Reading


def list_waits_of_customers(db: Db) -> Query[list[Reading]]:
    """Seconds that the oldest message has waited for us; 0 where none does."""
    return db.all(
        Reading,
        """
        SELECT 'whatsapp' AS label, coalesce(extract(epoch FROM now() - min(received_at)), 0)::float8 AS value
          FROM helpdesk.inbound WHERE handled_at IS NULL
        """,
    )


def count_outbox(db: Db) -> Query[list[Reading]]:
    return db.all(
        Reading,
        """
        SELECT status AS label, count(*)::float8 AS value
          FROM helpdesk.outbound WHERE status IN ('queued', 'sending', 'unknown') GROUP BY status
        """,
    )


def list_waits_of_outbox(db: Db) -> Query[list[Reading]]:
    """Seconds since the oldest message under each status came there."""
    return db.all(
        Reading,
        """
        SELECT status AS label, extract(epoch FROM now() - min(moved_at))::float8 AS value
          FROM helpdesk.outbound WHERE status IN ('queued', 'sending', 'unknown') GROUP BY status
        """,
    )


FIGURES = (
    Figure("inbound_waited_seconds", "Of the oldest message without an answer", list_waits_of_customers, by="channel"),
    Figure("outbox", "Replies on their way, or of which nobody knows", count_outbox, by="status"),
    Figure("outbox_waited_seconds", "Since the oldest reply came to its status", list_waits_of_outbox, by="status"),
)
