"""What the payout doors take and give (contract, 3)."""

from datetime import date, datetime

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.identifiers import LONGEST
from backoffice.kernel.money import Amount
from backoffice.kernel.web.paging import Paged
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.shield.access.schemas import ActorOut
from backoffice.shield.payout.rules import AttemptStatus, Method, RailName, Status
from backoffice.shield.product import Pagination


class PayoutsQuery(Paged):
    """`date_from` and `date_to` are about when the payout was made; a bare date as `date_to` includes its day."""

    status: Status | None = None
    user_id: str | None = Field(None, max_length=LONGEST)
    claim_id: str | None = Field(None, max_length=LONGEST)
    date_from: From | None = None
    date_to: Until | None = None
    _period = in_order("date_from", "date_to")


class ListedOut(TypedDict):
    id: str
    user_id: str
    user_name: str
    claim_id: str
    amount: Amount
    status: Status
    method: Method
    bank_account_last_four: str | None
    initiated_date: datetime
    completed_date: datetime | None
    initiated_by: str | None


class SummaryOut(TypedDict):
    """Of all payouts, whatever the list is filtered by."""

    total_pending: Amount
    total_processing: Amount
    total_completed_this_month: Amount


class PayoutPage(TypedDict):
    payouts: list[ListedOut]
    pagination: Pagination
    summary: SummaryOut


class DestinationOut(TypedDict):
    bank_name: str | None
    account_last_four: str | None
    routing_last_four: str | None


class ReturnedOut(TypedDict):
    """Why the bank sent a payment back."""

    code: str
    reason: str


class CorrectionOut(TypedDict):
    """What the bank wants corrected; of numbers only the last four digits show."""

    code: str
    reason: str
    corrected: str


class TryOut(TypedDict):
    id: str
    number: int
    rail: RailName
    status: AttemptStatus
    trace_number: str | None
    destination: DestinationOut | None
    started_at: datetime
    sent_at: datetime | None
    settles_on: date | None
    ended_at: datetime | None
    returned: ReturnedOut | None
    correction: CorrectionOut | None


class PayoutOut(TypedDict):
    id: str
    claim_id: str
    user_id: str
    user_name: str
    amount: Amount
    currency: str
    status: Status
    method: Method
    bank_account_last_four: str | None
    destination: DestinationOut | None
    notes: str | None
    initiated_date: datetime
    estimated_arrival: datetime | None
    completed_date: datetime | None
    initiated_by: ActorOut | None
    completed_by: ActorOut | None
    held_because: str | None
    held_until: datetime | None
    attempts: list[TryOut]
