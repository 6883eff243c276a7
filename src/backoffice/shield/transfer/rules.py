"""What leaves by a rail: its jobs, its trace numbers, and when it counts as settled. Pure: no SQL, no HTTP."""

from datetime import date, timedelta

from backoffice.kernel.errors import Conflict
from backoffice.kernel.gateways.banking_days import banking_days_after
from backoffice.kernel.lanes import JobName, Lane
from backoffice.shield.payout.rules import AttemptStatus

SETTLEMENT_DAYS = 2
"""Banking days after a file's effective date until nothing came back counts as settled."""
SEND, SETTLE = JobName("shield.send_payout", Lane.SENDING), JobName("shield.settle_payout", Lane.SENDING)
DESCRIPTION = "CLAIM PAY"  # on the member's statement
ALARM_AT = 9_000_000
"""Nine tenths of an originating bank's trace numbers: time to ask it for another number."""
NAME_UNWRITABLE = "The account holder's name has no letter that a file for the bank can hold"


class TraceNumbersUsedUp(Conflict):
    """The trace numbers of bank {odfi} are used up, nothing was sent: ask the bank for another originating number"""

    odfi: str


def settles_on(effective_on: date, *, written_on: date) -> date:
    """The first day on which nothing comes back any more: until the end of the day before it a bank may return.

    A file that was written late is carried out on the next banking day, whatever it says.
    """
    return banking_days_after(max(effective_on, banking_days_after(written_on, 1)), SETTLEMENT_DAYS) + timedelta(days=1)


def is_settled(status: AttemptStatus, settles_on: date | None, *, today: date) -> bool:
    """Whether a try's day of settlement has come, and nothing came back."""
    return status is AttemptStatus.SENT and settles_on is not None and settles_on <= today
