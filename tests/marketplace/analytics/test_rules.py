"""Which periods may be asked for, and of which whole units they are made."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.web.periods import _first, _past
from backoffice.marketplace.analytics import rules
from backoffice.marketplace.analytics.rules import Granularity, Period, at_midnight, cut

NOW = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2026, 6, 1), datetime(2026, 11, 27, 15, 30), timezones=st.just(UTC))  # noqa: DTZ001


def of(begins: str, to: str) -> Period:
    return rules.period(_first(begins), _past(to), now=NOW)


@pytest.mark.parametrize(
    ("begins", "to", "refusal"),
    [
        ("2025-11-01", "2025-10-01", rules.RangeEndsFirst),
        ("2025-10-01T00:00:00Z", "2025-10-01T00:00:00Z", rules.RangeEndsFirst),
        ("2026-11-01", "2026-11-28", rules.RangeInFuture),
        ("2024-01-01", "2025-11-01", rules.RangeTooLong),
        ("2025-11-26T00:00:00Z", "2026-11-26T00:00:01Z", rules.RangeTooLong),
    ],
)
def test_a_period_that_may_not_be_asked_for_is_refused(
    begins: str, to: str, refusal: type[rules.InvalidDateRange]
) -> None:
    with pytest.raises(refusal) as refused:
        of(begins, to)

    assert (refused.value.facts["from"][:10], refused.value.facts["to"][:10]) == (begins[:10], to[:10])


def test_a_range_that_is_too_long_says_how_long_it_is() -> None:
    with pytest.raises(rules.RangeTooLong) as refused:
        of("2024-01-01", "2025-11-01")

    assert refused.value.facts == {"from": "2024-01-01", "to": "2025-11-01", "days": 670}


@pytest.mark.parametrize(
    ("begins", "to", "days"),
    [("2025-11-27", "2026-11-27", 366), ("2026-11-27", "2026-11-27", 1), ("2026-11-27", "2026-11-27T23:59:59Z", 1)],
)
def test_a_year_and_a_single_day_may_be_asked_for_and_today_to_its_end(begins: str, to: str, days: int) -> None:
    assert len(list(of(begins, to).buckets(Granularity.DAY))) == days


def test_weeks_begin_on_monday_and_the_first_and_last_hold_what_lies_in_the_period() -> None:
    asked = of("2026-11-05", "2026-11-17")

    assert [
        (bucket.isoformat(), part.begins.day, part.ends.day) for bucket, part in asked.buckets(Granularity.WEEK)
    ] == [
        ("2026-11-02", 5, 8),
        ("2026-11-09", 9, 15),
        ("2026-11-16", 16, 17),
    ]


@given(MOMENTS, st.timedeltas(timedelta(seconds=1), timedelta(days=80)), st.sampled_from([*Granularity]), MOMENTS)
def test_a_cut_counts_every_moment_of_the_period_once_and_no_other(
    begins: datetime, length: timedelta, unit: Granularity, at: datetime
) -> None:
    asked = Period(begins, min(begins + length, at_midnight(NOW.date() + rules.DAY)))
    made = cut(asked, unit, now=NOW)

    times = int(at_midnight(made.first) <= at < at_midnight(made.past))
    times += sum(edge.sign for edge in (made.left, made.right) if edge.begins <= at < edge.past)

    assert times == int(asked.begins <= at < asked.past)
    assert unit.bucket(made.first) == made.first
    assert unit.bucket(made.past) == made.past


def test_a_period_that_ends_now_takes_all_of_today_for_nothing_comes_after() -> None:
    made = cut(Period(at_midnight(date(2026, 11, 1)), NOW), Granularity.DAY, now=NOW)

    assert (made.first, made.past) == (date(2026, 11, 1), date(2026, 11, 28))
    assert made.right == rules.Edge(-1, NOW, at_midnight(date(2026, 11, 28)))


@pytest.mark.parametrize(
    ("to", "seconds"), [("2026-11-27", 0), ("2026-11-26", 300), ("2026-11-21", 300), ("2026-11-20", 900)]
)
def test_clients_keep_nothing_that_includes_today_and_older_figures_longer(to: str, seconds: int) -> None:
    assert rules.may_keep_seconds(of("2026-10-01", to), now=NOW) == seconds


@pytest.mark.parametrize("to", ["2026-11-01", "2026-11-01T00:00:00Z", "2026-11-01T07:30:00Z"])
def test_a_period_is_written_so_that_a_list_takes_it_for_the_same(to: str) -> None:
    asked = of("2026-10-01", to)

    begins, ends = asked.written

    assert (begins, ends) == ("2026-10-01", to)
    assert (_first(begins), _past(ends)) == (asked.begins, asked.past)
