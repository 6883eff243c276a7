"""What a customer's account may become, and who may book. Pure: no SQL, no clock, no HTTP.

active <--> suspended       for some days or until taken back
   |  ^________|_________
   v            v        |
 banned ------------> (active again by hand)      active, suspended, banned --> deleted: anonymised
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Forbidden, NotFound
from backoffice.kernel.moves import Transitions

ERASED = "[erased]"
"""Stands where a text has to stand and its words are gone."""


class Status(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    BANNED = "banned"
    DELETED = "deleted"


TRANSITIONS: Transitions[Status] = {
    Status.ACTIVE: frozenset({Status.SUSPENDED, Status.BANNED, Status.DELETED}),
    Status.SUSPENDED: frozenset({Status.ACTIVE, Status.BANNED, Status.DELETED}),
    Status.BANNED: frozenset({Status.ACTIVE, Status.DELETED}),
    Status.DELETED: frozenset(),
}


class DeviceType(StrEnum):
    """From what somebody signed in."""

    MOBILE = "mobile"
    WEB = "web"
    APP = "app"


OFTEN_CANCELLED, SEVERAL_DISPUTES = 0.30, 2
NO_BOOKINGS_BELOW, PREPAID_ONLY_BELOW = 30, 50
"""What a score set with restrictions keeps a customer from."""


class Account(Protocol):
    """What is asked of an account before it books."""

    @property
    def status(self) -> Status: ...
    @property
    def suspended_until(self) -> datetime | None: ...
    @property
    def trust(self) -> int: ...
    @property
    def is_restricted(self) -> bool: ...


class UserAct(Act):
    CREATED = "user.created"
    VIEWED = "user.viewed"


class InvitationAct(Act):
    CODE_GIVEN = "referral.code_given"
    RECORDED = "referral.recorded"


class UserNotFound(NotFound):
    """User not found"""

    user_id: int | str


class UserDeleted(Conflict):
    """This user's data were erased"""

    user_id: int


class UserExists(Conflict):
    """Another user has this {field}"""

    field: str


class ReferralCodeNotFound(NotFound):
    """Nobody gives this referral code"""

    referral_code: str


class ReferralCodeTaken(Conflict):
    """{referral_code} is given already, and stays whose it is"""

    referral_code: str


class ReferralExists(Conflict):
    """Somebody else brought this user"""

    referral_id: str


class SelfReferral(Conflict):
    """Nobody brings themself"""

    user_id: int


class UserHasBooked(Conflict):
    """Whoever has booked before is not brought by anybody"""

    user_id: int


class UserSuspended(Forbidden):
    """This user may not book: the account is {account_status}"""

    account_status: str


class UserRestricted(Forbidden):
    """A trust score of {trust_score} restricts this user: allowed bookings: {bookings_allowed}"""

    trust_score: int
    bookings_allowed: str


def person(customer_id: int) -> str:
    """The data subject of everything that is audited about a customer."""
    return f"marketplace:{customer_id}"


def is_over(until: datetime | None, at: datetime) -> bool:
    """Whether a suspension has had its time; one without an end never has."""
    return until is not None and at > until


def check_may_book(account: Account, *, is_prepaid: bool, at: datetime) -> None:
    """An active account books; one that its score restricts books nothing below 30, and below 50 only paid ahead.

    A suspension that is over holds nobody up, whether or not anybody has noted yet that it is.
    """
    status, trust, is_restricted = account.status, account.trust, account.is_restricted
    has_ended = status is Status.SUSPENDED and is_over(account.suspended_until, at)
    if status is not Status.ACTIVE and not has_ended:
        raise UserSuspended(account_status=status)
    if is_restricted and trust < NO_BOOKINGS_BELOW:
        raise UserRestricted(trust_score=trust, bookings_allowed="none")
    if is_restricted and trust < PREPAID_ONLY_BELOW and not is_prepaid:
        raise UserRestricted(trust_score=trust, bookings_allowed="prepaid")


def flags(*, cancelled: int, bookings: int, disputes: int) -> list[str]:
    """What should make staff look twice: more than 30% of bookings cancelled, several disputes."""
    often = bookings > 0 and cancelled / bookings > OFTEN_CANCELLED
    return ["high_cancellation_rate"] * often + ["multiple_disputes"] * (disputes >= SEVERAL_DISPUTES)
