"""The staff doors of analytics."""

from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from backoffice.kernel.database import Db
from backoffice.kernel.task import Status
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.analytics import actions, booked, earned, rules
from backoffice.marketplace.analytics.answers import booking_analytics, revenue_analytics
from backoffice.marketplace.analytics.earned import Earned
from backoffice.marketplace.analytics.rules import Period, Version
from backoffice.marketplace.analytics.schemas import (
    BookingAnalytics,
    BookingsQuery,
    ExportIn,
    ExportOut,
    PeriodQuery,
    RevenueAnalytics,
    RevenueQuery,
)
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, success
from backoffice.marketplace.vendor import store as vendors
from backoffice.marketplace.vendor.rules import VendorNotFound

door = Doors(MARKETPLACE, tag="Analytics", prefix="/api/v1/admin/analytics")
A_MINUTE = 60
T = TypeVar("T")
ERRORS = (rules.RangeEndsFirst, rules.RangeInFuture, rules.RangeTooLong, VendorNotFound)


@door.get("/bookings", permission=Market.ANALYTICS_VIEW, per_minute=A_MINUTE, errors=ERRORS)
async def show_booking_analytics(query: BookingsQuery, db: Db, call: Call) -> BookingAnalytics:
    """What was booked in each day, week or month of at most 365 days, and which services and vendors most."""
    asked, now = period_of(query, db, call=call)
    rows, version = await booked.read_bookings(db, query.filters, asked=asked, granularity=query.granularity, now=now)
    best = await recalled(call, asked, version=version, make=partial(booked.read_best, db, query.filters, now=now))
    return booking_analytics(query, asked, rows=rows, best=best)


@door.get("/revenue", permission=Market.ANALYTICS_VIEW, per_minute=A_MINUTE, errors=ERRORS)
async def show_revenue_analytics(query: RevenueQuery, db: Db, call: Call) -> RevenueAnalytics:
    """What came and went back in each day, week or month of at most 365 days, by which methods, and to whom most."""
    asked, now = period_of(query, db, call=call)
    rows, before, version = await earned.read_revenue(
        db, query.filters, asked=asked, granularity=query.granularity, now=now
    )
    best = await recalled(call, asked, version=version, make=partial(earned.read_best, db, query.filters, now=now))
    return revenue_analytics(query, asked, earned=Earned(rows, best, before))


@door.post("/export", permission=Market.ANALYTICS_VIEW, status=202, audit=[rules.AnalyticsAct.EXPORTED], errors=ERRORS)
async def export_analytics(body: ExportIn, tx: Tx) -> Success[ExportOut]:
    """The figures of a period as a file, written in the background: the job's id leads to it."""
    return success({"job_id": await actions.request_export(tx, body), "status": Status.PENDING})


async def recalled(
    call: Call, asked: Period, *, version: Version, make: partial[Coroutine[Any, Any, list[T]]]
) -> list[T]:
    """The lists of the best take thousands of rows: what this process made of the same version is not made anew."""
    key = f"{call.door} {asked.begins} {asked.past} {make.args[1]}"
    kept: list[T] | None = await call.house.cache.recall(key, version)
    if kept is None:
        kept = await make(asked=asked)
        await call.house.cache.remember(key, version, made=kept)
    return kept


def period_of(query: PeriodQuery, db: Db, *, call: Call) -> tuple[Period, datetime]:
    """The period that is asked for, and now. The vendor that is named is looked up with what is asked of it first."""
    now = datetime.now(UTC)
    asked = rules.period(query.begins, query.past, now=now)
    if query.vendor_id is not None:
        db.send_ahead(vendors.get_id(db, query.vendor_id))
    if seconds := rules.may_keep_seconds(asked, now=now):
        call.may_be_kept(seconds)
    return asked, now
