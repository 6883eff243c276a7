"""Days and moments of a body: written out, and within the years that can be kept."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError, model_validator

from backoffice.kernel.web.inputs import MOST_PROBLEMS, Day, In, Moment, PastDay, Together, refuse

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


class Span(In):
    first: int
    last: int

    @model_validator(mode="after")
    def _in_order(self) -> "Span":
        if self.first > self.last:
            raise Together("the first must not be after the second", "first", "last")
        return self


def test_what_is_wrong_with_several_fields_is_told_at_each() -> None:
    with pytest.raises(ValidationError) as raised:
        Span(first=2, last=1)

    refusal = refuse(raised.value)

    assert refusal.sentence == "first, last: the first must not be after the second"
    assert [problem.field for problem in refusal.problems] == ["first", "last"]


def test_a_field_is_told_by_the_name_that_was_sent_for_it_and_once() -> None:
    with pytest.raises(ValidationError) as raised:
        Span.model_validate({"first": "x", "last": "y"})

    refusal = refuse(raised.value, sent={"last": "first"})

    assert [(problem.field, problem.message) for problem in refusal.problems] == [("first", "must be a whole number")]


def test_of_thousands_of_mistakes_none_is_put_into_words() -> None:
    """A stranger's megabyte of unknown names once kept the process busy for two seconds."""
    with pytest.raises(ValidationError) as raised:
        Span.model_validate({f"name {number}": 1 for number in range(MOST_PROBLEMS)})

    refusal = refuse(raised.value)

    assert (refusal.sentence, refusal.problems) == (f"More than {MOST_PROBLEMS} things are wrong with it", ())


def test_of_a_name_without_end_only_the_beginning_is_told() -> None:
    with pytest.raises(ValidationError) as raised:
        Span.model_validate({"first": 1, "last": 2, "x" * 100_000: 3})

    assert [problem.field for problem in refuse(raised.value).problems] == ["x" * 100]
