"""From sums to the contract's figures: every bucket of the period, the same in all, the best."""

from collections.abc import Callable, Iterable
from typing import Any, cast
from urllib.parse import urlencode

from backoffice.marketplace.analytics.booked import BestRow, BucketRow
from backoffice.marketplace.analytics.earned import Earned, MoneyRow
from backoffice.marketplace.analytics.rules import Period, average, growth_percent, percent, share
from backoffice.marketplace.analytics.schemas import (
    BookingAnalytics,
    BookingFiltersOut,
    BookingsQuery,
    BookingsSummaryOut,
    BucketOut,
    CountsOut,
    MethodOut,
    MoneyBucketOut,
    MoneyOut,
    PeriodQuery,
    RevenueAnalytics,
    RevenueFiltersOut,
    RevenueQuery,
)

CURRENCY = "INR"
BOOKINGS = "/api/v1/admin/bookings"
"""The list to which figures lead, below the product's base."""
LISTED_AS = {"status": "booking_status"}
"""Filters that the list calls otherwise: its `status` says of a booking whose money is back that it is refunded."""


def booking_analytics(
    query: BookingsQuery, asked: Period, *, rows: list[BucketRow], best: list[BestRow]
) -> BookingAnalytics:
    series = booking_series(query, asked, rows=rows)
    return {
        "success": True,
        "data": {
            "time_series": series,
            "summary": _summary(series),
            "top_services": [
                {
                    "service_id": one.id,
                    "service_name": one.name,
                    "bookings_count": one.bookings,
                    "total_value_cents": one.amount_minor,
                }
                for one in best
                if one.kind == "service"
            ],
            "top_vendors": [
                {
                    "vendor_id": int(one.id),
                    "vendor_name": one.name,
                    "bookings_count": one.bookings,
                    "total_value_cents": one.amount_minor,
                }
                for one in best
                if one.kind == "vendor"
            ],
        },
        "meta": {
            "from": asked.begins,
            "to": asked.ends,
            "granularity": query.granularity,
            "filters_applied": cast(BookingFiltersOut, query.filters),
            "bookings_url": linker(query)(asked),
        },
    }


def booking_series(query: PeriodQuery, asked: Period, *, rows: Iterable[BucketRow]) -> list[BucketOut]:
    """Every bucket, those without a row as zeros."""
    found, link = {row.date: row for row in rows}, linker(query)
    return [
        {"date": day, **_counts(found.get(day)), "bookings_url": link(part)}
        for day, part in asked.buckets(query.granularity)
    ]


def linker(query: PeriodQuery) -> Callable[[Period], str]:
    """Makes the address of the list of what is counted in a part of the period."""
    filters = {LISTED_AS.get(name, name): value for name, value in query.filters.items() if value is not None}
    rest = f"&{urlencode(filters)}" if filters else ""

    def link(part: Period) -> str:
        first, last = part.written
        return f"{BOOKINGS}?created_from={first}&created_to={last}{rest}"

    return link


def _counts(row: BucketRow | None) -> CountsOut:
    if row is None:
        return NOTHING
    return {
        "total_bookings": row.bookings,
        "pending": row.pending,
        "confirmed": row.confirmed,
        "in_progress": row.in_progress,
        "completed": row.completed,
        "cancelled": row.cancelled,
        "disputed": row.disputed,
        "total_value_cents": row.amount_minor,
        "avg_value_cents": average(row.amount_minor, row.bookings),
    }


NOTHING = _counts(BucketRow(None, 0, 0, 0, 0, 0, 0, 0, 0))  # type: ignore[arg-type]


def _summary(series: Iterable[CountsOut]) -> BookingsSummaryOut:
    """What the buckets come to."""
    sums: dict[str, Any] = dict.fromkeys(NOTHING, 0)
    for one in series:
        for name in sums:
            sums[name] += one[name]  # type: ignore[literal-required]
    total = sums["total_bookings"]
    sums["avg_value_cents"] = average(sums["total_value_cents"], total)
    sums["conversion_rate"] = share(sums["confirmed"] + sums["completed"], total)
    sums["cancellation_rate"] = share(sums["cancelled"], total)
    return cast(BookingsSummaryOut, sums)


def revenue_analytics(query: RevenueQuery, asked: Period, *, earned: Earned) -> RevenueAnalytics:
    summary = _money(_all_of(row for row in earned.rows if row.date is not None))
    gross = summary["gross_revenue_cents"]
    return {
        "success": True,
        "data": {
            "time_series": money_series(query, asked, rows=earned.rows),
            "summary": {**summary, "growth_rate_percent": growth_percent(gross, earned.before_minor)},
            "by_payment_method": _by_method(earned.rows, gross),
            "top_revenue_vendors": [
                {
                    "vendor_id": int(one.id),
                    "vendor_name": one.name,
                    "revenue_cents": one.gross_minor,
                    "transactions_count": one.transactions,
                }
                for one in earned.best
                if one.kind == "vendor"
            ],
            "top_revenue_categories": [
                {"category": one.id, "revenue_cents": one.gross_minor, "transactions_count": one.transactions}
                for one in earned.best
                if one.kind == "category"
            ],
        },
        "meta": {
            "from": asked.begins,
            "to": asked.ends,
            "granularity": query.granularity,
            "currency": CURRENCY,
            "filters_applied": cast(RevenueFiltersOut, query.filters),
        },
    }


def money_series(query: PeriodQuery, asked: Period, *, rows: Iterable[MoneyRow]) -> list[MoneyBucketOut]:
    """Every bucket, those without a row as zeros."""
    found = {row.date: row for row in rows if row.date is not None}
    return [
        {"date": day, **(_money(found[day]) if day in found else NO_MONEY)}
        for day, _ in asked.buckets(query.granularity)
    ]


def _all_of(rows: Iterable[MoneyRow]) -> MoneyRow:
    sums = [0, 0, 0, 0]
    for row in rows:
        for place, minor in enumerate((row.transactions, row.gross_minor, row.fees_minor, row.refunds_minor)):
            sums[place] += minor
    return MoneyRow(None, None, *sums)


def _money(row: MoneyRow) -> MoneyOut:
    return {
        "gross_revenue_cents": row.gross_minor,
        "net_revenue_cents": row.gross_minor - row.refunds_minor,
        "refunds_cents": row.refunds_minor,
        "platform_fees_cents": row.fees_minor,
        "vendor_payouts_cents": row.gross_minor - row.fees_minor - row.refunds_minor,
        "transactions_count": row.transactions,
        "avg_transaction_cents": average(row.gross_minor, row.transactions),
    }


NO_MONEY = _money(_all_of(()))


def _by_method(rows: Iterable[MoneyRow], gross: int) -> list[MethodOut]:
    """Methods by which anything came, the one that brought most first."""
    named: list[MethodOut] = [
        {
            "method": row.method,
            "revenue_cents": row.gross_minor,
            "transactions_count": row.transactions,
            "percentage": percent(row.gross_minor, gross),
        }
        for row in rows
        if row.method is not None and row.transactions
    ]
    return sorted(named, key=lambda one: (-one["revenue_cents"], one["method"]))
