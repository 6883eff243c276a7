"""Bounds of a period in a list's query: a date or a moment, in UTC.

An upper bound includes all that is shown as it: a date its day, a time without a fraction its second.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from backoffice.kernel.web.inputs import in_utc


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


def check_in_order(first: datetime | None, past: datetime | None, *, names: str) -> None:
    if first is not None and past is not None and first >= past:
        raise ValueError(f"{names}: the first must not be after the second")
