"""What the export's door takes and gives (users and disputes, 16)."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from backoffice.kernel.export import Format
from backoffice.kernel.task import Status as JobStatus
from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import Day
from backoffice.marketplace.customer.rules import Status
from backoffice.marketplace.export.rules import UserField


class UserFilters(In):
    """Days are those of UTC, both included."""

    status: Status | None = None
    registered_after: Day | None = None
    registered_before: Day | None = None
    has_bookings: bool | None = None

    @property
    def shown(self) -> dict[str, Any]:
        """The filters as the statement names them."""
        after, before = self.registered_after, self.registered_before
        return {
            "status": self.status,
            "first": datetime.combine(after, time.min, UTC) if after else None,
            "past": datetime.combine(before + timedelta(days=1), time.min, UTC) if before else None,
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


class ExportOut(TypedDict):
    job_id: UUID
    status: JobStatus
