"""How the list of customers is filtered and sorted."""

from enum import StrEnum

from pydantic import Field

from backoffice.kernel.web import QueryString
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.marketplace.customer.rules import Status
from backoffice.marketplace.fields import Order, Sorted


class Flag(StrEnum):
    """What should make staff look twice."""

    HIGH_CANCELLATION_RATE = "high_cancellation_rate"
    MULTIPLE_DISPUTES = "multiple_disputes"


class SortBy(StrEnum):
    CREATED_AT = "created_at"
    NAME = "name"
    TRUST_SCORE = "trust_score"
    LAST_ACTIVE_AT = "last_active_at"


class UserFilters(QueryString):
    search: str | None = Field(
        None,
        max_length=254,
        description="Words of the name, the beginning of the e-mail address, or digits of the phone number: its last "
        "four, five from anywhere in it, or the first six with the country's, where a plus sign stands before them",
    )
    status: Status | None = None
    verification: int | None = Field(
        None, ge=0, le=3, description="How many of e-mail, phone and identity are verified"
    )
    trust_score_min: int | None = Field(None, ge=0, le=100)
    trust_score_max: int | None = Field(None, ge=0, le=100)
    flag: Flag | None = None
    has_bookings: bool | None = None
    registered_after: From | None = None
    registered_before: Until | None = None
    _period = in_order("registered_after", "registered_before")


class UsersQuery(UserFilters, Sorted):
    sort_by: SortBy = SortBy.CREATED_AT
    sort_order: Order = Order.DESC

    @property
    def sort(self) -> str:
        return f"{self.sort_by}_{self.sort_order}"
