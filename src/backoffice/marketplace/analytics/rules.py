"""Which period is asked for, and of which whole days or months it is made. Pure: no SQL, no clock, no HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Forbidden, Invalid
from backoffice.kernel.lanes import JobName, Lane

DAY, SECOND, MOMENT = timedelta(days=1), timedelta(seconds=1), timedelta.resolution
MOST_DAYS = 365
BEST = 10
"""How many services, vendors or categories a list of the best names."""
RECENT_DAYS = 7
FRESH_SECONDS, OLD_SECONDS = 300, 900
"""How long clients may keep figures of a period that ended lately, and of one that ended long ago."""


EXPORT_ANALYTICS = JobName("marketplace.export_analytics", Lane.BULK)
TASK = "analytics_export"


class AnalyticsAct(Act):
    EXPORTED = "analytics.exported"


class MayNotExport(Forbidden):
    """Whoever asked for this export may no longer see analytics"""


class Report(StrEnum):
    BOOKINGS = "bookings"
    REVENUE = "revenue"


class Granularity(StrEnum):
    """Days, weeks from Monday, calendar months."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def bucket(self, day: date) -> date:
        """The first day of the bucket in which a day lies."""
        match self:
            case Granularity.DAY:
                return day
            case Granularity.WEEK:
                return day - timedelta(days=day.weekday())
            case Granularity.MONTH:
                return day.replace(day=1)

    def next(self, bucket: date) -> date:
        """The first day of the one after it."""
        match self:
            case Granularity.DAY:
                return bucket + DAY
            case Granularity.WEEK:
                return bucket + 7 * DAY
            case Granularity.MONTH:
                return (bucket + 31 * DAY).replace(day=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From its first moment up to the first one after it."""

    begins: datetime
    past: datetime

    @property
    def ends(self) -> datetime:
        """Its last second; where it ends within one, the last moment."""
        return self.past - (MOMENT if self.past.microsecond else SECOND)

    @property
    def written(self) -> tuple[str, str]:
        """Its bounds as a client sends them: days where they are whole; a day as the end includes all of it."""
        is_whole_day = self.past == at_midnight(self.past.date())
        return _said(self.begins), (self.past - DAY).date().isoformat() if is_whole_day else as_told(self.ends)

    def before(self) -> "Period":
        """As long a period, just before this one."""
        return Period(self.begins - (self.past - self.begins), self.begins)

    def buckets(self, granularity: Granularity) -> Iterator[tuple[date, "Period"]]:
        """Every bucket that it touches, with what of it lies inside."""
        bucket = granularity.bucket(self.begins.date())
        while at_midnight(bucket) < self.past:
            following = granularity.next(bucket)
            yield bucket, Period(max(self.begins, at_midnight(bucket)), min(self.past, at_midnight(following)))
            bucket = following


class InvalidDateRange(Invalid):
    """The period is not valid"""

    begins: str
    ends: str

    @property
    def facts(self) -> dict[str, Any]:
        return {"from": self.begins, "to": self.ends}


class RangeEndsFirst(InvalidDateRange):
    """Start date must be before end date"""


class RangeInFuture(InvalidDateRange):
    """Dates can't be in the future"""


class RangeTooLong(InvalidDateRange):
    """Date range cannot exceed 365 days"""

    days: int

    @property
    def facts(self) -> dict[str, Any]:
        return {"from": self.begins, "to": self.ends, "days": self.days}


def period(begins: datetime, past: datetime, *, now: datetime) -> Period:
    """The period, if it may be asked for. RangeEndsFirst, RangeInFuture, RangeTooLong.

    A date counts as its day, and one that is sent as the end includes it: so `past` at midnight ends the day before.
    """
    is_whole_day = past.timetz() == time.min.replace(tzinfo=UTC)
    ends = past - (DAY if is_whole_day else SECOND)
    said = {"begins": _said(begins), "ends": ends.date().isoformat() if is_whole_day else _said(ends)}
    if begins >= past or (begins >= ends and not is_whole_day):
        raise RangeEndsFirst(**said)
    if past > at_midnight(now.date() + DAY):
        raise RangeInFuture(**said)
    days = -((begins - ends) // DAY)
    if days > MOST_DAYS:
        raise RangeTooLong(**said, days=days)
    return Period(begins, past)


def _said(at: datetime) -> str:
    """A day where it is one."""
    return at.date().isoformat() if at == at_midnight(at.date()) else as_told(at)


def as_told(at: datetime) -> str:
    """A moment as answers say it."""
    return at.isoformat().replace("+00:00", "Z")


def at_midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


@dataclass(frozen=True, slots=True)
class Version:
    """How often the sums of some months were folded, and how many differences wait: together they only move on."""

    folded: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Edge:
    """Rows from one moment to another that are added to sums (sign 1) or taken from them (-1)."""

    sign: int
    begins: datetime
    past: datetime


@dataclass(frozen=True, slots=True)
class Cut:
    """A period as whole units, whose sums are kept, and what is to be counted row by row beside them."""

    first: date
    past: date
    left: Edge
    right: Edge

    @property
    def has_edges(self) -> bool:
        return any(edge.begins < edge.past for edge in (self.left, self.right))

    @property
    def bounds(self) -> dict[str, Any]:
        """As statements name them."""
        return {
            "first": self.first,
            "past": self.past,
            "left_sign": self.left.sign,
            "left_begins": self.left.begins,
            "left_past": self.left.past,
            "right_sign": self.right.sign,
            "right_begins": self.right.begins,
            "right_past": self.right.past,
        }


def cut(asked: Period, unit: Granularity, *, now: datetime) -> Cut:
    """Of a unit that is only touched either the part inside is counted or the part outside, whichever is shorter.

    What is still to come has no rows: a period that ends now takes all of its last day.
    """
    head = at_midnight(unit.bucket(asked.begins.date()))
    tail = at_midnight(unit.bucket((asked.past - SECOND).date()))
    after_head, after_tail = _after(unit, head), _after(unit, tail)
    outside_tail = max(timedelta(), min(after_tail, now) - asked.past)
    outside_head = asked.begins - head
    if head == tail and asked.past - asked.begins <= outside_head + outside_tail:
        return Cut(head.date(), head.date(), Edge(1, asked.begins, asked.past), Edge(1, head, head))
    first, left = head, Edge(-1, head, asked.begins)
    past, right = after_tail, Edge(-1, asked.past, after_tail)
    if head != tail and outside_head > after_head - asked.begins:
        first, left = after_head, Edge(1, asked.begins, after_head)
    if head != tail and outside_tail > asked.past - tail:
        past, right = tail, Edge(1, tail, asked.past)
    return Cut(first.date(), past.date(), left, right)


def _after(unit: Granularity, start: datetime) -> datetime:
    return at_midnight(unit.next(start.date()))


def may_keep_seconds(asked: Period, *, now: datetime) -> int:
    """How long a client may keep the answer: not at all where the period includes today."""
    today = at_midnight(now.date())
    if asked.past > today:
        return 0
    return FRESH_SECONDS if asked.past > today - (RECENT_DAYS - 1) * DAY else OLD_SECONDS


def share(part: int, whole: int) -> float:
    """Of 0 to 1, with two decimals; 0 where there is nothing to share."""
    return round(part / whole, 2) if whole else 0.0


def average(total: int, count: int) -> int:
    """Minor units, rounded down; 0 where there is nothing to average."""
    return total // count if count else 0


def growth_percent(now: int, before: int) -> float | None:
    """How much more it is than in the period before, with one decimal; None where there was nothing to grow from."""
    return round((now - before) / before * 100, 1) if before > 0 else None


def percent(part: int, whole: int) -> float:
    """With one decimal; 0 where there is nothing to share."""
    return round(part / whole * 100, 1) if whole else 0.0
