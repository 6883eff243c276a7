"""What the doors of vendors take and give."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import Moment
from backoffice.marketplace.fields import Email, ExternalId, Line, Name, Order, Phone, Sorted, Url
from backoffice.marketplace.vendor.rules import Verification


class NewVendorIn(In):
    external_id: ExternalId
    name: Name
    display_name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    logo_url: Url | None = None
    city: Line | None = None
    verification_status: Verification = Verification.PENDING
    registered_at: Moment | None = None


class CreatedOut(TypedDict):
    id: int
    external_id: str


class SortBy(StrEnum):
    CREATED_AT = "created_at"
    NAME = "name"
    RATING = "rating"


class VendorsQuery(Sorted, default=25):
    search: str | None = Field(None, max_length=200, description="Beginnings of words of the name")
    verification_status: Verification | None = None
    city: str | None = Field(None, max_length=200)
    sort_by: SortBy = SortBy.CREATED_AT
    sort_order: Order = Order.DESC

    @property
    def sort(self) -> str:
        return f"{self.sort_by}_{self.sort_order}"


@dataclass(frozen=True)
class ListedOut:
    """`rating` is of the reviews that everybody sees; null without any."""

    id: int
    external_id: str | None
    name: str
    display_name: str
    email: str | None
    phone: str | None
    logo: str | None
    city: str | None
    verification_status: Verification
    rating: float | None
    total_reviews: int
    total_services: int
    created_at: datetime


@dataclass(frozen=True)
class DetailOut(ListedOut):
    total_bookings: int
    completed_bookings: int
    cancelled_bookings: int
    total_disputes: int
