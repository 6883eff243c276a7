"""Reading the sums of bookings. Where a vendor is named their bookings are added up themselves: they are few.

A city is compared by its folded name, as in the list of bookings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

from backoffice.kernel.database import Db, Query, together
from backoffice.marketplace.analytics.rules import Granularity, Period, Version, cut
from backoffice.marketplace.booking.rules import Status


@dataclass(frozen=True, slots=True)
class BucketRow:
    """Bookings that were made in a bucket, by what became of them, and what they come to."""

    date: date
    bookings: int
    pending: int
    confirmed: int
    in_progress: int
    completed: int
    cancelled: int
    disputed: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class BestRow:
    """A service or a vendor, with its name."""

    kind: str
    id: str
    name: str
    bookings: int
    amount_minor: int


BY_BUCKET = """
    SELECT date_trunc(%(granularity)s, day::timestamp)::date AS date, coalesce(sum(bookings), 0)::bigint AS bookings,
           coalesce(sum(bookings) FILTER (WHERE status = 'pending'), 0)::bigint AS pending,
           coalesce(sum(bookings) FILTER (WHERE status = 'confirmed'), 0)::bigint AS confirmed,
           coalesce(sum(bookings) FILTER (WHERE status = 'in_progress'), 0)::bigint AS in_progress,
           coalesce(sum(bookings) FILTER (WHERE status = 'completed'), 0)::bigint AS completed,
           coalesce(sum(bookings) FILTER (WHERE status = 'cancelled'), 0)::bigint AS cancelled,
           coalesce(sum(bookings) FILTER (WHERE status = 'disputed'), 0)::bigint AS disputed,
           coalesce(sum(amount_minor), 0)::bigint AS amount_minor
      FROM found
     WHERE %(status)s::text IS NULL OR status = %(status)s
     GROUP BY 1 ORDER BY 1
"""
WAITING = """
         UNION ALL
        SELECT day, vendor_id, service_id, status, bookings, amount_minor
          FROM marketplace.booking_delta
         WHERE day >= %(first)s AND day < %(past)s
           AND (%(category)s::text IS NULL OR category = %(category)s)
           AND (%(city)s::text IS NULL OR city = marketplace.city_key(%(city)s))
"""
"""What no sum holds yet."""
AT_EDGE: LiteralString = """
         UNION ALL
        SELECT marketplace.utc_day(b.created_at) AS day, b.vendor_id, b.service_id, b.status,
               %({edge}_sign)s::bigint AS bookings, %({edge}_sign)s::bigint * b.amount_minor AS amount_minor
          FROM marketplace.booking b
         WHERE b.created_at >= %({edge}_begins)s AND b.created_at < %({edge}_past)s
           AND (%(city)s::text IS NULL OR marketplace.city_key(b.city) = marketplace.city_key(%(city)s))
           AND (%(category)s::text IS NULL OR EXISTS (
               SELECT FROM marketplace.service s WHERE s.id = b.service_id AND s.category = %(category)s))
"""
"""What lies in a day or a month that the period only touches: each of the two walks the index of its own moments."""
AT_EDGES = AT_EDGE.replace("{edge}", "left") + AT_EDGE.replace("{edge}", "right") + ")"
NO_EDGES = ")"
OF_VENDOR = """
    WITH found AS (
        SELECT marketplace.utc_day(b.created_at) AS day, b.vendor_id, b.service_id, b.status, 1::bigint AS bookings,
               b.amount_minor
          FROM marketplace.booking b
         WHERE b.vendor_id = %(vendor_id)s AND b.created_at >= %(begins)s AND b.created_at < %(ends)s
           AND (%(city)s::text IS NULL OR marketplace.city_key(b.city) = marketplace.city_key(%(city)s))
           AND (%(category)s::text IS NULL OR EXISTS (
               SELECT FROM marketplace.service s WHERE s.id = b.service_id AND s.category = %(category)s)))
"""
BEST = """
    , services AS (
        SELECT service_id, sum(bookings) AS bookings, sum(amount_minor) AS amount_minor
          FROM found WHERE %(status)s::text IS NULL OR status = %(status)s
         GROUP BY service_id HAVING sum(bookings) > 0
         ORDER BY 2 DESC, 3 DESC, 1 LIMIT 10
    ), vendors AS (
        SELECT vendor_id, sum(bookings) AS bookings, sum(amount_minor) AS amount_minor
          FROM found WHERE %(status)s::text IS NULL OR status = %(status)s
         GROUP BY vendor_id HAVING sum(bookings) > 0
         ORDER BY 2 DESC, 3 DESC, 1 LIMIT 10
    )
    SELECT 'service' AS kind, s.id, s.name, t.bookings::bigint AS bookings, t.amount_minor::bigint AS amount_minor
      FROM services t JOIN marketplace.service s ON s.id = t.service_id
     UNION ALL
    SELECT 'vendor', v.id::text, v.display_name, t.bookings::bigint, t.amount_minor::bigint
      FROM vendors t JOIN marketplace.vendor v ON v.id = t.vendor_id
     ORDER BY 1, 4 DESC, 5 DESC, 2
"""
OF_DAYS = """
    WITH found AS (
        SELECT day, 0::bigint AS vendor_id, '' AS service_id, status, bookings, amount_minor
          FROM marketplace.booking_day
         WHERE category = coalesce(%(category)s::text, '') AND city = coalesce(marketplace.city_key(%(city)s), '')
           AND day >= %(first)s AND day < %(past)s
"""
OF_MONTHS = """
    WITH found AS (
        SELECT month AS day, vendor_id, service_id, status, bookings, amount_minor
          FROM marketplace.booking_month
         WHERE city = coalesce(marketplace.city_key(%(city)s), '') AND status = ANY (%(statuses)s)
           AND month >= %(first)s AND month < %(past)s
           AND (%(category)s::text IS NULL OR service_id IN (
               SELECT id FROM marketplace.service WHERE category = %(category)s))
"""


async def read_bookings(
    db: Db, filters: Mapping[str, Any], *, asked: Period, granularity: Granularity, now: datetime
) -> tuple[list[BucketRow], Version]:
    """Buckets in which something was booked, and the version of all that they are made of."""
    shown = {**filters, "granularity": granularity, "begins": asked.begins, "ends": asked.past}
    version = get_version(db, asked.begins, past=asked.past)
    if filters["vendor_id"] is not None:
        return await together(list_buckets_of_vendor(db, shown), version)
    days = cut(asked, Granularity.DAY, now=now)
    list_them = list_buckets if days.has_edges else list_buckets_of_days
    return await together(list_them(db, shown | days.bounds), version)


async def read_best(db: Db, filters: Mapping[str, Any], *, asked: Period, now: datetime) -> list[BestRow]:
    """Services and vendors with most bookings, among equals those that come to more."""
    if filters["vendor_id"] is not None:
        return await list_best_of_vendor(db, {**filters, "begins": asked.begins, "ends": asked.past})
    months = cut(asked, Granularity.MONTH, now=now)
    return await list_best(db, {**filters, **_statuses(filters), **months.bounds})


def _statuses(filters: Mapping[str, Any]) -> dict[str, list[str]]:
    """Under which statuses the sums of months stand: of all cities there is one of all."""
    if filters["status"] is not None:
        return {"statuses": [filters["status"].value]}
    return {"statuses": [""] if filters["city"] is None else [status.value for status in Status]}


def list_buckets_of_days(db: Db, shown: Mapping[str, Any]) -> Query[list[BucketRow]]:
    """Of whole days: nothing is counted row by row."""
    return db.all(BucketRow, OF_DAYS + WAITING + NO_EDGES + BY_BUCKET, **shown)


def list_buckets(db: Db, shown: Mapping[str, Any]) -> Query[list[BucketRow]]:
    return db.all(BucketRow, OF_DAYS + WAITING + AT_EDGES + BY_BUCKET, **shown)


def list_best(db: Db, shown: Mapping[str, Any]) -> Query[list[BestRow]]:
    return db.all(BestRow, OF_MONTHS + WAITING + AT_EDGES + BEST, **shown)


def list_buckets_of_vendor(db: Db, shown: Mapping[str, Any]) -> Query[list[BucketRow]]:
    return db.all(BucketRow, OF_VENDOR + BY_BUCKET, **shown)


def list_best_of_vendor(db: Db, shown: Mapping[str, Any]) -> Query[list[BestRow]]:
    return db.all(BestRow, OF_VENDOR + BEST, **shown)


def get_version(db: Db, begins: datetime, *, past: datetime) -> Query[Version]:
    """Moves with every booking of these months that comes, goes or changes."""
    return db.one(
        Version,
        """
        SELECT (SELECT coalesce(sum(version), 0)::bigint FROM marketplace.sum_version
                 WHERE figures = 'bookings'
                   AND month BETWEEN marketplace.month_of(marketplace.utc_day(%(begins)s))
                       AND marketplace.month_of(marketplace.utc_day(%(past)s))) AS folded,
               (SELECT count(*) FROM marketplace.booking_delta
                 WHERE day >= marketplace.month_of(marketplace.utc_day(%(begins)s))
                   AND day < marketplace.month_of(marketplace.utc_day(%(past)s)) + interval '1 month') AS waiting
        """,
        begins=begins,
        past=past,
    )
