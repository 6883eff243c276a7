"""Counting kept sums again, a slice of rows at a time, and keeping what was found."""

from dataclasses import dataclass

from backoffice.kernel.database import Query
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows up to which id, and how many of them were wrong."""

    last: int
    rows: int
    drifted: int


def recount_customers(tx: Tx, after: int, at_once: int) -> Query[Counted]:
    return tx.one(
        Counted,
        """
        SELECT coalesce(last, 0) AS last, coalesce(rows, 0) AS rows, coalesce(drifted, 0) AS drifted
          FROM marketplace.recount_customers_after(%(after)s, %(at_once)s)
        """,
        after=after,
        at_once=at_once,
    )


def recount_vendors(tx: Tx, after: int, at_once: int) -> Query[Counted]:
    return tx.one(
        Counted,
        """
        SELECT coalesce(last, 0) AS last, coalesce(rows, 0) AS rows, coalesce(drifted, 0) AS drifted
          FROM marketplace.recount_vendors_after(%(after)s, %(at_once)s)
        """,
        after=after,
        at_once=at_once,
    )


def set_report(tx: Tx, customers: Counted, vendors: Counted) -> Query[int]:
    """What this night found; of more than one run on a day the last."""
    return tx.run(
        """
        INSERT INTO marketplace.recount_report (day, customers, vendors, drifted)
             VALUES ((now() AT TIME ZONE 'UTC')::date, %(customers)s, %(vendors)s, %(drifted)s)
        ON CONFLICT (day) DO UPDATE
                SET customers = excluded.customers, vendors = excluded.vendors, drifted = excluded.drifted,
                    ended_at = clock_timestamp()
        """,
        customers=customers.rows,
        vendors=vendors.rows,
        drifted=customers.drifted + vendors.drifted,
    )
