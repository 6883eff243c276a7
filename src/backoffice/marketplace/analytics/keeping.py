"""Folding differences into sums, and counting sums again. What each does is in the migration that makes the sums."""

from datetime import date

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx


def fold_bookings(tx: Tx) -> Query[int]:
    """How many differences became sums."""
    return tx.value(int, "SELECT marketplace.fold_bookings()")


def list_months(db: Db) -> Query[list[date]]:
    """The first days of all months from the first in which something was booked or paid, or of which there are sums."""
    return db.values(
        date,
        """
        SELECT generate_series(marketplace.month_of(min(day))::timestamp, marketplace.month_of(max(day))::timestamp,
                               '1 month')::date AS month
          FROM (SELECT marketplace.utc_day(min(created_at)) AS day FROM marketplace.booking
                 UNION ALL
                SELECT marketplace.utc_day(max(created_at)) FROM marketplace.booking
                 UNION ALL
                SELECT marketplace.utc_day(min(at)) FROM marketplace.money_moved
                 UNION ALL
                SELECT marketplace.utc_day(max(at)) FROM marketplace.money_moved
                 UNION ALL
                SELECT month FROM marketplace.sum_version) AS known
        """,
    )


def recount_bookings(tx: Tx, month: date) -> Query[int]:
    """How many sums of this month were wrong; they no longer are."""
    return tx.value(
        int,
        "SELECT marketplace.recount_bookings(%(month)s, (%(month)s::date + interval '1 month')::date)",
        month=month,
    )


def fold_revenue(tx: Tx) -> Query[int]:
    return tx.value(int, "SELECT marketplace.fold_revenue()")


def recount_revenue(tx: Tx, month: date) -> Query[int]:
    return tx.value(
        int,
        "SELECT marketplace.recount_revenue(%(month)s, (%(month)s::date + interval '1 month')::date)",
        month=month,
    )
