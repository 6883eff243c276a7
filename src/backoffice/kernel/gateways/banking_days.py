"""The banking calendar of the United States: the days on which the Federal Reserve settles payments.

A holiday on a Sunday closes the banks on Monday; one on a Saturday does not close them on Friday (Federal Reserve,
"Holiday Schedules"), which is where banks differ from federal offices.
"""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

SATURDAY, SUNDAY = 5, 6
EASTERN = ZoneInfo("America/New_York")
"""The time that the Federal Reserve keeps: a banking day ends when it is over there."""


def today() -> date:
    """The date by which banks go now, which in the evening is not the date of UTC."""
    return datetime.now(EASTERN).date()


@cache
def _closed_in(year: int) -> frozenset[date]:
    named = holidays.country_holidays("US", years=year, observed=False)
    return frozenset(day + timedelta(days=1) if day.weekday() == SUNDAY else day for day in named)


def is_banking_day(day: date) -> bool:
    return day.weekday() not in (SATURDAY, SUNDAY) and day not in _closed_in(day.year)


def on_or_after(day: date) -> date:
    """The day itself when banks are open, else the next on which they are."""
    while not is_banking_day(day):
        day += timedelta(days=1)
    return day


def banking_days_after(day: date, count: int) -> date:
    """The `count`-th banking day after this day; none after it is the first on or after it."""
    if count == 0:
        return on_or_after(day)
    for _ in range(count):
        day = on_or_after(day + timedelta(days=1))
    return day
