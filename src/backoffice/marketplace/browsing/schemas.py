"""What the doors of searches and clicks take and give."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import Moment, QueryString
from backoffice.kernel.web.periods import From, Until
from backoffice.marketplace.analytics.rules import DAY, Granularity, Period, at_midnight
from backoffice.marketplace.browsing import rules
from backoffice.marketplace.fields import Reference

Words = Annotated[str, Field(min_length=1, max_length=200)]


class SearchIn(In):
    """`shown` are the services among its results that were put on the screen. Without `at` it was now."""

    query: Words
    results_count: Annotated[int, Field(ge=0, le=1_000_000)]
    shown: Annotated[tuple[Reference, ...], Field(max_length=rules.MOST_SHOWN)] = ()
    at: Moment | None = None


class ClickIn(In):
    """A service that was opened; `query` is the search that led there."""

    service_id: Reference
    query: Words | None = None
    at: Moment | None = None


class BrowsingIn(In):
    searches: Annotated[tuple[SearchIn, ...], Field(max_length=rules.MOST_EVENTS)] = ()
    clicks: Annotated[tuple[ClickIn, ...], Field(max_length=rules.MOST_EVENTS)] = ()


class BrowsedOut(TypedDict):
    """What was counted. `unknown` are services that are not here, shown or clicked."""

    searches: int
    clicks: int
    impressions: int
    unknown: int


class BrowsingQuery(QueryString):
    """Without bounds the last thirty days. A date as `to` includes its day; whole UTC days are counted."""

    begins: From | None = Field(None, alias="from")
    past: Until | None = Field(None, alias="to")
    limit: int = Field(20, ge=1, le=100)

    def period(self, now: datetime) -> Period:
        past = self.past or at_midnight(now.astimezone(UTC).date() + DAY)
        return Period(self.begins or past - rules.DEFAULT_DAYS * DAY, past)


class SearchesQuery(BrowsingQuery):
    """`without_results` asks for terms that found nothing, those most often searched for first."""

    without_results: bool = False


class RatesQuery(BrowsingQuery):
    granularity: Granularity = Field(Granularity.DAY, description="Also sent as group_by")

    @model_validator(mode="before")
    @classmethod
    def _either_spelling(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {"granularity": given["group_by"], **given} if "group_by" in given else given


class TermOut(TypedDict):
    """Counts of the period; rates are of 0 to 1."""

    query: str
    search_count: int
    avg_results: float
    zero_results_count: int
    click_count: int
    click_through_rate: float


SearchesMeta = TypedDict(
    "SearchesMeta",
    {"from": datetime, "to": datetime, "limit": int, "total_searches": int, "total_terms": int},
)


class TopSearches(TypedDict):
    success: bool
    data: list[TermOut]
    meta: SearchesMeta


class RateOut(TypedDict):
    impressions: int
    clicks: int
    ctr: float


class RateBucketOut(RateOut):
    date: date


class ServiceRateOut(RateOut):
    service_id: str
    service_name: str
    vendor_id: int
    category: str


class RatesOut(TypedDict):
    """`ctr` is the share of what was shown that was opened, of 0 to 1."""

    time_series: list[RateBucketOut]
    summary: RateOut
    top_services: list[ServiceRateOut]


RatesMeta = TypedDict("RatesMeta", {"from": datetime, "to": datetime, "granularity": Granularity, "limit": int})


class ClickRates(TypedDict):
    success: bool
    data: RatesOut
    meta: RatesMeta
