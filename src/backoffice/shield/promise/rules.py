"""Who may promise what, and what stands between a claim and its payment. Pure: no SQL, no HTTP."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from backoffice.kernel.errors import Conflict, Forbidden, Invalid
from backoffice.kernel.gateways.banking_days import banking_days_after
from backoffice.kernel.gateways.nacha import LARGEST_ENTRY_MINOR
from backoffice.shield.payout.rules import Method, money

RECENT_DAYS = 30
CURRENCY = "USD"
PROMISER_CHANGED_ACCOUNT = "Whoever created or retried the payout changed the bank account afterwards"


class Action(StrEnum):
    CANCEL = "cancel"
    RETRY = "retry"
    MARK_COMPLETED = "mark_completed"


ARRIVAL_DAYS = {Method.ACH: 3, Method.WIRE: 1, Method.CHECK: 7}
"""Banking days until a payout of this method is expected to have arrived."""


class ClaimNotPayable(Conflict):
    """Only approved claims are paid; claim {claim_id} is {status}"""

    claim_id: str
    status: str


class ExceedsApproved(Conflict):
    """Payouts of claim {claim_id} would exceed the approved amount: {left} is left to pay"""

    claim_id: str
    left: str


class NothingToPay(Invalid):
    """amount: must be more than zero"""


class TooLargeForAch(Invalid):
    """amount: one ACH payout is at most 99999999.99"""


class NoBankAccount(Conflict):
    """The user has no bank account to pay to"""


class AccountUnverified(Conflict):
    """The bank account is not verified: nothing is paid to it before it is"""


class AccountOnHold(Conflict):
    """The bank account was changed: nothing is paid to it before {until}"""

    until: str


class CorrectionPending(Conflict):
    """The bank asked for a correction of this account: nothing is paid to it before staff have made it"""


class MemberBarred(Conflict):
    """The user was deactivated for {reason}: nothing is paid to them"""

    reason: str


class PayoutHeld(Conflict):
    """This payout is held: {because}"""

    because: str


class OnItsWay(Conflict):
    """This payout is on its way to the bank at this moment: it can be completed once the bank has it"""


class OwnApproval(Forbidden):
    """Above {threshold} to one user in 30 days the person who pays a claim is not the one who approved it"""

    threshold: str


class OwnAccountChange(Forbidden):
    """Nobody pays to a bank account that they changed in the last 30 days"""


class OwnPayout(Forbidden):
    """Whoever created or retried a payout does not complete it"""


class MayNotComplete(Forbidden):
    """Completing a payout needs the permission payouts:complete"""


class ExceptionOpen(Conflict):
    """The bank sent something about a payout of this claim that nobody has decided: close its exceptions first"""


class LeftBeforeRestore(Conflict):
    """Money of this claim left before the database was restored, and its payout is gone: settle that first"""


class OwnReturn(Forbidden):
    """Whoever decided what the bank sent about a failed payout does not pay its claim again"""


def check_amount(method: Method, amount_minor: int) -> None:
    if amount_minor <= 0:
        raise NothingToPay
    if method is Method.ACH and amount_minor > LARGEST_ENTRY_MINOR:
        raise TooLargeForAch


def check_sum(claim_id: str, *, approved: int | None, live: int, amount: int) -> None:
    """Payouts that are neither failed nor cancelled never exceed what was approved, all in cents."""
    left = (approved or 0) - live
    if amount > left:
        raise ExceedsApproved(claim_id=claim_id, left=money(max(left, 0)))


def check_two_people(*, payer: int, approver: int | None, together_minor: int, threshold_minor: int) -> None:
    """Counts all that the payer approved or promised for the member lately: slices do not go under the threshold."""
    if payer == approver and together_minor > threshold_minor:
        raise OwnApproval(threshold=money(threshold_minor))


def check_account(
    *, verified_at: datetime | None, hold_until: datetime | None, correction: bool, now: datetime
) -> None:
    """Whether money may leave to this account now."""
    if correction:
        raise CorrectionPending
    if hold_until is not None and hold_until > now:
        raise AccountOnHold(until=f"{hold_until:%Y-%m-%d %H:%M} UTC")
    if verified_at is None:
        raise AccountUnverified


def since_own_change(now: datetime) -> datetime:
    """How far back it counts what one person changed, approved or promised."""
    return now - timedelta(days=RECENT_DAYS)


def check_not_held(held_because: str | None, held_until: datetime | None, *, now: datetime) -> None:
    if held_because is not None and (held_until is None or held_until > now):
        raise PayoutHeld(because=held_because)


def threshold_of(thresholds: Mapping[str, int], currency: str) -> int:
    """In minor units; a currency nobody set a threshold for always needs two people."""
    return thresholds.get(currency, 0)


def arrival(method: Method, day: date) -> date:
    """When a payout that starts this day is expected: a banking day."""
    return banking_days_after(day, ARRIVAL_DAYS[method])
