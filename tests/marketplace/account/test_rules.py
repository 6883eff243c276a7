"""How long suspensions last and what a score lets a customer book."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.marketplace.account import rules
from backoffice.marketplace.customer.rules import TRANSITIONS, Status, is_over

NOON = datetime(2025, 11, 9, 12, 45, tzinfo=UTC)


def test_a_suspension_lasts_until_the_last_second_of_its_last_day() -> None:
    until = rules.suspended_until(NOON, 30)

    assert until == datetime(2025, 12, 9, 23, 59, 59, tzinfo=UTC)
    assert rules.last_day(until) == datetime(2025, 12, 9, tzinfo=UTC)


def test_a_suspension_for_good_has_no_last_day_and_is_never_over() -> None:
    assert rules.suspended_until(NOON, None) is None
    assert rules.last_day(None) is None
    assert not is_over(None, NOON)


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(1, rules.LONGEST_DAYS))  # noqa: DTZ001
def test_a_suspension_lasts_at_least_its_days_and_less_than_one_more(at: datetime, days: int) -> None:
    now = at.replace(tzinfo=UTC)
    until = rules.suspended_until(now, days)

    assert until is not None
    assert not is_over(until, now + timedelta(days=days) - timedelta(seconds=1))
    assert is_over(until, now + timedelta(days=days + 1))


@pytest.mark.parametrize(
    ("trust", "is_restricted", "allowed"),
    [(29, True, "none"), (30, True, "prepaid"), (49, True, "prepaid"), (50, True, "all"), (0, False, "all")],
)
def test_what_a_score_lets_a_customer_book(trust: int, is_restricted: bool, allowed: str) -> None:
    assert rules.bookings_of(trust, is_restricted=is_restricted) == allowed


@pytest.mark.parametrize("current", Status)
@pytest.mark.parametrize("wanted", Status)
def test_an_account_moves_as_the_table_says_and_is_suspended_anew(current: Status, wanted: Status) -> None:
    if wanted in TRANSITIONS[current] or current is wanted is Status.SUSPENDED:
        rules.check_may_become(current, wanted)
    else:
        with pytest.raises(rules.InvalidStatusTransition):
            rules.check_may_become(current, wanted)


def test_the_next_message_waits_for_the_first_of_an_hour_to_be_an_hour_old() -> None:
    assert rules.wait_after(NOON, NOON + timedelta(minutes=59)) == 60
    assert rules.wait_after(NOON, NOON + timedelta(minutes=60)) is None
