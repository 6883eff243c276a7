"""The staff doors of what customers search for and open."""

from datetime import UTC, datetime

from backoffice.kernel.database import Db, together
from backoffice.kernel.web import Doors
from backoffice.marketplace.analytics import rules as periods
from backoffice.marketplace.analytics.rules import DAY, Period, at_midnight
from backoffice.marketplace.browsing import store
from backoffice.marketplace.browsing.answers import rates_out, term_out
from backoffice.marketplace.browsing.schemas import (
    BrowsingQuery,
    ClickRates,
    RatesQuery,
    SearchesQuery,
    TopSearches,
)
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE

door = Doors(MARKETPLACE, tag="Analytics", prefix="/api/v1/admin/analytics")
A_MINUTE = 60
ERRORS = (periods.RangeEndsFirst, periods.RangeInFuture, periods.RangeTooLong)


@door.get("/top-searches", permission=Market.ANALYTICS_VIEW, per_minute=A_MINUTE, errors=ERRORS)
async def list_top_searches(query: SearchesQuery, db: Db) -> TopSearches:
    """What customers searched for most, what it found, and how often something was opened."""
    asked = whole_days(query)
    first, past = asked.begins.date(), asked.past.date()
    rows = await store.list_terms(db, first, past=past, limit=query.limit, without_results=query.without_results)
    return {
        "success": True,
        "data": [term_out(row) for row in rows],
        "meta": {
            "from": asked.begins,
            "to": asked.ends,
            "limit": query.limit,
            "total_searches": rows[0].total_searches if rows else 0,
            "total_terms": rows[0].total_terms if rows else 0,
        },
    }


@door.get("/ctr", permission=Market.ANALYTICS_VIEW, per_minute=A_MINUTE, errors=ERRORS)
async def show_click_rates(query: RatesQuery, db: Db) -> ClickRates:
    """Which share of what customers were shown they opened, over time and by service."""
    asked = whole_days(query)
    first, past = asked.begins.date(), asked.past.date()
    rows, services = await together(
        store.list_rates(db, first, past=past, granularity=query.granularity),
        store.list_services(db, first, past=past, limit=query.limit),
    )
    return {
        "success": True,
        "data": rates_out(asked, query.granularity, rows=rows, services=services),
        "meta": {"from": asked.begins, "to": asked.ends, "granularity": query.granularity, "limit": query.limit},
    }


def whole_days(query: BrowsingQuery) -> Period:
    """The days that the period touches: counts are kept by day."""
    now = datetime.now(UTC)
    wanted = query.period(now)
    asked = periods.period(wanted.begins, wanted.past, now=now)
    last = (asked.past - periods.MOMENT).date()
    return Period(at_midnight(asked.begins.date()), at_midnight(last + DAY))
