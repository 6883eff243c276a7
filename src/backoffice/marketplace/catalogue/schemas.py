"""What the doors of services take and give."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID
from backoffice.marketplace.catalogue.rules import Pricing
from backoffice.marketplace.fields import ExternalId, Minor, Name, Slug, Text


class NewServiceIn(In):
    external_id: ExternalId
    vendor_id: Annotated[int, Field(ge=1, le=LARGEST_ID)]
    name: Name
    category: Slug
    subcategory: Slug | None = None
    description: Text | None = None
    pricing_type: Pricing = Pricing.FIXED
    base_price_cents: Minor
    duration_minutes: Annotated[int, Field(ge=1, le=525_600)] | None = None


class CreatedOut(TypedDict):
    id: str
    external_id: str
