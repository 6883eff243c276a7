"""The banking calendar closes when the Federal Reserve does, not when federal offices do."""

from datetime import date

import pytest

from backoffice.kernel.gateways.banking_days import banking_days_after, is_banking_day


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 11, 26), False),
        (date(2026, 11, 27), True),
        (date(2026, 6, 19), False),
        (date(2026, 7, 3), True),
        (date(2027, 7, 4), False),
        (date(2027, 7, 5), False),
        (date(2027, 12, 24), True),
        (date(2023, 1, 2), False),
        (date(2021, 12, 31), True),
    ],
    ids=str,
)
def test_a_day_is_a_banking_day_when_the_federal_reserve_settles(day: date, is_open: bool) -> None:
    assert is_banking_day(day) is is_open


def test_banking_days_step_over_weekends_and_holidays() -> None:
    assert banking_days_after(date(2026, 11, 25), 1) == date(2026, 11, 27)
    assert banking_days_after(date(2026, 11, 25), 2) == date(2026, 11, 30)
    assert banking_days_after(date(2026, 12, 31), 1) == date(2027, 1, 4)


def test_no_banking_days_after_a_sunday_is_its_monday() -> None:
    assert banking_days_after(date(2026, 11, 22), 0) == date(2026, 11, 23)
