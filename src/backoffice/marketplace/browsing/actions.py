"""What the platform tells of searches and clicks becomes counts."""

from datetime import UTC, date, datetime

from backoffice.kernel.database import together
from backoffice.kernel.write import Tx
from backoffice.marketplace.browsing import rules, store
from backoffice.marketplace.browsing.schemas import BrowsedOut, BrowsingIn
from backoffice.marketplace.browsing.store import Told


async def count_browsing(tx: Tx, told: BrowsingIn) -> BrowsedOut:
    """Count each event on its day. What claims to come from the future is of today; what is too old is not counted."""
    today = datetime.now(UTC).date()
    oldest = rules.oldest_kept(today)

    def day_of(at: datetime | None) -> date:
        return min(at.date(), today) if at is not None else today

    searches = [(day_of(one.at), one) for one in told.searches if day_of(one.at) >= oldest]
    clicks = [(day_of(one.at), one) for one in told.clicks if day_of(one.at) >= oldest]
    terms = [Told(day, rules.term_of(one.query), 1, one.results_count, 0) for day, one in searches]
    terms += [Told(day, rules.term_of(one.query), 0, 0, 1) for day, one in clicks if one.query is not None]
    shown = [(day, service, 0) for day, one in searches for service in dict.fromkeys(one.shown)]
    opened = [(day, one.service_id, 1) for day, one in clicks]
    _, known = await together(store.insert_terms(tx, terms), store.insert_shown(tx, [*shown, *opened]))
    return {
        "searches": len(searches),
        "clicks": len(clicks),
        "impressions": len(shown),
        "unknown": len(shown) + len(opened) - known,
    }
