"""What a payout may become, who may make it so, and when it arrives. Pure: no SQL, no HTTP.

pending --> processing --> completed        by rail, or completed by hand from either
   |  ^          |             |
   |  |______ failed <-------->|            a return fails it, even later, unless it is refused; a retry begins again
   v
cancelled
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from backoffice.kernel import moves
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from backoffice.kernel.gateways.banking_days import banking_days_after
from backoffice.kernel.gateways.nacha import LARGEST_ENTRY_MINOR
from backoffice.kernel.lanes import JobName, Lane
from backoffice.kernel.moves import Transitions

RECENT_DAYS = 30
SETTLEMENT_DAYS = 2
"""Banking days after a file's effective date until nothing came back counts as settled."""
CURRENCY = "USD"
SEND, SETTLE = JobName("shield.send_payout", Lane.SENDING), JobName("shield.settle_payout", Lane.SENDING)
DESCRIPTION = "CLAIM PAY"  # on the member's statement
ALARM_AT = 9_000_000
"""Nine tenths of an originating bank's trace numbers: time to ask it for another number."""
PROMISER_CHANGED_ACCOUNT = "Whoever created or retried the payout changed the bank account afterwards"
NAME_UNWRITABLE = "The account holder's name has no letter that a file for the bank can hold"


class Status(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


TRANSITIONS: Transitions[Status] = {
    Status.PENDING: frozenset({Status.PROCESSING, Status.COMPLETED, Status.FAILED, Status.CANCELLED}),
    Status.PROCESSING: frozenset({Status.COMPLETED, Status.FAILED}),
    Status.COMPLETED: frozenset({Status.FAILED}),
    Status.FAILED: frozenset({Status.PENDING, Status.COMPLETED}),
    Status.CANCELLED: frozenset(),
}


class AttemptStatus(StrEnum):
    INTENDED = "intended"
    SENT = "sent"
    SETTLED = "settled"
    RETURNED = "returned"
    REJECTED = "rejected"  # with the file it was in


ATTEMPT_TRANSITIONS: Transitions[AttemptStatus] = {
    AttemptStatus.INTENDED: frozenset({AttemptStatus.SENT, AttemptStatus.REJECTED}),
    AttemptStatus.SENT: frozenset({AttemptStatus.SETTLED, AttemptStatus.RETURNED, AttemptStatus.REJECTED}),
    AttemptStatus.SETTLED: frozenset({AttemptStatus.RETURNED, AttemptStatus.REJECTED}),
    AttemptStatus.RETURNED: frozenset(),
    AttemptStatus.REJECTED: frozenset(),
}


class Method(StrEnum):
    ACH = "ach"
    WIRE = "wire"
    CHECK = "check"


class RailName(StrEnum):
    SANDBOX = "sandbox"
    NACHA = "nacha"
    BY_HAND = "by_hand"


class Action(StrEnum):
    CANCEL = "cancel"
    RETRY = "retry"
    MARK_COMPLETED = "mark_completed"


ARRIVAL_DAYS = {Method.ACH: 3, Method.WIRE: 1, Method.CHECK: 7}
"""Banking days until a payout of this method is expected to have arrived."""


class PayoutAct(Act):
    CREATED = "payout.created"
    CANCELLED = "payout.cancelled"
    RETRIED = "payout.retried"
    HELD = "payout.held"
    RELEASED = "payout.released"
    PROCESSING = "payout.processing"
    COMPLETED = "payout.completed"
    FAILED = "payout.failed"


class PayoutNotFound(NotFound):
    """Payout {payout_id} not found"""

    code = "payout_not_found"
    payout_id: str


class IllegalMove(Conflict):
    """A payout that is {status} can't be {to}"""

    code = "illegal_payout_move"
    status: str
    to: str


class ClaimNotPayable(Conflict):
    """Only approved claims are paid; claim {claim_id} is {status}"""

    code = "claim_not_payable"
    claim_id: str
    status: str


class ExceedsApproved(Conflict):
    """Payouts of claim {claim_id} would exceed the approved amount: {left} is left to pay"""

    code = "exceeds_approved"
    claim_id: str
    left: str


class NothingToPay(Invalid):
    """amount: must be more than zero"""

    code = "nothing_to_pay"


class TooLargeForAch(Invalid):
    """amount: one ACH payout is at most 99999999.99"""

    code = "too_large_for_ach"


class NoBankAccount(Conflict):
    """The user has no bank account to pay to"""

    code = "no_bank_account"


class AccountUnverified(Conflict):
    """The bank account is not verified: nothing is paid to it before it is"""

    code = "account_unverified"


class AccountOnHold(Conflict):
    """The bank account was changed: nothing is paid to it before {until}"""

    code = "account_on_hold"
    until: str


class CorrectionPending(Conflict):
    """The bank asked for a correction of this account: nothing is paid to it before staff have made it"""

    code = "correction_pending"


class MemberBarred(Conflict):
    """The user was deactivated for {reason}: nothing is paid to them"""

    code = "member_barred"
    reason: str


class PayoutHeld(Conflict):
    """This payout is held: {because}"""

    code = "payout_held"
    because: str


class OnItsWay(Conflict):
    """This payout is on its way to the bank at this moment: it can be completed once the bank has it"""

    code = "payout_on_its_way"


class OwnApproval(Forbidden):
    """Above {threshold} to one user in 30 days the person who pays a claim is not the one who approved it"""

    code = "own_approval"
    threshold: str


class OwnAccountChange(Forbidden):
    """Nobody pays to a bank account that they changed in the last 30 days"""

    code = "own_account_change"


class OwnPayout(Forbidden):
    """Whoever created or retried a payout does not complete it"""

    code = "own_payout"


class MayNotComplete(Forbidden):
    """Completing a payout needs the permission payouts:complete"""

    code = "may_not_complete"


class TraceNumbersUsedUp(Conflict):
    """The trace numbers of bank {odfi} are used up, nothing was sent: ask the bank for another originating number"""

    code = "trace_numbers_used_up"
    odfi: str


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def check_move(status: Status, to: Status) -> None:
    moves.check(TRANSITIONS, old=status, new=to, refusal=IllegalMove(status=status, to=to))


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


def settles_on(effective_on: date, *, written_on: date) -> date:
    """The first day on which nothing comes back any more: until the end of the day before it a bank may return.

    A file that was written late is carried out on the next banking day, whatever it says.
    """
    return banking_days_after(max(effective_on, banking_days_after(written_on, 1)), SETTLEMENT_DAYS) + timedelta(days=1)


def is_settled(status: AttemptStatus, settles_on: date | None, *, today: date) -> bool:
    """Whether a try's day of settlement has come, and nothing came back."""
    return status is AttemptStatus.SENT and settles_on is not None and settles_on <= today
