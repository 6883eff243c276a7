"""Bounds of a period: a bare date includes its day, a time its second, everything is UTC."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from backoffice.kernel.web.periods import From, Until

FIRST, PAST = TypeAdapter(From), TypeAdapter(Until)


@pytest.mark.parametrize("day", ["2026-01-31", "20260131", "2026-W05-6", "2026W056"])
def test_a_bare_date_includes_its_day_however_it_is_written(day: str) -> None:
    assert FIRST.validate_python(day) == datetime(2026, 1, 31, tzinfo=UTC)
    assert PAST.validate_python(day) == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize("at", ["2026-01-31T12:00:00", "20260131T120000Z", "2026-01-31T14:00:00+02:00"])
def test_a_time_is_taken_in_utc_and_includes_its_second(at: str) -> None:
    assert FIRST.validate_python(at) == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert PAST.validate_python(at) == datetime(2026, 1, 31, 12, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("at", ["2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00,500000Z"])
def test_a_time_with_a_fraction_includes_nothing_but_itself(at: str) -> None:
    assert FIRST.validate_python(at) == datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)
    assert PAST.validate_python(at) == datetime(2026, 1, 31, 12, 0, 0, 500_001, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong", ["x", "2026-02-30", "9999-12-31", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"]
)
def test_what_is_no_moment_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        PAST.validate_python(wrong)
