"""The same figures as plain SQL says them over the rows, and histories that are made at random."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from backoffice.kernel.write import Tx
from backoffice.marketplace.analytics import keeping
from tests.marketplace.making import Given

TODAY = datetime.now(UTC).date()
CITIES = ("Pune", "PUNE", "Delhi", None)
CATEGORIES = ("cleaning", "plumbing")
BOOKINGS = """
    SELECT date_trunc(%(granularity)s, b.created_at AT TIME ZONE 'UTC')::date AS date, b.status, count(*) AS n,
           sum(b.amount_minor)::bigint AS minor
      FROM marketplace.booking b JOIN marketplace.service s ON s.id = b.service_id
     WHERE b.created_at >= %(begins)s AND b.created_at < %(past)s
       AND (%(vendor_id)s::bigint IS NULL OR b.vendor_id = %(vendor_id)s)
       AND (%(city)s::text IS NULL OR lower(b.city) = lower(%(city)s))
       AND (%(category)s::text IS NULL OR s.category = %(category)s)
       AND (%(status)s::text IS NULL OR b.status = %(status)s)
     GROUP BY 1, 2
"""
BEST = """
    SELECT s.id, count(*) AS n, sum(b.amount_minor)::bigint AS minor
      FROM marketplace.booking b JOIN marketplace.{table} s ON s.id = b.{table}_id
      JOIN marketplace.service o ON o.id = b.service_id
     WHERE b.created_at >= %(begins)s AND b.created_at < %(past)s
       AND (%(vendor_id)s::bigint IS NULL OR b.vendor_id = %(vendor_id)s)
       AND (%(city)s::text IS NULL OR lower(b.city) = lower(%(city)s))
       AND (%(category)s::text IS NULL OR o.category = %(category)s)
       AND (%(status)s::text IS NULL OR b.status = %(status)s)
     GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1 LIMIT 10
"""


@dataclass(frozen=True)
class Asked:
    """What a client asks for; `begins` and `past` are the bounds of the rows that it means."""

    begins: datetime
    past: datetime
    granularity: str
    filters: Mapping[str, Any]

    @property
    def params(self) -> dict[str, str]:
        shown = {name: str(value) for name, value in self.filters.items() if value is not None}
        last = self.past - timedelta(seconds=1)
        return {"from": _written(self.begins), "to": _written(last), "granularity": self.granularity, **shown}

    @property
    def bound(self) -> dict[str, Any]:
        """As parameters of a statement."""
        return {**self.filters, "begins": self.begins, "past": self.past, "granularity": self.granularity}

    @property
    def before(self) -> "Asked":
        """As long a period, just before."""
        return Asked(self.begins - (self.past - self.begins), self.begins, self.granularity, self.filters)


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


MOMENTS = st.tuples(st.integers(0, 100), st.integers(0, 23), st.integers(0, 59))
"""Days ago, and the time of that day."""


def moment(days_ago: int, hour: int, minute: int) -> datetime:
    at = datetime(TODAY.year, TODAY.month, TODAY.day, hour, minute, tzinfo=UTC) - timedelta(days=days_ago)
    return min(at, datetime.now(UTC) - timedelta(seconds=1))


def asked(words: Sequence[str], name: str) -> st.SearchStrategy[Asked]:
    """Periods that begin and end anywhere, with any filters; `name` is the filter that takes one of the words."""
    filters = st.fixed_dictionaries(
        {
            "vendor_id": st.sampled_from([None, None, 1, 2]),
            "city": st.sampled_from([None, None, "pune", "Delhi"]),
            "category": st.sampled_from([None, None, *CATEGORIES]),
            name: st.sampled_from([None, None, *words]),
        }
    )

    def between(one: tuple[int, int, int], other: tuple[int, int, int], granularity: str, chosen: Any) -> Asked:
        begins, past = sorted((moment(*one), moment(*other)))
        begins = begins.replace(microsecond=0)
        return Asked(begins, past.replace(microsecond=0) + timedelta(seconds=2), granularity, chosen)

    return st.builds(between, MOMENTS, MOMENTS, st.sampled_from(["day", "week", "month"]), filters)


async def offer(given: Given) -> None:
    """Two vendors with two services each, and somebody who books."""
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run("INSERT INTO marketplace.customer (id, name) OVERRIDING SYSTEM VALUE VALUES (1, 'Asha')")
        await tx.run(
            """
            INSERT INTO marketplace.vendor (id, name, display_name) OVERRIDING SYSTEM VALUE
                 VALUES (1, 'A', 'A'), (2, 'B', 'B')
            """
        )
        await tx.run(
            """
            INSERT INTO marketplace.service (id, vendor_id, name, category, base_price_minor)
                 VALUES ('svc_1', 1, 'One', 'cleaning', 1), ('svc_2', 1, 'Two', 'plumbing', 1),
                        ('svc_3', 2, 'Three', 'cleaning', 1), ('svc_4', 2, 'Four', 'plumbing', 1)
            """
        )


BOOK = """
    INSERT INTO marketplace.booking (id, reference, customer_id, vendor_id, service_id, status, scheduled_at, time_zone,
                                     city, base_minor, amount_minor, commission_permille, cancelled_at, created_at)
    SELECT 'bkg_' || n, 'BKG-' || n, 1, (service + 1) / 2, 'svc_' || service, status, at, 'UTC', city, amount, amount,
           150, CASE status WHEN 'cancelled' THEN at END, at
      FROM unnest(%(ns)s::bigint[], %(ats)s::timestamptz[], %(services)s::bigint[], %(cities)s::text[],
                  %(amounts)s::bigint[], %(statuses)s::text[]) AS t (n, at, service, city, amount, status)
"""


async def book(tx: Tx, rows: Sequence[tuple[int, datetime, int, str | None, int, str]]) -> None:
    """All in one statement, as a batch is."""
    names = ("ns", "ats", "services", "cities", "amounts", "statuses")
    await tx.run(BOOK, **dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True)))


REVENUE = """
    WITH money AS (
        SELECT booking_id, method, coalesce(completed_at, created_at) AS at, captured_minor AS gross, 0 AS back
          FROM marketplace.payment WHERE captured_minor > 0
         UNION ALL
        SELECT p.booking_id, p.method, r.processed_at, 0, r.amount_minor
          FROM marketplace.refund r JOIN marketplace.payment p ON p.id = r.payment_id WHERE r.status = 'processed'
         UNION ALL
        SELECT p.booking_id, p.method, p.charged_back_at, 0, p.charged_back_minor
          FROM marketplace.payment p WHERE p.charged_back_minor > 0)
    SELECT date_trunc(%(granularity)s, m.at AT TIME ZONE 'UTC')::date AS date, m.method, b.vendor_id, s.category,
           count(*) FILTER (WHERE m.gross > 0) AS n, coalesce(sum(m.gross), 0)::bigint AS gross,
           coalesce(sum(round(m.gross * b.commission_permille / 1000.0)), 0)::bigint AS fees,
           coalesce(sum(m.back), 0)::bigint AS back
      FROM money m JOIN marketplace.booking b ON b.id = m.booking_id JOIN marketplace.service s ON s.id = b.service_id
     WHERE m.at >= %(begins)s AND m.at < %(past)s
       AND (%(vendor_id)s::bigint IS NULL OR b.vendor_id = %(vendor_id)s)
       AND (%(city)s::text IS NULL OR lower(b.city) = lower(%(city)s))
       AND (%(category)s::text IS NULL OR s.category = %(category)s)
       AND (%(payment_method)s::text IS NULL OR m.method = %(payment_method)s)
     GROUP BY 1, 2, 3, 4
"""


async def fold(given: Given) -> None:
    async with given.write() as tx:
        await keeping.fold_bookings(tx)
        await keeping.fold_revenue(tx)


async def drifted(given: Given) -> int:
    """How many kept sums are wrong."""
    async with given.read() as db:
        months: list[date] = await keeping.list_months(db)
    wrong = 0
    for month in months:
        async with given.write() as tx:
            wrong += await keeping.recount_bookings(tx, month)
            wrong += await keeping.recount_revenue(tx, month)
    return wrong
