"""Periods and rates."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.helpdesk.usage.rules import DatesReversed, period, rate_percent, ratio

TODAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (None, None, (date(2026, 3, 2), TODAY)),
        (date(2026, 1, 1), None, (date(2026, 1, 1), TODAY)),
        (None, date(2026, 1, 30), (date(2026, 1, 1), date(2026, 1, 30))),
        (TODAY, TODAY, (TODAY, TODAY)),
        (None, date.min, (date.min, date.min)),
    ],
)
def test_a_period_is_the_30_days_that_end_today_unless_told(
    start: date | None, end: date | None, days: tuple[date, date]
) -> None:
    assert period(start, end, today=TODAY) == days


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(DatesReversed):
        period(date(2026, 4, 1), None, today=TODAY)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_rate_is_always_a_number_from_0_to_100(successful: int, failed: int) -> None:
    assert 0.0 <= rate_percent(successful, failed) <= 100.0


def test_nothing_divided_by_nothing_is_zero() -> None:
    assert (ratio(0, 0), rate_percent(0, 0), ratio(10, 3)) == (0.0, 0.0, 3.33)
