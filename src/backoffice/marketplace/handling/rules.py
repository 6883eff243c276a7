"""What a cancelled booking gives back. Pure: no SQL, no clock, no HTTP.

The policy says how much of what was paid goes back at how many hours' notice: `{48: 100, 24: 50}` is all of it until 48
hours before, half until 24, nothing after. Exactly 48 hours before is still all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from backoffice.kernel.errors import Conflict, Invalid
from backoffice.marketplace.booking.rules import Status

WHOLE = 100
REASON_LENGTHS = (10, 500)
REFUND_REASON = "booking_cancelled"


class Rule(StrEnum):
    """What gave the figure: a step of the policy, or staff who force the whole."""

    FULL = "full"
    PART = "part"
    NONE = "none"
    FORCED = "forced"


class FigureMoved(Conflict):
    """The refund is {refund_cents} now, not the {previewed_refund_cents} of the preview, or the booking changed"""

    previewed_refund_cents: int
    refund_cents: int
    current_status: str


class PreviewNotGenuine(Invalid):
    """This preview_token was not given for this booking"""


class Paid(Protocol):
    """What is asked of a payment. `left_minor` is what can still be given back of it."""

    @property
    def id(self) -> str: ...
    @property
    def captured_minor(self) -> int: ...
    @property
    def left_minor(self) -> int: ...
    @property
    def is_frozen(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Step:
    """What the policy gives at some notice, in hundredths, and from how many hours on; None below all of its steps."""

    percent: int
    hours: int | None

    @property
    def rule(self) -> Rule:
        return {WHOLE: Rule.FULL, 0: Rule.NONE}.get(self.percent, Rule.PART)


@dataclass(frozen=True, slots=True)
class Part:
    """What of a figure goes back of one payment."""

    payment_id: str
    refund_minor: int


@dataclass(frozen=True, slots=True)
class Figure:
    """What a cancellation comes to, in minor units: of `paid` so much is `back` already or on its way, so much goes
    back now, and the rest stays. `frozen` would go back, but a chargeback keeps it. `parts` say of which payment.
    """

    status: Status
    rule: Rule
    percent: int
    hours: int | None
    paid_minor: int
    back_minor: int
    refund_minor: int
    frozen_minor: int
    parts: tuple["Part", ...]

    @property
    def fee_minor(self) -> int:
        return self.paid_minor - self.back_minor - self.refund_minor - self.frozen_minor


def step_at(policy: Mapping[int, int], notice: timedelta) -> Step:
    """The step with the most hours that this notice still keeps."""
    kept = [hours for hours in policy if notice >= timedelta(hours=hours)]
    return Step(policy[max(kept)], max(kept)) if kept else Step(0, None)


def figure_of(payments: Sequence[Paid], status: Status, *, step: Step, is_forced: bool) -> Figure:
    """What goes back of these payments, of the latest first; half a paisa is the customer's.

    What went back before, or was asked for and waits, counts: nothing goes back twice. Forced, a frozen payment is in
    the figure, for the refund core to refuse; by policy it is passed over, so that the booking can be cancelled.
    """
    percent = WHOLE if is_forced else step.percent
    paid = sum(one.captured_minor for one in payments)
    back = paid - sum(one.left_minor for one in payments)
    due = rest = max(-(-paid * percent // WHOLE) - back, 0)
    parts: list[Part] = []
    for one in payments:
        part = 0 if one.is_frozen and not is_forced else min(rest, one.left_minor)
        rest -= part
        parts += [Part(one.id, part)] if part else []
    return Figure(
        status=status,
        rule=Rule.FORCED if is_forced else step.rule,
        percent=percent,
        hours=None if is_forced else step.hours,
        paid_minor=paid,
        back_minor=back,
        refund_minor=due - rest,
        frozen_minor=rest,
        parts=tuple(parts),
    )


def sentence_of(figure: Figure) -> str:
    """The rule as people read it."""
    if figure.rule is Rule.FORCED:
        return "Staff give everything back, whatever the notice"
    if figure.hours is None:
        return "Too late for the cancellation terms to give anything back"
    return f"{figure.percent}% goes back when cancelled at least {figure.hours} hours before"
