"""Reading bookings as a list: walked in its order by an index, or gathered by what few of them have.

PostgreSQL can't tell how many rows fit a search or a period, and where it guesses wrong it walks all. So `list_for`
looks first, some thousand rows far, and then says which way. GATHERED can't be walked: its order is no index's.
BY_DAYS walks each day of a period by itself, for as much as a page may take of it. What a search finds has statements
of its own: `by_name`, and `by_number` for numbers that begin alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import LiteralString

from backoffice.kernel.database import Db, Pages, tally, together
from backoffice.kernel.database.compose import Filter, Listing
from backoffice.kernel.database.many import walked
from backoffice.marketplace.booking.rules import MovedBy, PaymentStatus, ShownStatus
from backoffice.marketplace.dispute.rules import Status as DisputeStatus
from backoffice.marketplace.fields import Order
from backoffice.marketplace.handling import by_name, by_number
from backoffice.marketplace.handling.by_number import COUNT_ALL, FOUND, STEPS
from backoffice.marketplace.handling.filters import BookingsQuery, SortBy
from backoffice.marketplace.handling.looking import MANY, SEVERAL, FoundRow, count_found, count_within
from backoffice.marketplace.payment.rules import Method

MOST_MET = 100_000
"""Rows that a page may take of all days of a period together; beyond it the period is gathered."""
BOUNDS: Mapping[SortBy, tuple[str, str]] = {
    SortBy.CREATED_AT: ("created_from", "created_to"),
    SortBy.SCHEDULED_AT: ("from_date", "to_date"),
}
"""Filters by what the list is sorted by, in whose order it is walked from one to the other."""
OPEN_DAYS = 1_100
"""For so many days a period counts that is open to one side."""


@dataclass(frozen=True, slots=True)
class ListedRow:
    id: str
    booking_number: str
    status: ShownStatus
    user_id: int
    user_name: str | None = field(repr=False)
    user_email: str | None = field(repr=False)
    user_phone: str | None = field(repr=False)
    vendor_id: int
    vendor_name: str
    vendor_display_name: str
    service_id: str
    service_name: str
    service_category: str
    scheduled_at: datetime
    street: str | None = field(repr=False)
    city: str | None
    state: str | None
    pincode: str | None = field(repr=False)
    landmark: str | None = field(repr=False)
    amount_minor: int
    currency: str
    payment_status: PaymentStatus
    payment_method: Method | None
    created_at: datetime
    updated_at: datetime
    notes: str | None = field(repr=False)
    dispute_status: DisputeStatus | None
    cancellation_reason: str | None = field(repr=False)
    cancelled_by: MovedBy | None
    cancelled_at: datetime | None
    canceller_id: int | None


STATUSES: Mapping[ShownStatus, LiteralString] = {
    ShownStatus.PENDING: "status = 'pending' AND payment_status <> 'refunded'",
    ShownStatus.CONFIRMED: "status = 'confirmed' AND payment_status <> 'refunded'",
    ShownStatus.IN_PROGRESS: "status = 'in_progress' AND payment_status <> 'refunded'",
    ShownStatus.COMPLETED: "status = 'completed' AND payment_status <> 'refunded'",
    ShownStatus.CANCELLED: "status = 'cancelled' AND payment_status <> 'refunded'",
    ShownStatus.DISPUTED: "status = 'disputed' AND payment_status <> 'refunded'",
    ShownStatus.REFUNDED: "payment_status = 'refunded'",
}
IN_ANY_ORDER: Mapping[str, Filter] = {
    "status": STATUSES,
    "vendor_id": "b.vendor_id = %(vendor_id)s",
    "user_id": "b.customer_id = %(user_id)s",
    "service_id": "b.service_id = %(service_id)s",
    "category": "b.service_id IN (SELECT s.id FROM marketplace.service s WHERE s.category = %(category)s)",
    "booking_status": "b.status = %(booking_status)s",
    "created_from": "b.created_at >= %(created_from)s",
    "created_to": "b.created_at < %(created_to)s",
    "city": "kernel.fold(b.city) = kernel.fold(%(city)s)",
    "from_date": "b.scheduled_at >= %(from_date)s",
    "to_date": "b.scheduled_at < %(to_date)s",
}
GATHERING: Mapping[str, Filter] = {**IN_ANY_ORDER, "search": "b.id IN (" + FOUND + ")"}
ALL_FOUND = Listing(int, COUNT_ALL, {"search": "%(search)s::text IS NOT NULL"})
"""How many a search alone finds, though they be millions: a number begins one booking once, in its own index."""
ORDER: Mapping[str, LiteralString] = {
    "created_at_desc": "b.created_at DESC, b.id DESC",
    "created_at_asc": "b.created_at, b.id",
    "scheduled_at_desc": "b.scheduled_at DESC, b.id DESC",
    "scheduled_at_asc": "b.scheduled_at, b.id",
    "amount_desc": "b.amount_minor DESC, b.id DESC",
    "amount_asc": "b.amount_minor, b.id",
}

BOOKINGS = Pages(
    "bookings",
    ListedRow,
    source="marketplace.booking b",
    key="b.id",
    order=ORDER,
    filters={**IN_ANY_ORDER, "search": by_name.FITS},
    tally=tally(
        "marketplace.booking_tally",
        "bookings",
        by={"status": STATUSES, "booking_status": "status = %(booking_status)s"},
    ),
    quick=(ALL_FOUND, Listing(int, "SELECT count(*) FROM marketplace.booking b {where}", GATHERING)),
    sql="""
    SELECT b.id, b.reference AS booking_number,
           CASE WHEN b.payment_status = 'refunded' THEN 'refunded' ELSE b.status END AS status,
           b.customer_id AS user_id, c.name AS user_name, c.email AS user_email, c.phone AS user_phone,
           b.vendor_id, v.name AS vendor_name, v.display_name AS vendor_display_name,
           b.service_id, s.name AS service_name, s.category AS service_category, b.scheduled_at,
           b.street, b.city, b.state, b.pincode, b.landmark, b.amount_minor, b.currency, b.payment_status,
           b.payment_method, b.created_at, b.updated_at, b.notes, d.status AS dispute_status,
           b.cancellation_reason, b.cancelled_by, b.cancelled_at, m.canceller_id
      FROM {page}
      JOIN marketplace.booking b USING (id)
      JOIN marketplace.customer c ON c.id = b.customer_id
      JOIN marketplace.vendor v ON v.id = b.vendor_id
      JOIN marketplace.service s ON s.id = b.service_id
      LEFT JOIN LATERAL (SELECT status FROM marketplace.dispute WHERE booking_id = b.id
                          ORDER BY is_live DESC, id DESC LIMIT 1) d ON true
      LEFT JOIN LATERAL (SELECT CASE b.cancelled_by WHEN 'customer' THEN b.customer_id WHEN 'vendor' THEN b.vendor_id
                                     ELSE (SELECT staff_id FROM marketplace.booking_move
                                            WHERE booking_id = b.id AND became = 'cancelled' ORDER BY id DESC LIMIT 1)
                                END AS canceller_id) m ON b.cancelled_by IS NOT NULL
     ORDER BY {order}
    """,
)
"""Walked in its order, looking at each row."""
UNINDEXED: Mapping[str, LiteralString] = {
    "created_at_desc": "(b.created_at + '0'::interval) DESC, b.id DESC",
    "created_at_asc": "(b.created_at + '0'::interval), b.id",
    "scheduled_at_desc": "(b.scheduled_at + '0'::interval) DESC, b.id DESC",
    "scheduled_at_asc": "(b.scheduled_at + '0'::interval), b.id",
    "amount_desc": "(b.amount_minor + 0) DESC, b.id DESC",
    "amount_asc": "(b.amount_minor + 0), b.id",
}
GATHERED = replace(BOOKINGS, name="bookings gathered", order=UNINDEXED, filters=GATHERING)
"""The same list of those that were found by what they have, then sorted."""

OF_EACH_DAY: LiteralString = """(
    SELECT b.id
      FROM (SELECT coalesce(%(from_date)s::timestamptz, min(scheduled_at)) AS first,
                   coalesce(%(to_date)s::timestamptz - interval '1 microsecond', max(scheduled_at)) AS last
              FROM marketplace.booking) AS bounds
     CROSS JOIN generate_series(marketplace.utc_day(first)::timestamp, marketplace.utc_day(last)::timestamp,
                                '1 day') AS day
     CROSS JOIN LATERAL (
           SELECT b.id, b.created_at
             FROM (SELECT) AS it JOIN marketplace.booking b ON marketplace.utc_day(b.scheduled_at) = day::date
            {where} ORDER BY {order} LIMIT %(limit)s::bigint + %(offset)s::bigint) AS b
     ORDER BY {order} {cut}) AS page"""
BY_DAYS = replace(
    BOOKINGS,
    name="bookings by days",
    order={
        "created_at_desc": "b.created_at DESC, b.id DESC",
        "created_at_asc": "b.created_at, b.id",
    },
    sql=BOOKINGS.sql.replace("{page}", OF_EACH_DAY),
)
"""The same list of a period, in the order in which bookings were made: so many of each day as the page may show."""

NUMBERS: Mapping[str, Filter] = {**IN_ANY_ORDER, "search": "%(search)s::text IS NOT NULL"}
"""The search stands in the statements of `by_number` and `by_name` themselves."""
NAMED = {
    sort: replace(
        BOOKINGS,
        name="bookings of a name",
        sql=BOOKINGS.sql.replace("{page}", by_name.THEIRS.replace("{value}", steps.value)),
        order={sort: ORDER[sort] if sort.startswith("created_at") else UNINDEXED[sort]},
        filters=NUMBERS,
    )
    for sort, steps in STEPS.items()
}
"""The same list of what a name or a whole number finds, for each order. Somebody's bookings have an index for one order
only: that in which they were made.
"""
NAMED_MANY = {
    sort: replace(walked(BOOKINGS, by_name.FITS, name="bookings of a common name", otherwise=way), filters=NUMBERS)
    for sort, way in NAMED.items()
}
"""The same of a name that many have."""
FEW_NUMBERS: Mapping[str, Filter] = {**NUMBERS, **by_number.WITHIN}


def pages_by_number(
    page: LiteralString, *, filters: Mapping[str, Filter], otherwise: Mapping[str, Pages[ListedRow]] | None = None
) -> dict[str, Pages[ListedRow]]:
    """A list for each order, whose page is a statement of `by_number`."""
    return {
        sort: replace(
            BOOKINGS,
            name="bookings by number",
            sql=BOOKINGS.sql.replace("{page}", steps.written(page)),
            order={sort: ORDER[sort]},
            filters=filters,
            always="true",
            quick=(ALL_FOUND, Listing(int, by_number.COUNTED, FEW_NUMBERS)),
            otherwise=otherwise[sort] if otherwise else None,
        )
        for sort, steps in STEPS.items()
    }


BY_NUMBER = pages_by_number(by_number.ALONE, filters=NUMBERS)
"""The same list of those whose numbers begin alike, for each order: walked in steps."""
NUMBERED_FEW = pages_by_number(by_number.GATHERED, filters=FEW_NUMBERS)
"""Of them those few that filters leave."""
NUMBERED_MANY = pages_by_number(by_number.FILTERED, filters=NUMBERS, otherwise=NUMBERED_FEW)
"""Of them those many that filters leave, until so many are looked at that they must be few."""


async def list_for(db: Db, query: BookingsQuery) -> Pages[ListedRow]:
    """The way to what is asked for. What few rows have is gathered. A short period goes by its days without a look.

    A long period is walked if few take place between the list's beginning and it: bookings are made some time before
    their day, so the newest ones are about days to come. Where many do, each of its days is walked by itself.
    """
    has_period = query.from_date is not None or query.to_date is not None
    is_plain = not has_period or query.sort_by is SortBy.SCHEDULED_AT or query.user_id is not None
    if query.search:
        found = await count_found(db, query.search)
        if is_plain or not is_common(found):
            return way_to(query, found)
    if is_plain:
        return BOOKINGS
    if query.sort_by is SortBy.CREATED_AT and can_go_by_days(query, most=MANY):
        return BY_DAYS
    is_falling = query.sort_order is Order.DESC
    begins, ends = (query.to_date, None) if is_falling else (None, query.from_date)
    within, before = await together(count_within(db, query.from_date, query.to_date), count_within(db, begins, ends))
    if within < MANY:
        return GATHERED
    if query.sort_by is SortBy.AMOUNT or (begins or ends) is None or before < MANY:
        return BOOKINGS
    return BY_DAYS if can_go_by_days(query, most=MOST_MET) else GATHERED


def is_common(found: FoundRow) -> bool:
    """Whether the names that a search fits have many bookings."""
    return found.otherwise >= MANY or found.named >= SEVERAL


def way_to(query: BookingsQuery, found: FoundRow) -> Pages[ListedRow]:
    """The way to what a search finds. Without filters but the bounds of the walk, numbers alone fill a page."""
    if found.numbered < MANY:
        reads_little = query.sort_by is SortBy.CREATED_AT and found.named < SEVERAL
        return (NAMED if reads_little or not is_common(found) else NAMED_MANY)[query.sort]
    if is_common(found):
        return BOOKINGS
    bounds = BOUNDS.get(query.sort_by, ())
    filters = (name for name in IN_ANY_ORDER if name not in bounds)
    is_narrowed = any(getattr(query, name) is not None for name in filters)
    return (NUMBERED_MANY if is_narrowed else BY_NUMBER)[query.sort]


def can_go_by_days(query: BookingsQuery, *, most: int) -> bool:
    """Whether nothing but the period narrows the list, and its days together give not too much for the page."""
    others = (name for name in BOOKINGS.filters if name not in ("from_date", "to_date"))
    if any(getattr(query, name) is not None for name in others):
        return False
    days = OPEN_DAYS
    if query.from_date is not None and query.to_date is not None:
        days = (query.to_date - query.from_date).days + 2
    return days * (query.start + query.size) <= most
