"""What the warm doors of all bookings, of takedown requests and of analytics ask."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from backoffice.kernel.database import Query
from backoffice.marketplace.analytics import booked as booked_sums
from backoffice.marketplace.analytics import earned as earned_sums
from backoffice.marketplace.analytics.rules import Granularity, cut
from backoffice.marketplace.analytics.schemas import BookingsQuery as BookedQuery
from backoffice.marketplace.analytics.schemas import RevenueQuery
from backoffice.marketplace.booking.rules import BookingNotFound
from backoffice.marketplace.handling import listing as bookings
from backoffice.marketplace.handling import looking, whole
from backoffice.marketplace.handling.filters import BookingsQuery
from backoffice.marketplace.takedown import listing as takedowns
from benchmarks.product import NOWHERE, Door, Rows

HERE = "/marketplace/api/v1/admin"


def _list(asked: str) -> Sequence[Query[Any]]:
    """What is searched for, or takes place within a period, is first looked at; totals that may lag are known."""
    query = BookingsQuery.model_validate(dict(parse_qsl(asked)))
    if query.search:
        return [looking.count_found(NOWHERE, query.search)]
    if bookings.can_go_by_days(query, most=looking.MANY) and query.from_date:
        return _page(bookings.BY_DAYS, query)
    if query.from_date or query.to_date:
        return [looking.count_within(NOWHERE, query.from_date, query.to_date)]
    return _page(bookings.BOOKINGS, query)


def _list_found(asked: str, found: Rows) -> Sequence[Query[Any]]:
    query = BookingsQuery.model_validate(dict(parse_qsl(asked)))
    goes_by_days = bookings.can_go_by_days(query, most=looking.MANY)
    if not (query.search or query.from_date or query.to_date) or goes_by_days:
        return []
    row = found[0]
    if query.search:
        return _page(bookings.way_to(query, looking.FoundRow(**row)), query)
    return _page(bookings.GATHERED if row["count"] < looking.MANY else bookings.BY_DAYS, query)


def _page(pages: Any, query: BookingsQuery) -> Sequence[Query[Any]]:
    shown = {name: getattr(query, name) for name in pages.filters}
    page = pages.rows(NOWHERE, shown, limit=query.size, offset=query.start, sort=query.sort)
    return [page, pages.total(NOWHERE, shown)] if pages.tally.knows(shown) else [page]


def _booking(booking_id: str) -> Sequence[Query[Any]]:
    return [
        bookings.BOOKINGS.one(NOWHERE, booking_id, missing=BookingNotFound(booking_id=booking_id)),
        whole.get_more(NOWHERE, booking_id),
        whole.list_moves(NOWHERE, booking_id),
        whole.list_noted(NOWHERE, booking_id),
        whole.list_payments(NOWHERE, booking_id),
        whole.list_refunds(NOWHERE, booking_id),
        whole.list_disputes(NOWHERE, booking_id),
        whole.find_review(NOWHERE, booking_id),
    ]


def _queue(_: str) -> Sequence[Query[Any]]:
    shown = {"status": "open"}
    page = takedowns.REQUESTS.rows(NOWHERE, shown, limit=25, sort="queue")
    return [page, takedowns.count_all(NOWHERE), takedowns.REQUESTS.total(NOWHERE, shown)]


def _booked(asked: str) -> Sequence[Query[Any]]:
    """The lists of the best are recalled by a warm door."""
    query = BookedQuery.model_validate(dict(parse_qsl(asked)))
    shown = _by_day(query.filters, query)
    version = booked_sums.get_version(NOWHERE, query.begins, past=query.past)
    return [booked_sums.list_buckets_of_days(NOWHERE, shown), version]


def _earned(asked: str) -> Sequence[Query[Any]]:
    query = RevenueQuery.model_validate(dict(parse_qsl(asked)))
    shown = _by_day(query.filters, query)
    earlier = cut(query.period.before(), Granularity.DAY, now=datetime.now(UTC))
    return [
        earned_sums.list_money_of_days(NOWHERE, shown),
        earned_sums.sum_money_of_days(NOWHERE, shown | earlier.bounds),
        earned_sums.get_version(NOWHERE, query.begins, past=query.past),
    ]


def _by_day(filters: Mapping[str, Any], query: BookedQuery | RevenueQuery) -> dict[str, Any]:
    days = cut(query.period, Granularity.DAY, now=datetime.now(UTC))
    return {**filters, "granularity": query.granularity, **days.bounds}


def _one(booking_id: str) -> Sequence[Query[Any]]:
    """What anything else is compared with: a row by its primary key."""
    row = "SELECT id, status, amount_minor, created_at FROM marketplace.booking WHERE id = %(id)s"
    return [NOWHERE.values(object, row, id=booking_id)]


DOORS = {
    "list": Door(f"{HERE}/bookings?{{}}", asks=_list, then=_list_found),
    "booking": Door(f"{HERE}/bookings/{{}}", asks=_booking),
    "takedowns": Door(f"{HERE}/reviews/takedown-requests", asks=_queue),
    "booked": Door(f"{HERE}/analytics/bookings?{{}}", asks=_booked),
    "earned": Door(f"{HERE}/analytics/revenue?{{}}", asks=_earned),
    "row": Door("", asks=_one),
}
"""Of those with a query it is what is asked for; `row` is a twin without a door."""
