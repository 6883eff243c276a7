"""From counts to answers."""

from collections.abc import Sequence

from backoffice.marketplace.analytics.rules import Granularity, Period
from backoffice.marketplace.browsing.rules import rate
from backoffice.marketplace.browsing.schemas import RateBucketOut, RateOut, RatesOut, ServiceRateOut, TermOut
from backoffice.marketplace.browsing.store import RateRow, ServiceRow, TermRow


def term_out(row: TermRow) -> TermOut:
    return {
        "query": row.term,
        "search_count": row.searches,
        "avg_results": round(row.results / row.searches, 1) if row.searches else 0.0,
        "zero_results_count": row.without_results,
        "click_count": row.clicks,
        "click_through_rate": rate(row.clicks, row.searches),
    }


def rates_out(
    asked: Period, granularity: Granularity, *, rows: Sequence[RateRow], services: Sequence[ServiceRow]
) -> RatesOut:
    found = {row.date: row for row in rows}
    series: list[RateBucketOut] = [
        {"date": day, **(_rate(found[day].impressions, found[day].clicks) if day in found else _rate(0, 0))}
        for day, _ in asked.buckets(granularity)
    ]
    best: list[ServiceRateOut] = [
        {
            "service_id": row.service_id,
            "service_name": row.service_name,
            "vendor_id": row.vendor_id,
            "category": row.category,
            **_rate(row.impressions, row.clicks),
        }
        for row in services
    ]
    summary = _rate(sum(row.impressions for row in rows), sum(row.clicks for row in rows))
    return {"time_series": series, "summary": summary, "top_services": best}


def _rate(impressions: int, clicks: int) -> RateOut:
    return {"impressions": impressions, "clicks": clicks, "ctr": rate(clicks, impressions)}
