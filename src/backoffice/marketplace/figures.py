"""The marketplace's figures: refunds that are decided and have not left, and what differs from the gateways' books."""

from backoffice.kernel.database import Db, Query
from backoffice.kernel.health.figures import Figure, Reading


def count_unsent_refunds(db: Db) -> Query[list[Reading]]:
    return db.all(
        Reading,
        "SELECT 'approved' AS label, count(*)::float8 AS value FROM marketplace.refund WHERE status = 'approved'",
    )


def list_waits_of_refunds(db: Db) -> Query[list[Reading]]:
    """Seconds since the oldest of them was decided; 0 where none waits."""
    return db.all(
        Reading,
        """
        SELECT 'approved' AS label, coalesce(extract(epoch FROM now() - min(decided_at)), 0)::float8 AS value
          FROM marketplace.refund WHERE status = 'approved'
        """,
    )


def count_differences(db: Db) -> Query[list[Reading]]:
    """What the last nights found, and nobody has closed."""
    return db.all(
        Reading,
        """
        SELECT kind AS label, count(*)::float8 AS value
          FROM marketplace.refund_difference WHERE status = 'open' GROUP BY kind
        """,
    )


FIGURES = (
    Figure("refunds_unsent", "Refunds that are decided and not yet given back", count_unsent_refunds, by="status"),
    Figure("refunds_waited_seconds", "Since the oldest of them was decided", list_waits_of_refunds, by="status"),
    Figure("refund_differences", "Refunds of which a gateway's books say otherwise", count_differences, by="kind"),
)
