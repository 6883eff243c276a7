"""How the list of members is filtered and sorted (contract, 1)."""

from enum import StrEnum

from pydantic import Field

from backoffice.kernel.identifiers import LONGEST
from backoffice.kernel.web.paging import Paged
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.shield.member.rules import Status


class ClaimFilter(StrEnum):
    """Members without a claim, or with one in this state; `pending` holds what nobody has decided yet."""

    NONE = "none"
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    PAID = "paid"


class SortBy(StrEnum):
    SIGNUP_DATE = "signup_date"
    NAME = "name"
    LAST_ACTIVITY = "last_activity"


class SortOrder(StrEnum):
    ASC = "asc"
    DESC = "desc"


class UsersQuery(Paged):
    search: str | None = Field(
        None, max_length=254, description="The beginning of the name, the last name, the e-mail address or the id"
    )
    status: Status | None = None
    plan: str | None = Field(None, max_length=LONGEST)
    claim_status: ClaimFilter | None = None
    sort_by: SortBy = SortBy.SIGNUP_DATE
    sort_order: SortOrder | None = Field(None, description="By name ascending, by date descending, unless said")
    signup_date_from: From | None = None
    signup_date_to: Until | None = None
    _period = in_order("signup_date_from", "signup_date_to")

    @property
    def sort(self) -> str:
        order = self.sort_order or (SortOrder.ASC if self.sort_by is SortBy.NAME else SortOrder.DESC)
        return f"{self.sort_by}_{order}"
