"""Who may leave or return, from when it counts, and what the member is told. Pure: no SQL, no clock, no HTTP."""

from datetime import datetime, timedelta

from backoffice.kernel.errors import Conflict, Invalid
from backoffice.shield.member.rules import HOLDS_PAYOUTS, DeactivationReason, Status

MOST_DAYS_BACK = 365
"""How far back a deactivation may be dated: cover that was paid for ends with it."""
ENDED_BECAUSE = {
    DeactivationReason.USER_REQUESTED: ", as you asked",
    DeactivationReason.NON_PAYMENT: ", because premiums for your plan are unpaid",
}
"""How the message to the member goes on; every other reason is left to a conversation."""


class AlreadyDeactivated(Conflict):
    """User {user_id} is deactivated already"""

    user_id: str


class EffectiveDateTooEarly(Invalid):
    """effective_date must not be more than {days} days ago"""

    days: int


class NotDeactivated(Conflict):
    """User {user_id} is not deactivated, and no deactivation is scheduled"""

    user_id: str


def check_may_leave(
    member_id: str, status: Status, *, because: DeactivationReason, known: DeactivationReason | None
) -> None:
    """Once, but for fraud or death that comes to light later: it takes the place of the reason that was known."""
    if status is Status.DEACTIVATED and (because not in HOLDS_PAYOUTS or because is known):
        raise AlreadyDeactivated(user_id=member_id)


def check_not_long_ago(effective_at: datetime, now: datetime) -> None:
    if effective_at < now - timedelta(days=MOST_DAYS_BACK):
        raise EffectiveDateTooEarly(days=MOST_DAYS_BACK)


def is_told(reason: DeactivationReason, *, wanted: bool) -> bool:
    """Whether the member hears of their deactivation: nobody writes to the dead."""
    return wanted and reason is not DeactivationReason.DECEASED


def is_due(effective_at: datetime, now: datetime) -> bool:
    return effective_at <= now
