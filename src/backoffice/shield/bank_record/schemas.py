"""What the doors of payout exceptions take and give. Of account numbers only the last four digits go out."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.identifiers import LONGEST
from backoffice.kernel.money import Amount
from backoffice.kernel.web import In
from backoffice.kernel.web.paging import Paged
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.shield.access.schemas import ActorOut
from backoffice.shield.bank_record.rules import Cause, Decision
from backoffice.shield.free_text import Reason
from backoffice.shield.product import Pagination


class ExceptionStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class DecisionIn(StrEnum):
    """What staff may decide; a correction is applied by its own door."""

    NO_ACTION = "no_action"
    SETTLED_WITH_BANK = "settled_with_bank"
    PAYMENT_STANDS = "payment_stands"
    MONEY_RETURNED = "money_returned"


class ExceptionsQuery(Paged):
    """`date_from` and `date_to` are about when the record was read; a bare date as `date_to` includes its day."""

    status: ExceptionStatus | None = None
    cause: Cause | None = None
    payout_id: str | None = Field(None, max_length=LONGEST)
    user_id: str | None = Field(None, max_length=LONGEST)
    date_from: From | None = None
    date_to: Until | None = None
    _period = in_order("date_from", "date_to")


class CloseIn(In):
    decision: DecisionIn
    reason: Reason


class ApplyIn(In):
    reason: Reason


class WantedOut(TypedDict):
    """What the bank wants corrected; only what it names is there."""

    account_number_masked: str | None
    routing_number_masked: str | None
    account_type: str | None
    account_holder_name: str | None


class ExceptionOut(TypedDict):
    """`cause` says what it is, `explanation` says it in a sentence; `meaning` is that of the bank's code."""

    id: str
    status: ExceptionStatus
    cause: Cause
    explanation: str
    code: str | None
    meaning: str | None
    trace_number: str | None
    amount: Amount | None
    payout_id: str | None
    payout_status: str | None
    claim_id: str | None
    user_id: str | None
    user_name: str | None
    received_date: datetime
    decision: Decision | None
    reason: str | None
    closed_date: datetime | None
    closed_by: ActorOut | None


class ExceptionDetailOut(ExceptionOut):
    """With the record as it came, long numbers masked, and what the bank wants where that could be read."""

    record: str
    correction: WantedOut | None


class ExceptionPage(TypedDict):
    exceptions: list[ExceptionOut]
    pagination: Pagination
