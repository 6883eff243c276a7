"""Signs are what is known, put in words: each at its limit and beside it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from backoffice.marketplace.takedown.signs import Facts, behavior_flags, risk_flags, timing_signs

AT = datetime(2026, 6, 1, tzinfo=UTC)
ORDINARY = Facts(
    written_at=AT,
    registered_at=AT - timedelta(days=400),
    completed_at=AT - timedelta(days=1),
    lost_dispute_at=None,
    logins=40,
    bookings=10,
    cancelled=1,
    disputes=0,
    reviews=8,
    stars=32,
    trust=80,
    reviews_that_day=1,
    near_at_vendor=1,
    usual_at_vendor=0.2,
    taken_down_before=0,
)


def test_nothing_speaks_against_an_ordinary_review() -> None:
    assert risk_flags(ORDINARY) == behavior_flags(ORDINARY, alike=0, copied=0) == [*timing_signs(ORDINARY)] == []


RISKS = {
    "new_account": {"registered_at": AT - timedelta(days=29)},
    "low_activity": {"logins": 1, "bookings": 1, "reviews": 2, "cancelled": 0},
    "low_trust": {"trust": 49},
    "high_cancellation_rate": {"cancelled": 4},
    "multiple_disputes": {"disputes": 2},
}


@pytest.mark.parametrize("flag", RISKS)
def test_what_is_unusual_of_an_account_is_flagged(flag: str) -> None:
    assert risk_flags(replace(ORDINARY, **RISKS[flag])) == [flag]


HABITS = {
    "new_account": {"registered_at": AT - timedelta(days=29)},
    "single_booking": {"bookings": 1},
    "many_reviews_in_a_day": {"reviews_that_day": 3},
    "mostly_negative": {"reviews": 3, "stars": 6},
    "reviews_taken_down_before": {"taken_down_before": 1},
}


@pytest.mark.parametrize("flag", HABITS)
def test_how_somebody_reviews_is_flagged(flag: str) -> None:
    assert behavior_flags(replace(ORDINARY, **HABITS[flag]), alike=0, copied=0) == [flag]


def test_words_that_were_used_before_are_flagged() -> None:
    assert behavior_flags(ORDINARY, alike=1, copied=0) == ["repeats_own_words"]
    assert behavior_flags(ORDINARY, alike=0, copied=1) == ["same_words_as_others"]


TIMES = {
    "account_just_opened": {"registered_at": AT - timedelta(days=6)},
    "right_after_completion": {"completed_at": AT - timedelta(minutes=4)},
    "long_after_completion": {"completed_at": AT - timedelta(days=15)},
    "many_reviews_in_a_day": {"reviews_that_day": 3},
    "burst_at_vendor": {"near_at_vendor": 5},
    "after_lost_dispute": {"lost_dispute_at": AT - timedelta(days=2)},
}


@pytest.mark.parametrize("sign", TIMES)
def test_an_unusual_moment_is_a_sign(sign: str) -> None:
    assert [*timing_signs(replace(ORDINARY, **TIMES[sign]))] == [sign]


USUAL = {
    "a busy vendor on a busy day": {"near_at_vendor": 20, "usual_at_vendor": 8.0},
    "a dispute that was lost afterwards": {"lost_dispute_at": AT + timedelta(days=2)},
    "a dispute that was lost long ago": {"lost_dispute_at": AT - timedelta(days=20)},
    "a booking whose end nobody told": {"completed_at": None},
}


@pytest.mark.parametrize("facts", USUAL.values(), ids=USUAL)
def test_what_is_usual_is_no_sign(facts: dict[str, object]) -> None:
    assert [*timing_signs(replace(ORDINARY, **facts))] == []  # type: ignore[arg-type]
