"""Billing months and proration: exact, in cents, whatever the days."""

from datetime import UTC, date, datetime, timedelta, timezone

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


@given(old=PRICES, new=PRICES, anchor=DAYS, on=DAYS, months=st.integers(1, 30))
def test_used_and_unused_parts_sum_to_all_that_was_paid(
    old: int, new: int, anchor: date, on: date, months: int
) -> None:
    start = rules.billing_month(anchor, max(anchor, on))[0]
    until = rules.month_after(anchor, rules.months_until(anchor, start) + months)

    change = rules.prorate(old, new, anchor=anchor, on=on, paid_until=until)
    back = rules.prorate(new, old, anchor=anchor, on=on, paid_until=until)

    credit = change.credit_minor - old * (months - 1)
    assert change.months_ahead == months - 1
    assert 0 <= credit <= old
    assert 0 <= change.charge_minor <= new * months
    assert (change.credit_minor, change.charge_minor) == (back.charge_minor, back.credit_minor)
    assert change.due_minor == -back.due_minor, "there and back costs nothing"
    assert abs(credit * change.days_in_period - old * change.days_remaining) * 2 <= change.days_in_period


@pytest.mark.parametrize(
    ("anchor", "on", "paid_until", "expected"),
    [
        (date(2024, 1, 15), date(2024, 3, 20), date(2024, 4, 15), rules.Proration(31, 26, 0, 1257, 2515)),
        (date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), rules.Proration(31, 31, 0, 1499, 2999)),
        (date(2024, 1, 31), date(2024, 2, 28), date(2024, 2, 29), rules.Proration(29, 1, 0, 52, 103)),
        (date(2024, 5, 1), date(2024, 4, 10), date(2024, 6, 1), rules.Proration(31, 31, 0, 1499, 2999)),
        (date(2024, 1, 15), date(2024, 3, 20), date(2024, 6, 15), rules.Proration(31, 26, 2, 4255, 8513)),
    ],
)
def test_what_is_paid_is_priced_by_day(anchor: date, on: date, paid_until: date, expected: rules.Proration) -> None:
    assert rules.prorate(1499, 2999, anchor=anchor, on=on, paid_until=paid_until) == expected


@pytest.mark.parametrize(
    ("on", "paid_until"),
    [
        (date(2024, 3, 20), date(2024, 3, 15)),
        (date(2024, 3, 15), date(2024, 3, 15)),
        (date(2023, 12, 1), date(2024, 1, 15)),
        (date(2024, 3, 20), None),
    ],
)
def test_a_month_that_nobody_paid_is_neither_given_back_nor_charged(on: date, paid_until: date | None) -> None:
    change = rules.prorate(1499, 2999, anchor=date(2024, 1, 15), on=on, paid_until=paid_until)

    assert (change.credit_minor, change.charge_minor, change.months_ahead) == (0, 0, 0)


@given(money=st.integers(0, 10**17), cost=PRICES, anchor=DAYS, day=DAYS)
def test_money_is_months_and_credit_to_the_cent(money: int, cost: int, anchor: date, day: date) -> None:
    due = rules.billing_month(anchor, day)[0]

    paid = rules.pay(money, cost_minor=cost, anchor=anchor, due=due)

    assert paid.months * cost + paid.credit_minor == money
    assert due <= paid.until <= date(2199, 12, 31)
    assert cost == 0 or paid.credit_minor < cost or rules.months_between(paid.until, rules.LAST_BILLED) == 0


def test_the_day_of_a_change_is_one_of_utc() -> None:
    now = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)

    rules.check_effective(datetime(2026, 11, 19, 20, 0, tzinfo=timezone(timedelta(hours=-8))), now)
    with pytest.raises(rules.EffectiveDatePast):
        rules.check_effective(datetime(2026, 11, 20, 0, 30, tzinfo=timezone(timedelta(hours=13))), now)


def test_a_month_from_the_31st_ends_where_the_month_ends() -> None:
    days = [rules.month_after(date(2024, 1, 31), months) for months in range(4)]

    assert days == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]
