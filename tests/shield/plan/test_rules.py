"""Billing months and proration: exact, in cents, whatever the days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.shield.plan import rules

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
PRICES = st.integers(0, 10_000_000)


@given(anchor=DAYS, day=DAYS)
def test_every_day_lies_in_exactly_one_billing_month(anchor: date, day: date) -> None:
    start, end = rules.billing_month(anchor, day)

    assert start <= day < end
    assert rules.billing_month(anchor, end)[0] == end
    assert rules.billing_month(anchor, start - timedelta(days=1))[1] == start
    assert 28 <= (end - start).days <= 31


@given(old=PRICES, new=PRICES, anchor=DAYS, on=DAYS)
def test_used_and_unused_parts_sum_to_the_whole_price(old: int, new: int, anchor: date, on: date) -> None:
    change = rules.prorate(old, new, anchor=anchor, on=on)
    back = rules.prorate(new, old, anchor=anchor, on=on)

    assert 0 <= change.credit_minor <= old
    assert 0 <= change.charge_minor <= new
    assert (change.credit_minor, change.charge_minor) == (back.charge_minor, back.credit_minor)
    assert change.due_minor == -back.due_minor, "there and back costs nothing"
    assert abs(change.credit_minor * change.days_in_period - old * change.days_remaining) * 2 <= change.days_in_period


@pytest.mark.parametrize(
    ("anchor", "on", "expected"),
    [
        (date(2024, 1, 15), date(2024, 3, 20), rules.Proration(31, 26, 1257, 2515)),
        (date(2024, 1, 31), date(2024, 2, 29), rules.Proration(31, 31, 1499, 2999)),
        (date(2024, 1, 31), date(2024, 2, 28), rules.Proration(29, 1, 52, 103)),
        (date(2024, 5, 1), date(2024, 4, 10), rules.Proration(31, 31, 1499, 2999)),
    ],
)
def test_the_rest_of_the_month_is_priced_by_day(anchor: date, on: date, expected: rules.Proration) -> None:
    assert rules.prorate(1499, 2999, anchor=anchor, on=on) == expected


def test_a_month_from_the_31st_ends_where_the_month_ends() -> None:
    days = [rules.month_after(date(2024, 1, 31), months) for months in range(4)]

    assert days == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]
