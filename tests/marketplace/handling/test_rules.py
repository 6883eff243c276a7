"""How much a cancelled booking gives back, by notice and by what went back before."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.marketplace.booking.rules import Status
from backoffice.marketplace.handling.rules import Figure, Rule, figure_of, sentence_of, step_at

POLICY = {48: 100, 24: 50}


@dataclass(frozen=True)
class Payment:
    id: str
    captured_minor: int
    left_minor: int
    is_frozen: bool = False


def figure(*payments: Payment, hours: float = 100, is_forced: bool = False) -> Figure:
    step = step_at(POLICY, timedelta(hours=hours))
    return figure_of(payments, Status.CONFIRMED, step=step, is_forced=is_forced)


@pytest.mark.parametrize(
    ("notice", "percent", "rule"),
    [
        (timedelta(hours=48, microseconds=1), 100, Rule.FULL),
        (timedelta(hours=48), 100, Rule.FULL),
        (timedelta(hours=48) - timedelta(microseconds=1), 50, Rule.PART),
        (timedelta(hours=24), 50, Rule.PART),
        (timedelta(hours=24) - timedelta(microseconds=1), 0, Rule.NONE),
        (timedelta(0), 0, Rule.NONE),
        (timedelta(hours=-1), 0, Rule.NONE),
    ],
)
def test_the_policy_turns_at_its_hours_and_the_very_moment_still_counts_as_before(
    notice: timedelta, percent: int, rule: Rule
) -> None:
    step = step_at(POLICY, notice)

    assert (step.percent, step.rule) == (percent, rule)


def test_a_policy_without_steps_gives_nothing_back() -> None:
    assert step_at({}, timedelta(days=365)).percent == 0


def test_half_a_paisa_is_the_customers() -> None:
    assert (
        figure(Payment("a", 101, 101), hours=30).refund_minor,
        figure(Payment("a", 101, 101), hours=30).fee_minor,
    ) == (
        51,
        50,
    )


def test_what_went_back_before_counts() -> None:
    found = figure(Payment("a", 1_000, 300), hours=30)

    assert (found.back_minor, found.refund_minor, found.fee_minor) == (700, 0, 300)


def test_the_latest_payment_gives_first_and_each_no_more_than_it_has() -> None:
    found = figure(Payment("late", 300, 300), Payment("early", 700, 700), hours=30)

    assert [(one.payment_id, one.refund_minor) for one in found.parts] == [("late", 300), ("early", 200)]


def test_a_frozen_payment_keeps_what_the_policy_would_give_and_no_longer_when_forced() -> None:
    payment = Payment("a", 1_000, 1_000, is_frozen=True)

    by_policy, forced = figure(payment), figure(payment, is_forced=True)

    assert (by_policy.refund_minor, by_policy.frozen_minor, by_policy.fee_minor) == (0, 1_000, 0)
    assert (forced.refund_minor, forced.frozen_minor, forced.rule) == (1_000, 0, Rule.FORCED)


@given(
    payments=st.lists(
        st.tuples(st.integers(0, 10**9), st.integers(0, 10**9), st.booleans()).map(
            lambda one: Payment(str(one), max(one[:2]), min(one[:2]), one[2])
        ),
        max_size=4,
    ),
    hours=st.integers(-100, 100),
    is_forced=st.booleans(),
)
def test_refund_fee_and_what_is_back_or_withheld_are_all_that_was_paid(
    payments: list[Payment], hours: int, is_forced: bool
) -> None:
    found = figure(*payments, hours=hours, is_forced=is_forced)

    assert min(found.refund_minor, found.frozen_minor, found.back_minor) >= 0
    assert found.fee_minor >= 0
    assert sum(one.refund_minor for one in found.parts) == found.refund_minor
    left = {one.id: one.left_minor for one in payments}
    assert all(0 < one.refund_minor <= left[one.payment_id] for one in found.parts if list(left).count(one.payment_id))
    assert found.paid_minor == found.back_minor + found.refund_minor + found.frozen_minor + found.fee_minor


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        (50, "100% goes back when cancelled at least 48 hours before"),
        (30, "50% goes back when cancelled at least 24 hours before"),
        (1, "Too late for the cancellation terms to give anything back"),
    ],
)
def test_the_rule_is_told_in_a_sentence(hours: int, sentence: str) -> None:
    assert sentence_of(figure(hours=hours)) == sentence
    assert sentence_of(figure(is_forced=True)) == "Staff give everything back, whatever the notice"
