"""What a referral may become, and because of what. Pure: no SQL, no clock, no HTTP.

pending --> completed --> paid      the conditions are met; the reward is in the wallet
   |            |           |
   |____________v___________v
            expired                 conditions not met in time, rejected, or taken back

A completed one waits only while it is held for somebody to decide.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.moves import Transitions


class Status(StrEnum):
    PENDING = "pending"
    COMPLETED = "completed"
    EXPIRED = "expired"
    PAID = "paid"


TRANSITIONS: Transitions[Status] = {
    Status.PENDING: frozenset({Status.COMPLETED, Status.EXPIRED}),
    Status.COMPLETED: frozenset({Status.PAID, Status.EXPIRED}),
    Status.PAID: frozenset({Status.EXPIRED}),
    Status.EXPIRED: frozenset(),
}


class Flag(StrEnum):
    """Why a person should look before a reward is paid."""

    SELF_REFERRAL = "self_referral"
    SAME_DEVICE = "same_device"
    SAME_ADDRESS = "same_address"
    ACCOUNT_NOT_ACTIVE = "account_not_active"


class Decision(StrEnum):
    RELEASED = "released"
    REJECTED = "rejected"


class Ending(StrEnum):
    """Why there is no reward, or no longer."""

    CONDITIONS_NOT_MET = "conditions_not_met"
    REJECTED = "rejected"
    BOOKING_REFUNDED = "booking_refunded"
    REFERRER_GONE = "referrer_gone"


class Payout(StrEnum):
    """How the reward stands, for whoever pays it."""

    PENDING = "pending"
    HELD = "held"
    PAID = "paid"
    NONE = "none"
    TAKEN_BACK = "taken_back"


class ReferralAct(Act):
    COMPLETED = "referral.completed"
    HELD = "referral.held"
    PAID = "referral.paid"
    EXPIRED = "referral.expired"
    TAKEN_BACK = "referral.taken_back"
    SET_OFF = "referral.set_off"
    RELEASED = "referral.released"
    REJECTED = "referral.rejected"


class ReferralNotFound(NotFound):
    """Referral not found"""

    referral_id: str


class ReferralNotHeld(Conflict):
    """This referral is {current_status} and waits for nobody's decision"""

    current_status: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of both customers when a referral is judged; what came after its last day does not count.

    `counted` are the completed bookings, in their order, up to the one with which the minimum was spent.
    """

    email_verified_at: datetime | None
    first_booking_at: datetime | None
    spent_minor: int
    counted: list[str]
    is_over: bool
    is_given_back: bool
    is_referrer_gone: bool
    flags: list[str]


def is_met(facts: Facts, *, minimum_spend_minor: int) -> bool:
    """Verified e-mail, a completed booking, and so much spent on completed ones less what went back."""
    return (
        facts.email_verified_at is not None
        and facts.first_booking_at is not None
        and facts.spent_minor >= minimum_spend_minor
    )


def flags_now(known: list[str], found: list[str]) -> list[str]:
    """A sign stays once it was seen, whatever is changed afterwards; only an account becomes active again."""
    stays = {flag for flag in known if flag != Flag.ACCOUNT_NOT_ACTIVE}
    return sorted(stays | set(found))


def ending(status: Status, facts: Facts) -> Ending | None:
    """Why it ends now, if it does. Asked of a pending one only after its conditions."""
    if facts.is_referrer_gone and status in (Status.PENDING, Status.COMPLETED):
        return Ending.REFERRER_GONE
    if facts.is_given_back and status in (Status.COMPLETED, Status.PAID):
        return Ending.BOOKING_REFUNDED
    if facts.is_over and status is Status.PENDING:
        return Ending.CONDITIONS_NOT_MET
    return None


def payout(status: Status, *, is_held: bool, was_paid: bool) -> Payout:
    if is_held:
        return Payout.HELD
    if status is Status.EXPIRED:
        return Payout.TAKEN_BACK if was_paid else Payout.NONE
    return Payout.PAID if status is Status.PAID else Payout.PENDING
