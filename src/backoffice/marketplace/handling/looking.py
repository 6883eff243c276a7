"""A look at how many bookings there are to choose from, some thousand rows far, before the way to them is chosen."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from backoffice.kernel.database import Db, Query
from backoffice.marketplace.handling.by_number import CUSTOMERS, NUMBERED, VENDORS

MANY = 10_000
"""So many rows are gathered and sorted in the time in which the walk for the same page meets them by itself."""
SEVERAL = 2_000
"""So many customers or vendors are asked for their newest bookings in the time of a walk that gives up."""
COUNT_FOUND: LiteralString = """
    WITH customers AS MATERIALIZED ({customers} LIMIT %(several)s),
           vendors AS MATERIALIZED ({vendors} LIMIT %(several)s)
    SELECT (SELECT count(*) FROM (SELECT FROM marketplace.booking b WHERE {numbered} LIMIT %(many)s) AS n) AS numbered,
           (SELECT count(*) FROM (
                   SELECT FROM marketplace.booking b WHERE b.id = %(search)s OR b.external_id = %(search)s
                    UNION ALL
                   SELECT FROM customers JOIN marketplace.booking b ON b.customer_id = customers.id
                    UNION ALL
                   SELECT FROM vendors JOIN marketplace.booking b ON b.vendor_id = vendors.id
                    LIMIT %(many)s) AS other) AS otherwise,
           greatest((SELECT count(*) FROM customers), (SELECT count(*) FROM vendors)) AS named
"""
COUNT_FOUND = (
    COUNT_FOUND.replace("{customers}", CUSTOMERS).replace("{vendors}", VENDORS).replace("{numbered}", NUMBERED)
)


@dataclass(frozen=True, slots=True)
class FoundRow:
    """What a search finds: how many by number, how many otherwise (of SEVERAL who have the name), MANY at the most; and
    how many have the name, SEVERAL at the most."""

    numbered: int
    otherwise: int
    named: int


def count_found(db: Db, search: str) -> Query[FoundRow]:
    return db.one(FoundRow, COUNT_FOUND, search=search, many=MANY, several=SEVERAL)


def count_within(db: Db, begins: datetime | None, ends: datetime | None) -> Query[int]:
    """How many take place in the period; MANY where it is as many or more."""
    return db.value(
        int,
        """
        SELECT count(*) FROM (
               SELECT FROM marketplace.booking
                WHERE scheduled_at >= coalesce(%(begins)s, '-infinity'::timestamptz)
                  AND scheduled_at < coalesce(%(ends)s, 'infinity'::timestamptz)
                LIMIT %(many)s) AS within
        """,
        begins=begins,
        ends=ends,
        many=MANY,
    )
