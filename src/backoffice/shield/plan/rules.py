"""Billing months and exact proration in integer cents, and what stands in the way of a plan. Pure.

A billing month runs from the anchor's day to the same day of the next month, or to its last day where it has none.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Invalid, NotFound

LAST_BILLED = date(2199, 12, 1)
"""No premium pays further ahead, however large; what it leaves is credit."""
MONTHS = 12


class PlanAct(Act):
    ENROLLED = "user.enrolled"
    ENROLMENT_BEGAN = "user.enrolment_began"
    PREMIUM_RECORDED = "user.premium_recorded"
    CHANGED = "user.plan_changed"
    CHANGE_SCHEDULED = "user.plan_change_scheduled"
    CHANGE_CANCELLED = "user.plan_change_cancelled"


LEFT = "The member left"
"""Why a scheduled change was cancelled that nobody cancelled."""


class PlanNotFound(NotFound):
    """Plan {plan_id} not found"""

    plan_id: str


class PlanRetired(Conflict):
    """Plan {plan_id} is no longer offered"""

    plan_id: str


class NotEnrolled(Conflict):
    """User {user_id} is on no plan"""

    user_id: str


class AlreadyEnrolled(Conflict):
    """User {user_id} is on plan {plan_id} already"""

    user_id: str
    plan_id: str


class ChangeAlreadyScheduled(Conflict):
    """A change to {plan_id} is scheduled already. Cancel it first."""

    plan_id: str


class NoChangeScheduled(NotFound):
    """No plan change is scheduled for user {user_id}"""

    user_id: str


class EffectiveDatePast(Invalid):
    """effective_date must not be before today"""


class PaymentKnown(Conflict):
    """The payment '{external_id}' is known with other facts"""

    external_id: str


@dataclass(frozen=True, slots=True)
class Proration:
    """The days that are paid already, from the day of the change on: their price under the old plan and the new.

    They are the rest of a billing month and the whole months after it; nothing where that month is not paid.
    """

    days_in_period: int
    days_remaining: int
    months_ahead: int
    credit_minor: int
    charge_minor: int

    @property
    def due_minor(self) -> int:
        """What the member owes for the change; negative when they get something back."""
        return self.charge_minor - self.credit_minor


@dataclass(frozen=True, slots=True)
class Cover:
    """Days that are paid, from the first to before the last, and what was paid for a month of them."""

    starts_on: date
    ends_on: date
    monthly_minor: int


@dataclass(frozen=True, slots=True)
class Paid:
    """What money came to: so many months, the first day that is not paid then, and what is no whole month yet."""

    months: int
    until: date
    credit_minor: int


def month_after(anchor: date, months: int) -> date:
    """The anchor's day so many months on, or the last day of that month where it is shorter."""
    years, month = divmod(anchor.month - 1 + months, MONTHS)
    year, month = anchor.year + years, month + 1
    return date(year, month, min(anchor.day, calendar.monthrange(year, month)[1]))


def months_between(first: date, last: date) -> int:
    """By the calendar, whatever the days."""
    return (last.year - first.year) * MONTHS + last.month - first.month


def months_until(anchor: date, day: date) -> int:
    """How many billing months after the anchor's the one that holds this day is."""
    months = months_between(anchor, day)
    return months - 1 if month_after(anchor, months) > day else months


def billing_month(anchor: date, day: date) -> tuple[date, date]:
    """The billing month that holds this day: its first day, and the first day after it."""
    months = months_until(anchor, day)
    return month_after(anchor, months), month_after(anchor, months + 1)


def pay(money_minor: int, *, cost_minor: int, anchor: date, due: date) -> Paid:
    """As many whole months from the due day on as the money covers; a plan that costs nothing takes none."""
    most = max(0, months_between(due, LAST_BILLED))
    months = min(money_minor // cost_minor, most) if cost_minor else 0
    until = month_after(anchor, months_until(anchor, due) + months) if months else due
    return Paid(months, until, money_minor - months * cost_minor)


def share(cost_minor: int, days: int, *, of: int) -> int:
    """So many days of a month's price, in whole cents, half a cent rounded up."""
    return (2 * cost_minor * days + of) // (2 * of)


def prorate(old_minor: int, new_minor: int, *, anchor: date, on: date, paid_until: date | None) -> Proration:
    """Change from one monthly price to another on this day, which is the new plan's first.

    Used and unused part of what was paid always sum to the whole: the used part is what the credit leaves. What nobody
    paid is neither given back nor charged; it is simply billed at the new price.
    """
    first = max(anchor, on)
    start, end = billing_month(anchor, first)
    days, remaining = (end - start).days, (end - first).days
    if paid_until is None or first >= paid_until:
        return Proration(days, remaining, 0, 0, 0)
    ahead = max(0, months_until(anchor, paid_until) - months_until(anchor, end))
    credit, charge = (share(price, remaining, of=days) + ahead * price for price in (old_minor, new_minor))
    return Proration(days, remaining, ahead, credit, charge)


def unused(cover: Iterable[Cover], *, anchor: date, on: date) -> int:
    """What was paid for the days from this one on, at the price it was paid at, in whole cents."""
    ahead = [one for one in cover if one.ends_on > max(on, one.starts_on)]
    return sum(
        prorate(one.monthly_minor, 0, anchor=anchor, on=max(on, one.starts_on), paid_until=one.ends_on).credit_minor
        for one in ahead
    )


def check_effective(effective_at: datetime, now: datetime) -> None:
    """From today on: what was billed before is not recalculated."""
    if effective_at.astimezone(UTC).date() < now.astimezone(UTC).date():
        raise EffectiveDatePast
