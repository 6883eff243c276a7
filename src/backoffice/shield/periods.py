"""Bounds of a period in a list's query: a date or a moment, in UTC. A bare date as upper bound includes its day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

LENGTH_OF_DATE = len("2026-01-01")


def _moment(value: Any, *, past: bool) -> Any:
    if not isinstance(value, str):
        return value
    try:
        if len(value) == LENGTH_OF_DATE:
            day = datetime.combine(date.fromisoformat(value), time(), UTC)
            return day + timedelta(days=1) if past else day
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return moment + timedelta(microseconds=1) if past else moment
    except (ValueError, OverflowError):
        raise ValueError("must be an ISO 8601 date or time") from None


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
