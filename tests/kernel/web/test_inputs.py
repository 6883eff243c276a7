"""Days and moments of a body: written out, and within the years that can be kept."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from backoffice.kernel.web.inputs import Day, Moment, PastDay

DAYS, PAST_DAYS, MOMENTS = TypeAdapter(Day), TypeAdapter(PastDay), TypeAdapter(Moment)
NUMBERS = [0, 1711000000, 1.5, True, "0", "1711000000", "1711000000.5", "-1", ""]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_no_day_and_no_moment(number: Any) -> None:
    for form in (DAYS, PAST_DAYS, MOMENTS):
        with pytest.raises(ValidationError):
            form.validate_python(number)


def test_what_is_written_out_is_read() -> None:
    assert DAYS.validate_json('"2026-01-31"') == PAST_DAYS.validate_json('"2026-01-31"') == date(2026, 1, 31)
    assert MOMENTS.validate_json('"2026-01-31T12:00:00+02:00"') == datetime(2026, 1, 31, 10, tzinfo=UTC)
