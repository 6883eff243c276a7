"""What the doors of analytics take and give (bookings, analytics, takedowns: analytics). Amounts are minor units."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, StrictBool, model_validator
from typing_extensions import TypedDict

from backoffice.kernel.export import Format
from backoffice.kernel.task import Status as JobStatus
from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID, QueryString
from backoffice.kernel.web.periods import From, Until
from backoffice.marketplace.analytics.rules import Granularity, Period, Report, as_told
from backoffice.marketplace.booking.rules import Status, in_our_spelling
from backoffice.marketplace.payment.rules import Method


class PeriodQuery(QueryString):
    """Filters are ANDed. A date as `to` includes its day."""

    begins: From = Field(alias="from")
    past: Until = Field(alias="to")
    granularity: Granularity = Field(Granularity.DAY, description="Also sent as group_by")
    vendor_id: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None
    city: str | None = Field(None, max_length=100)
    category: str | None = Field(None, max_length=100)

    @model_validator(mode="before")
    @classmethod
    def _either_spelling(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {"granularity": given["group_by"], **given} if "group_by" in given else given

    @property
    def period(self) -> Period:
        """As it is asked for; whether it may be is for rules.period to say."""
        return Period(self.begins, self.past)

    @property
    def filters(self) -> dict[str, Any]:
        return {"city": self.city, "category": self.category, "vendor_id": self.vendor_id}


class BookingsQuery(PeriodQuery):
    status: Annotated[Status, BeforeValidator(in_our_spelling)] | None = None

    @property
    def filters(self) -> dict[str, Any]:
        return {**super().filters, "status": self.status}


class RevenueQuery(PeriodQuery):
    payment_method: Method | None = None

    @property
    def filters(self) -> dict[str, Any]:
        return {**super().filters, "payment_method": self.payment_method}


class ExportIn(In):
    """A row for each bucket. `bom` is for Excel, which reads a CSV as UTF-8 only when its mark says so."""

    report_type: Report
    begins: From = Field(alias="from")
    past: Until = Field(alias="to")
    format: Format = Format.CSV
    granularity: Granularity = Granularity.DAY
    vendor_id: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None
    city: str | None = Field(None, max_length=100)
    category: str | None = Field(None, max_length=100)
    status: Annotated[Status, BeforeValidator(in_our_spelling)] | None = None
    payment_method: Method | None = None
    bom: StrictBool = False

    @model_validator(mode="after")
    def _filters_of_its_report(self) -> "ExportIn":
        if self.payment_method is not None and self.report_type is Report.BOOKINGS:
            raise ValueError("payment_method is a filter of revenue")
        if self.status is not None and self.report_type is Report.REVENUE:
            raise ValueError("status is a filter of bookings")
        return self

    @property
    def asked(self) -> dict[str, Any]:
        """What it asks for, as its task keeps it."""
        shown = self.model_dump(mode="json", exclude_none=True, exclude={"begins", "past"})
        period = Period(self.begins, self.past)
        return {**shown, "from": as_told(period.begins), "to": as_told(period.ends)}


class ExportOut(TypedDict):
    job_id: UUID
    status: JobStatus


class CountsOut(TypedDict):
    """`total_bookings` are those of every status."""

    total_bookings: int
    pending: int
    confirmed: int
    in_progress: int
    completed: int
    cancelled: int
    disputed: int
    total_value_cents: int
    avg_value_cents: int


class BucketOut(CountsOut):
    """`date` is the first day of the bucket; `bookings_url`, below the product's base, lists what it counts."""

    date: date
    bookings_url: str


class BookingsSummaryOut(CountsOut):
    """Shares of 0 to 1: of all that was booked, what was confirmed or completed, and what was cancelled."""

    conversion_rate: float
    cancellation_rate: float


class BestServiceOut(TypedDict):
    service_id: str
    service_name: str
    bookings_count: int
    total_value_cents: int


class BestVendorOut(TypedDict):
    vendor_id: int
    vendor_name: str
    bookings_count: int
    total_value_cents: int


class BookingsOut(TypedDict):
    time_series: list[BucketOut]
    summary: BookingsSummaryOut
    top_services: list[BestServiceOut]
    top_vendors: list[BestVendorOut]


class BookingFiltersOut(TypedDict):
    city: str | None
    category: str | None
    vendor_id: int | None
    status: Status | None


# `from` is no name that a class could give a field.
BookingsMeta = TypedDict(
    "BookingsMeta",
    {
        "from": datetime,
        "to": datetime,
        "granularity": Granularity,
        "filters_applied": BookingFiltersOut,
        "bookings_url": str,
    },
)


class BookingAnalytics(TypedDict):
    success: bool
    data: BookingsOut
    meta: BookingsMeta


class MoneyOut(TypedDict):
    """Gross is what was captured, net that less refunds. The platform's fees are its share of what was captured; the
    rest, less refunds, is the vendors'.
    """

    gross_revenue_cents: int
    net_revenue_cents: int
    refunds_cents: int
    platform_fees_cents: int
    vendor_payouts_cents: int
    transactions_count: int
    avg_transaction_cents: int


class MoneyBucketOut(MoneyOut):
    """`date` is the first day of the bucket."""

    date: date


class RevenueSummaryOut(MoneyOut):
    """`growth_rate_percent`: of gross revenue, since as long a period just before; null where nothing came then."""

    growth_rate_percent: float | None


class MethodOut(TypedDict):
    """`percentage` is its share of gross revenue."""

    method: Method
    revenue_cents: int
    transactions_count: int
    percentage: float


class EarningVendorOut(TypedDict):
    vendor_id: int
    vendor_name: str
    revenue_cents: int
    transactions_count: int


class EarningCategoryOut(TypedDict):
    category: str
    revenue_cents: int
    transactions_count: int


class RevenueOut(TypedDict):
    time_series: list[MoneyBucketOut]
    summary: RevenueSummaryOut
    by_payment_method: list[MethodOut]
    top_revenue_vendors: list[EarningVendorOut]
    top_revenue_categories: list[EarningCategoryOut]


class RevenueFiltersOut(TypedDict):
    city: str | None
    category: str | None
    vendor_id: int | None
    payment_method: Method | None


RevenueMeta = TypedDict(
    "RevenueMeta",
    {
        "from": datetime,
        "to": datetime,
        "granularity": Granularity,
        "currency": str,
        "filters_applied": RevenueFiltersOut,
    },
)


class RevenueAnalytics(TypedDict):
    success: bool
    data: RevenueOut
    meta: RevenueMeta
