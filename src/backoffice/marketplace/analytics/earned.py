"""Reading the sums of money. Where a vendor is named their bookings' money is added up itself: it is little.

What came counts on the day it was captured, what went back on the day it went.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

from backoffice.kernel.database import Db, Query, together
from backoffice.marketplace.analytics.rules import Granularity, Period, Version, cut
from backoffice.marketplace.payment.rules import Method


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """What moved in a bucket, or, where that is None, by a method in the whole period. Minor units."""

    date: date | None
    method: Method | None
    transactions: int
    gross_minor: int
    fees_minor: int
    refunds_minor: int


@dataclass(frozen=True, slots=True)
class BestRow:
    """A vendor or a category, with its name."""

    kind: str
    id: str
    name: str
    transactions: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class Earned:
    """`before_minor` is what came in as long a period just before."""

    rows: list[MoneyRow]
    best: list[BestRow]
    before_minor: int


BY_BUCKET = """
    SELECT date_trunc(%(granularity)s, day::timestamp)::date AS date, method,
           coalesce(sum(transactions), 0)::bigint AS transactions, coalesce(sum(gross_minor), 0)::bigint AS gross_minor,
           coalesce(sum(fees_minor), 0)::bigint AS fees_minor, coalesce(sum(refunds_minor), 0)::bigint AS refunds_minor
      FROM found
     WHERE %(payment_method)s::text IS NULL OR method = %(payment_method)s
     GROUP BY GROUPING SETS ((date), (method))
"""
ALL_OF_IT = """
    SELECT coalesce(sum(gross_minor), 0)::bigint AS gross_minor
      FROM found
     WHERE %(payment_method)s::text IS NULL OR method = %(payment_method)s
"""
BEST = """
    , vendors AS (
        SELECT vendor_id, sum(transactions) AS transactions, sum(gross_minor) AS gross_minor
          FROM found WHERE %(payment_method)s::text IS NULL OR method = %(payment_method)s
         GROUP BY vendor_id HAVING sum(gross_minor) > 0
         ORDER BY 3 DESC, 2 DESC, 1 LIMIT 10
    ), categories AS (
        SELECT category, sum(transactions) AS transactions, sum(gross_minor) AS gross_minor
          FROM found WHERE %(payment_method)s::text IS NULL OR method = %(payment_method)s
         GROUP BY category HAVING sum(gross_minor) > 0
         ORDER BY 3 DESC, 2 DESC, 1 LIMIT 10
    )
    SELECT 'vendor' AS kind, v.id::text AS id, v.display_name AS name, t.transactions::bigint AS transactions,
           t.gross_minor::bigint AS gross_minor
      FROM vendors t JOIN marketplace.vendor v ON v.id = t.vendor_id
     UNION ALL
    SELECT 'category', category, category, transactions::bigint, gross_minor::bigint FROM categories
     ORDER BY 1, 5 DESC, 4 DESC, 2
"""
WAITING = """
         UNION ALL
        SELECT day, vendor_id, category, method, transactions, gross_minor, fees_minor, refunds_minor
          FROM marketplace.revenue_delta
         WHERE day >= %(first)s AND day < %(past)s
           AND (%(category)s::text IS NULL OR category = %(category)s)
           AND (%(city)s::text IS NULL OR city = marketplace.city_key(%(city)s))
"""
"""What no sum holds yet."""
AT_EDGE: LiteralString = """
         UNION ALL
        SELECT marketplace.utc_day(m.at) AS day, b.vendor_id, s.category, m.method,
               %({edge}_sign)s::bigint * m.transactions, %({edge}_sign)s::bigint * m.gross_minor,
               %({edge}_sign)s::bigint * marketplace.fee_of(m.gross_minor, b.commission_permille),
               %({edge}_sign)s::bigint * m.refunds_minor
          FROM marketplace.money_moved m
          JOIN marketplace.booking b ON b.id = m.booking_id
          JOIN marketplace.service s ON s.id = b.service_id
         WHERE m.at >= %({edge}_begins)s AND m.at < %({edge}_past)s
           AND (%(city)s::text IS NULL OR marketplace.city_key(b.city) = marketplace.city_key(%(city)s))
           AND (%(category)s::text IS NULL OR s.category = %(category)s)
"""
"""What lies in a day or a month that the period only touches: each of the two walks the indexes of its own moments."""
AT_EDGES = AT_EDGE.replace("{edge}", "left") + AT_EDGE.replace("{edge}", "right") + ")"
NO_EDGES = ")"
OF_VENDOR = """
    WITH found AS (
        SELECT marketplace.utc_day(m.at) AS day, b.vendor_id, s.category, p.method, m.transactions, m.gross_minor,
               marketplace.fee_of(m.gross_minor, b.commission_permille) AS fees_minor, m.refunds_minor
          FROM marketplace.booking b
          JOIN marketplace.service s ON s.id = b.service_id
         CROSS JOIN LATERAL (
               SELECT * FROM marketplace.payment WHERE booking_id = b.id AND captured_minor > 0 OFFSET 0) AS p
         CROSS JOIN LATERAL (
               SELECT coalesce(p.completed_at, p.created_at) AS at, 1::bigint AS transactions,
                      p.captured_minor AS gross_minor, 0::bigint AS refunds_minor
                UNION ALL
               SELECT p.charged_back_at, 0, 0, p.charged_back_minor WHERE p.charged_back_minor > 0
                UNION ALL
               SELECT coalesce(r.processed_at, r.decided_at), 0, 0, r.amount_minor FROM marketplace.refund r
                WHERE p.refunded_minor > 0 AND r.payment_id = p.id AND r.status = 'processed') AS m
         WHERE b.vendor_id = %(vendor_id)s AND m.at >= %(begins)s AND m.at < %(ends)s
           AND (%(city)s::text IS NULL OR marketplace.city_key(b.city) = marketplace.city_key(%(city)s))
           AND (%(category)s::text IS NULL OR s.category = %(category)s))
"""
"""What moved with each payment, as marketplace.money_moved says of all: nothing goes back of what never came. OFFSET 0
keeps PostgreSQL from reading all payments at once: those of each booking are found by their index."""
OF_DAYS = """
    WITH found AS (
        SELECT day, 0::bigint AS vendor_id, '' AS category, method, transactions, gross_minor, fees_minor, refunds_minor
          FROM marketplace.revenue_day
         WHERE category = coalesce(%(category)s::text, '') AND city = coalesce(marketplace.city_key(%(city)s), '')
           AND day >= %(first)s AND day < %(past)s
"""
OF_MONTHS = """
    WITH found AS (
        SELECT month AS day, vendor_id, category, nullif(method, '') AS method, transactions, gross_minor,
               0::bigint AS fees_minor, 0::bigint AS refunds_minor
          FROM marketplace.revenue_month
         WHERE city = coalesce(marketplace.city_key(%(city)s), '') AND method = ANY (%(methods)s)
           AND month >= %(first)s AND month < %(past)s
           AND (%(category)s::text IS NULL OR category = %(category)s)
"""


async def read_revenue(
    db: Db, filters: Mapping[str, Any], *, asked: Period, granularity: Granularity, now: datetime
) -> tuple[list[MoneyRow], int, Version]:
    """Buckets in which money moved and methods by which it did; what came just before; the version of the buckets."""
    shown, before = {**filters, "granularity": granularity}, asked.before()
    version = get_version(db, asked.begins, past=asked.past)
    if filters["vendor_id"] is not None:
        one, other = ({**shown, "begins": part.begins, "ends": part.past} for part in (asked, before))
        return await together(list_money_of_vendor(db, one), sum_of_vendor(db, other), version)
    days, earlier = (cut(part, Granularity.DAY, now=now) for part in (asked, before))
    list_them = list_money if days.has_edges else list_money_of_days
    sum_them = sum_money if earlier.has_edges else sum_money_of_days
    return await together(list_them(db, shown | days.bounds), sum_them(db, shown | earlier.bounds), version)


async def read_best(db: Db, filters: Mapping[str, Any], *, asked: Period, now: datetime) -> list[BestRow]:
    """Vendors and categories that brought most."""
    if filters["vendor_id"] is not None:
        return await list_best_of_vendor(db, {**filters, "begins": asked.begins, "ends": asked.past})
    months = cut(asked, Granularity.MONTH, now=now)
    return await list_best(db, {**filters, **_methods(filters), **months.bounds})


def _methods(filters: Mapping[str, Any]) -> dict[str, list[str]]:
    """Under which methods the sums of months stand: of all cities there is one of all."""
    if filters["payment_method"] is not None:
        return {"methods": [filters["payment_method"].value]}
    return {"methods": [""] if filters["city"] is None else [method.value for method in Method]}


def list_money_of_days(db: Db, shown: Mapping[str, Any]) -> Query[list[MoneyRow]]:
    """Of whole days: nothing is counted row by row."""
    return db.all(MoneyRow, OF_DAYS + WAITING + NO_EDGES + BY_BUCKET, **shown)


def sum_money_of_days(db: Db, shown: Mapping[str, Any]) -> Query[int]:
    return db.value(int, OF_DAYS + WAITING + NO_EDGES + ALL_OF_IT, **shown)


def list_money(db: Db, shown: Mapping[str, Any]) -> Query[list[MoneyRow]]:
    return db.all(MoneyRow, OF_DAYS + WAITING + AT_EDGES + BY_BUCKET, **shown)


def sum_money(db: Db, shown: Mapping[str, Any]) -> Query[int]:
    return db.value(int, OF_DAYS + WAITING + AT_EDGES + ALL_OF_IT, **shown)


def list_best(db: Db, shown: Mapping[str, Any]) -> Query[list[BestRow]]:
    return db.all(BestRow, OF_MONTHS + WAITING + AT_EDGES + BEST, **shown)


def list_money_of_vendor(db: Db, shown: Mapping[str, Any]) -> Query[list[MoneyRow]]:
    return db.all(MoneyRow, OF_VENDOR + BY_BUCKET, **shown)


def sum_of_vendor(db: Db, shown: Mapping[str, Any]) -> Query[int]:
    return db.value(int, OF_VENDOR + ALL_OF_IT, **shown)


def list_best_of_vendor(db: Db, shown: Mapping[str, Any]) -> Query[list[BestRow]]:
    return db.all(BestRow, OF_VENDOR + BEST, **shown)


def get_version(db: Db, begins: datetime, *, past: datetime) -> Query[Version]:
    """Moves with all money of these months that comes, goes back or is corrected."""
    return db.one(
        Version,
        """
        SELECT (SELECT coalesce(sum(version), 0)::bigint FROM marketplace.sum_version
                 WHERE figures = 'revenue'
                   AND month BETWEEN marketplace.month_of(marketplace.utc_day(%(begins)s))
                       AND marketplace.month_of(marketplace.utc_day(%(past)s))) AS folded,
               (SELECT count(*) FROM marketplace.revenue_delta
                 WHERE day >= marketplace.month_of(marketplace.utc_day(%(begins)s))
                   AND day < marketplace.month_of(marketplace.utc_day(%(past)s)) + interval '1 month') AS waiting
        """,
        begins=begins,
        past=past,
    )
