"""Bounds of a period in a list's query: a date or a moment, in UTC.

An upper bound includes all that is shown as it: a date its day, a time without a fraction its second.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, model_validator

from backoffice.kernel.web.inputs import QueryString, Together, in_utc

Q = TypeVar("Q", bound=QueryString)


def _moment(value: Any, *, past: bool) -> Any:
    if not isinstance(value, str):
        return value
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("must be an ISO 8601 date or time") from None
    moment = in_utc(read.replace(tzinfo=UTC) if read.tzinfo is None else read)
    return moment + _length(value) if past else moment


def _length(bound: str) -> timedelta:
    try:
        date.fromisoformat(bound)
    except ValueError:
        has_fraction = "." in bound or "," in bound
        return timedelta(microseconds=1) if has_fraction else timedelta(seconds=1)
    return timedelta(days=1)


def _first(value: Any) -> Any:
    return _moment(value, past=False)


def _past(value: Any) -> Any:
    return _moment(value, past=True)


From = Annotated[datetime, BeforeValidator(_first)]
"""The first moment of the period."""
Until = Annotated[datetime, BeforeValidator(_past)]
"""The first moment after the period."""


def in_order(first: str, past: str) -> Any:
    """Refuses a query whose period ends before it begins: `_period = in_order("date_from", "date_to")`."""

    def check(query: Q) -> Q:
        begins, ends = getattr(query, first), getattr(query, past)
        if begins is not None and ends is not None and begins >= ends:
            raise Together("the first must not be after the second", first, past)
        return query

    return model_validator(mode="after")(check)
