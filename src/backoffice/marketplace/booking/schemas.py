"""What the platform's doors of bookings take and give."""

from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StrictBool, model_validator
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID, Moment, ZonedMoment, in_utc
from backoffice.marketplace.booking.rules import MovedBy, Status
from backoffice.marketplace.fields import ExternalId, Line, Minor, Reference, Text, Url

_zones = cache(available_timezones)
"""Read from files: when the first is asked for, not when this is imported."""


def _is_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("must be a time zone of the IANA list, as in Asia/Kolkata")
    return name


def _offset(at: datetime) -> str:
    """The offset as it was sent: `+05:30`."""
    return at.isoformat()[-6:] if at.utcoffset() else "UTC"


class AddressIn(In):
    street: Line | None = None
    apartment: Line | None = None
    city: Line | None = None
    state: Line | None = None
    pincode: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    landmark: Line | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class PricingIn(In):
    """Minor units. What is to be paid is base + tax + platform fee - discount."""

    base_amount_cents: Minor
    tax_cents: Minor = 0
    platform_fee_cents: Minor = 0
    discount_cents: Minor = 0

    @model_validator(mode="after")
    def _not_below_zero(self) -> "PricingIn":
        if self.total < 0:
            raise ValueError("the discount is larger than what it is taken off")
        return self

    @property
    def total(self) -> int:
        return self.base_amount_cents + self.tax_cents + self.platform_fee_cents - self.discount_cents


class ImageIn(In):
    """A picture that the customer or the vendor shows of what is to be done."""

    url: Url
    uploaded_at: Moment
    uploaded_by: Literal["user", "vendor"] = "user"


class BookingFacts(In):
    """`scheduled_at` carries the offset that was agreed on; `time_zone` its name, where the platform knows it."""

    external_id: ExternalId
    service_id: Reference
    scheduled_at: ZonedMoment
    time_zone: Annotated[str, Field(max_length=60), AfterValidator(_is_zone)] | None = None
    address: AddressIn = AddressIn()
    pricing: PricingIn
    commission_permille: Annotated[int, Field(ge=0, le=1000)] = 0
    prepaid: StrictBool = False
    notes: Text | None = None
    customer_requirements: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    images: Annotated[tuple[ImageIn, ...], Field(max_length=20)] = ()
    estimated_duration_minutes: Annotated[int, Field(ge=1, le=525_600)] | None = None

    def columns(self) -> dict[str, Any]:
        """The booking's row, without whose it is and what its service says."""
        price = self.pricing
        return {
            "external_id": self.external_id,
            "scheduled_at": in_utc(self.scheduled_at),
            "time_zone": self.time_zone or _offset(self.scheduled_at),
            **self.address.model_dump(),
            "base": price.base_amount_cents,
            "tax": price.tax_cents,
            "platform_fee": price.platform_fee_cents,
            "discount": price.discount_cents,
            "amount": price.total,
            "commission_permille": self.commission_permille,
            "is_prepaid": self.prepaid,
            "notes": self.notes,
            "requirements": list(self.customer_requirements),
            "images": [image.model_dump(mode="json") for image in self.images],
            "duration_minutes": self.estimated_duration_minutes,
        }


class NewBookingIn(BookingFacts):
    user_id: Annotated[int, Field(ge=1, le=LARGEST_ID)]

    def columns(self) -> dict[str, Any]:
        return {**super().columns(), "customer_id": self.user_id}


class MoveIn(In):
    """`by` is who moved it on the platform."""

    status: Literal[Status.CONFIRMED, Status.IN_PROGRESS, Status.COMPLETED, Status.CANCELLED]
    by: Literal[MovedBy.CUSTOMER, MovedBy.VENDOR, MovedBy.SYSTEM]
    cancellation_reason: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class BookingOut(TypedDict):
    id: str
    external_id: str | None
    booking_reference: str
    booking_number: str
    user_id: int
    vendor_id: int
    service_id: str
    status: Status
    scheduled_at: datetime
    amount_cents: int
    currency: str
    created_at: datetime
