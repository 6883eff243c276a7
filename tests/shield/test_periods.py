"""Bounds of a period: a bare date includes its day, a moment includes itself, everything is UTC."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from backoffice.shield.periods import From, Until

FIRST, PAST = TypeAdapter(From), TypeAdapter(Until)


def test_a_bare_date_includes_its_day() -> None:
    assert FIRST.validate_python("2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)
    assert PAST.validate_python("2026-01-31") == datetime(2026, 2, 1, tzinfo=UTC)


def test_a_moment_is_taken_in_utc_and_includes_itself() -> None:
    assert FIRST.validate_python("2026-01-31T12:00:00+02:00") == datetime(2026, 1, 31, 10, tzinfo=UTC)
    assert PAST.validate_python("2026-01-31T12:00:00") == datetime(2026, 1, 31, 12, 0, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong", ["x", "2026-02-30", "9999-12-31", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"]
)
def test_what_is_no_moment_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        PAST.validate_python(wrong)
