"""Billing months and exact proration in integer cents, and what stands in the way of a plan. Pure.

A billing month runs from the anchor's day to the same day of the next month, or to its last day where it has none.
"""

import calendar
from dataclasses import dataclass
from datetime import date, datetime

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Invalid, NotFound


class PlanAct(Act):
    CHANGED = "user.plan_changed"
    CHANGE_SCHEDULED = "user.plan_change_scheduled"
    CHANGE_CANCELLED = "user.plan_change_cancelled"


class PlanNotFound(NotFound):
    """Plan {plan_id} not found"""

    code = "plan_not_found"
    plan_id: str


class PlanRetired(Conflict):
    """Plan {plan_id} is no longer offered"""

    code = "plan_retired"
    plan_id: str


class NotEnrolled(Conflict):
    """User {user_id} is on no plan"""

    code = "not_enrolled"
    user_id: str


class AlreadyEnrolled(Conflict):
    """User {user_id} is on plan {plan_id} already"""

    code = "already_enrolled"
    user_id: str
    plan_id: str


class ChangeAlreadyScheduled(Conflict):
    """A change to {plan_id} is scheduled already. Cancel it first."""

    code = "plan_change_scheduled"
    plan_id: str


class NoChangeScheduled(NotFound):
    """No plan change is scheduled for user {user_id}"""

    code = "no_plan_change_scheduled"
    user_id: str


class EffectiveDatePast(Invalid):
    """effective_date must not be before today"""

    code = "effective_date_past"


class PaymentKnown(Conflict):
    """The payment '{external_id}' is known with other facts"""

    code = "payment_known"
    external_id: str


@dataclass(frozen=True, slots=True)
class Proration:
    """The rest of a billing month, from the day of the change on: its price under the old plan and under the new."""

    days_in_period: int
    days_remaining: int
    credit_minor: int
    charge_minor: int

    @property
    def due_minor(self) -> int:
        """What the member owes for the change; negative when they get something back."""
        return self.charge_minor - self.credit_minor


def month_after(anchor: date, months: int) -> date:
    """The anchor's day so many months on, or the last day of that month where it is shorter."""
    years, month = divmod(anchor.month - 1 + months, 12)
    year, month = anchor.year + years, month + 1
    return date(year, month, min(anchor.day, calendar.monthrange(year, month)[1]))


def billing_month(anchor: date, day: date) -> tuple[date, date]:
    """The billing month that holds this day: its first day, and the first day after it."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    if month_after(anchor, months) > day:
        months -= 1
    return month_after(anchor, months), month_after(anchor, months + 1)


def next_billing(anchor: date, after: date) -> date:
    """The first billing day later than this one."""
    return billing_month(anchor, after)[1]


def share(cost_minor: int, days: int, *, of: int) -> int:
    """So many days of a month's price, in whole cents, half a cent rounded up."""
    return (2 * cost_minor * days + of) // (2 * of)


def prorate(old_minor: int, new_minor: int, *, anchor: date, on: date) -> Proration:
    """Change from one monthly price to another on this day, which is the new plan's first.

    Used and unused part of the old price always sum to the whole: the used part is what the credit leaves.
    """
    start, end = billing_month(anchor, max(anchor, on))
    days, remaining = (end - start).days, (end - max(anchor, on)).days
    credit, charge = share(old_minor, remaining, of=days), share(new_minor, remaining, of=days)
    return Proration(days, remaining, credit, charge)


def check_effective(effective_at: datetime, now: datetime) -> None:
    """From today on: what was billed before is not recalculated."""
    if effective_at.date() < now.date():
        raise EffectiveDatePast
