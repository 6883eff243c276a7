"""What the doors of exports take and give (users and disputes, 16)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from backoffice.kernel.export import Format
from backoffice.kernel.task import Status as JobStatus
from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import Day
from backoffice.marketplace.booking.rules import ShownStatus
from backoffice.marketplace.customer.rules import Status
from backoffice.marketplace.export.rules import BookingField, UserField
from backoffice.marketplace.handling.filters import Ours


def _first(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, UTC) if day else None


def _past(day: date | None) -> datetime | None:
    return datetime.combine(day + timedelta(days=1), time.min, UTC) if day else None


class UserFilters(In):
    """Days are those of UTC, both included."""

    status: Status | None = None
    registered_after: Day | None = None
    registered_before: Day | None = None
    has_bookings: bool | None = None

    @property
    def shown(self) -> dict[str, Any]:
        """The filters as the statement names them."""
        return {
            "status": self.status,
            "first": _first(self.registered_after),
            "past": _past(self.registered_before),
            "has_bookings": self.has_bookings,
        }


def _each_once(fields: list[UserField]) -> list[UserField]:
    return list(dict.fromkeys(fields))


class ExportIn(In):
    """`bom` is for Excel, which reads a CSV as UTF-8 only when its mark says so. `json` is JSON lines."""

    format: Format
    filters: UserFilters = UserFilters()
    fields: Annotated[list[UserField], AfterValidator(_each_once)] = Field(
        default_factory=lambda: [*UserField], min_length=1, max_length=100
    )
    bom: bool = False


class BookingFilters(In):
    """As the list's. Days are those of UTC, both included: `from_date` and `to_date` of the booking, the others of when
    it was made.
    """

    status: ShownStatus | None = None
    vendor_id: Ours | None = None
    user_id: Ours | None = None
    service_id: Annotated[str, Field(max_length=128)] | None = None
    category: Annotated[str, Field(max_length=100)] | None = None
    city: Annotated[str, Field(max_length=200)] | None = None
    from_date: Day | None = None
    to_date: Day | None = None
    created_from: Day | None = None
    created_to: Day | None = None

    @property
    def shown(self) -> dict[str, Any]:
        """The filters as the list's statement names them."""
        asked = self.model_dump()
        first = {name: _first(asked[name]) for name in ("from_date", "created_from")}
        return {**asked, **first, **{name: _past(asked[name]) for name in ("to_date", "created_to")}}


def _each_booking_field_once(fields: list[BookingField]) -> list[BookingField]:
    return list(dict.fromkeys(fields))


class BookingsExportIn(In):
    """As that of customers."""

    format: Format
    filters: BookingFilters = BookingFilters()
    fields: Annotated[list[BookingField], AfterValidator(_each_booking_field_once)] = Field(
        default_factory=lambda: [*BookingField], min_length=1, max_length=100
    )
    bom: bool = False


class ExportOut(TypedDict):
    job_id: UUID
    status: JobStatus
