"""What the doors of services take and give."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID
from backoffice.marketplace.catalogue.rules import Pricing
from backoffice.marketplace.fields import ExternalId, Minor, Name, Order, Slug, Sorted, Text


class ServiceFacts(In):
    external_id: ExternalId
    name: Name
    category: Slug
    subcategory: Slug | None = None
    description: Text | None = None
    pricing_type: Pricing = Pricing.FIXED
    base_price_cents: Minor
    duration_minutes: Annotated[int, Field(ge=1, le=525_600)] | None = None


class NewServiceIn(ServiceFacts):
    vendor_id: Annotated[int, Field(ge=1, le=LARGEST_ID)]


class CreatedOut(TypedDict):
    id: str
    external_id: str


class SortBy(StrEnum):
    CREATED_AT = "created_at"
    NAME = "name"
    PRICE = "price"


class ServicesQuery(Sorted, default=25):
    search: str | None = Field(None, max_length=200, description="Beginnings of words of the name")
    vendor_id: int | None = Field(None, ge=1, le=LARGEST_ID)
    category: str | None = Field(None, max_length=50)
    is_active: bool | None = None
    sort_by: SortBy = SortBy.CREATED_AT
    sort_order: Order = Order.DESC

    @property
    def sort(self) -> str:
        return f"{self.sort_by}_{self.sort_order}"


@dataclass(frozen=True)
class ListedOut:
    id: str
    external_id: str | None
    vendor_id: int
    vendor_name: str
    name: str
    category: str
    subcategory: str | None
    description: str | None
    pricing_type: Pricing
    base_price_cents: int
    duration_minutes: int | None
    is_active: bool
    created_at: datetime


@dataclass(frozen=True)
class DetailOut(ListedOut):
    """`rating` is of the reviews that everybody sees; null without any."""

    total_bookings: int
    total_reviews: int
    rating: float | None
