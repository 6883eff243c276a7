"""Figures as rows of a file: a bucket each, with the names that answers give them."""

from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from backoffice.kernel.database import Db, Query
from backoffice.kernel.export import Export, Format, Wanted, write_out
from backoffice.kernel.identity.roles import permissions_now
from backoffice.kernel.task import Made, Working
from backoffice.marketplace.analytics import booked, earned, rules
from backoffice.marketplace.analytics.answers import NO_MONEY, NOTHING, booking_series, money_series
from backoffice.marketplace.analytics.rules import Report
from backoffice.marketplace.analytics.schemas import BookingsQuery, PeriodQuery, RevenueQuery
from backoffice.marketplace.permissions import BOOK, Market

COLUMNS: Mapping[Report, list[str]] = {
    Report.BOOKINGS: ["date", *NOTHING],
    Report.REVENUE: ["date", *NO_MONEY],
}


async def write_analytics(working: Working) -> Made:
    """The figures as they are now. Whoever lost the permission meanwhile gets none: MayNotExport."""
    asked = working.task.metadata
    async with working.run.read() as db:
        if Market.ANALYTICS_VIEW not in await permissions_now(db, working.task.creator_id, book=BOOK):
            raise rules.MayNotExport
    report = Report(asked["report_type"])
    query = (BookingsQuery if report is Report.BOOKINGS else RevenueQuery).model_validate(asked)
    export = Export(
        name=f"analytics-{report}",
        columns=COLUMNS[report],
        count=partial(count_buckets, query=query),
        rows=partial(stream_buckets, query=query),
        cells=lambda bucket: [bucket[name] for name in COLUMNS[report]],
    )
    return await write_out(working, export, wanted=Wanted(Format(asked["format"]), with_mark=asked["bom"]))


def count_buckets(db: Db, query: PeriodQuery) -> Query[int]:
    number = sum(1 for _ in query.period.buckets(query.granularity))
    return db.value(int, "SELECT %(number)s::bigint AS number", number=number)


async def stream_buckets(db: Db, query: PeriodQuery) -> AsyncGenerator[Mapping[str, Any], None]:
    asked, now = query.period, datetime.now(UTC)
    rows: list[Any]
    if isinstance(query, BookingsQuery):
        found, _ = await booked.read_bookings(db, query.filters, asked=asked, granularity=query.granularity, now=now)
        rows = booking_series(query, asked, rows=found)
    else:
        money, *_ = await earned.read_revenue(db, query.filters, asked=asked, granularity=query.granularity, now=now)
        rows = money_series(query, asked, rows=money)
    for bucket in rows:
        yield bucket
