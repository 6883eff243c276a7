"""Analytics over a year by day, with their lists of the best: beside their twin, one row, and counting all anew."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

from benchmarks.against import Measured, Served, against_twin, in_turn
from benchmarks.marketplace.booked import HERE
from benchmarks.plan import Finding, Plan

MOST_ROWS, TIMES_PLAIN = 20, 50
"""How many reads of one row an answer may cost; how much faster than counting anew it should be."""
REPORTS = {"bookings": "booked", "revenue": "earned"}
PLAIN: dict[str, Sequence[str]] = {
    "bookings": (
        """
        SELECT date_trunc('day', created_at, 'UTC'), count(*), count(*) FILTER (WHERE status = 'pending'),
               count(*) FILTER (WHERE status = 'confirmed'), count(*) FILTER (WHERE status = 'completed'),
               count(*) FILTER (WHERE status = 'cancelled'), sum(amount_minor)
          FROM marketplace.booking WHERE created_at >= %(begins)s AND created_at < %(past)s GROUP BY 1 ORDER BY 1
        """,
        """
        SELECT service_id, count(*), sum(amount_minor) FROM marketplace.booking
         WHERE created_at >= %(begins)s AND created_at < %(past)s GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1 LIMIT 10
        """,
        """
        SELECT vendor_id, count(*), sum(amount_minor) FROM marketplace.booking
         WHERE created_at >= %(begins)s AND created_at < %(past)s GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1 LIMIT 10
        """,
    ),
    "revenue": (
        """
        SELECT date_trunc('day', completed_at, 'UTC'), method, count(*), sum(captured_minor) FROM marketplace.payment
         WHERE captured_minor > 0 AND completed_at >= %(begins)s AND completed_at < %(past)s
         GROUP BY GROUPING SETS (1, 2) ORDER BY 1
        """,
        """
        SELECT b.vendor_id, count(*), sum(p.captured_minor)
          FROM marketplace.payment p JOIN marketplace.booking b ON b.id = p.booking_id
         WHERE p.captured_minor > 0 AND p.completed_at >= %(begins)s AND p.completed_at < %(past)s
         GROUP BY 1 ORDER BY 3 DESC, 2 DESC, 1 LIMIT 10
        """,
    ),
}
"""The series and the lists of the best as they are counted without sums; of revenue without categories and refunds."""


def last_year() -> str:
    """365 days up to yesterday, as they are asked for."""
    last = datetime.now(UTC).date() - timedelta(days=1)
    return f"from={last - timedelta(days=364)}&to={last}"


def analytics(plan: Plan, here: Served, *, ids: Sequence[str]) -> Iterator[Finding]:
    """`ids` are bookings of which one at a time is read by its primary key."""
    for report, door in REPORTS.items():
        case, address = f"analytics of {report}, a year by day", f"{HERE}/analytics/{report}?{last_year()}"
        yield from against_twin(plan, here, case=case, door=door, subjects=[last_year()])
        figures, row = in_turn(
            plan,
            here.asking(plan, [address], connections=1),
            here.asking_twin(plan, [f"/row/{one}" for one in ids], connections=1),
        )
        yield from _costs(case, figures, row)
        plain = median(_counted_anew(here, PLAIN[report]) for _ in range(plan.rounds))
        times = plain / figures.p50
        yield Finding(case, "counting all anew, in the server", f"{plain:,.0f} ms")
        yield Finding(case, "faster than that by", f"{times:,.0f} x", f"≥ {TIMES_PLAIN} x", times >= TIMES_PLAIN)


def _costs(case: str, figures: Measured, row: Measured) -> Iterator[Finding]:
    costs = figures.p50 / row.p50
    yield Finding(case, "one connection, beside one row by its key", f"p50 {figures.p50:.2f} against {row.p50:.2f} ms")
    yield Finding(case, "costs as many reads of one row", f"{costs:.1f}", f"< {MOST_ROWS}", costs < MOST_ROWS)


def _counted_anew(here: Served, statements: Sequence[str]) -> float:
    """Milliseconds."""
    past = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    bounds = {"begins": past - timedelta(days=365), "past": past}
    with here.ground.connect() as db:
        began = time.monotonic()
        for statement in statements:
            db.execute(statement.encode(), bounds).fetchall()
        return (time.monotonic() - began) * 1000
