"""Shield's figures: payouts that have not arrived, and tries that have not left."""

from backoffice.kernel.database import Db, Query
from backoffice.kernel.health.figures import Figure, Reading


def count_open_payouts(db: Db) -> Query[list[Reading]]:
    """Held ones for themselves: somebody must look at them."""
    return db.all(
        Reading,
        """
        SELECT CASE WHEN held_because IS NULL THEN status ELSE 'held' END AS label, count(*)::float8 AS value
          FROM shield.payout WHERE status IN ('pending', 'processing') GROUP BY label
        """,
    )


def list_waits_of_payouts(db: Db) -> Query[list[Reading]]:
    """Seconds since the oldest payout under each was made."""
    return db.all(
        Reading,
        """
        SELECT CASE WHEN held_because IS NULL THEN status ELSE 'held' END AS label,
               extract(epoch FROM now() - min(initiated_at))::float8 AS value
          FROM shield.payout WHERE status IN ('pending', 'processing') GROUP BY label
        """,
    )


def list_waits_of_attempts(db: Db) -> Query[list[Reading]]:
    """Seconds since the oldest try that was begun and has not left, by rail: it should take moments."""
    return db.all(
        Reading,
        """
        SELECT rail AS label, extract(epoch FROM now() - min(started_at))::float8 AS value
          FROM shield.payout_attempt WHERE status = 'intended' GROUP BY rail
        """,
    )


FIGURES = (
    Figure("payouts", "Payouts that wait, are held or are on their way", count_open_payouts, by="status"),
    Figure("payouts_waited_seconds", "Since the oldest of them was made", list_waits_of_payouts, by="status"),
    Figure(
        "payout_attempts_waited_seconds", "Since the oldest try that has not left", list_waits_of_attempts, by="rail"
    ),
)
