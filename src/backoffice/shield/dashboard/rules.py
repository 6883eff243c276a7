"""Which days count for this week and this month, and how averages are rounded."""

from dataclasses import dataclass
from datetime import date, timedelta

MILLISECONDS_A_DAY = 24 * 60 * 60 * 1000
BASIC = "plan_basic"
PREMIUM = "plan_premium"


@dataclass(frozen=True, slots=True)
class Periods:
    """First days, in UTC. A week starts on Monday."""

    week: date
    month: date

    @classmethod
    def around(cls, today: date) -> "Periods":
        return cls(week=today - timedelta(days=today.weekday()), month=today.replace(day=1))


def average_days(milliseconds: int, times: int) -> float:
    """Days with one decimal; 0 where there is nothing to average."""
    return round(milliseconds / times / MILLISECONDS_A_DAY, 1) if times else 0.0


def average_minor(total: int, times: int) -> int:
    """The average in cents, half a cent up; 0 where there is nothing to average."""
    return (2 * total + times) // (2 * times) if times else 0
