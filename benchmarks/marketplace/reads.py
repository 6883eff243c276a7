"""The marketplace's reads: each door against its twin, and at another scale."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from benchmarks.against import Growing, Served, against_twin, growth
from benchmarks.marketplace.beside import beside
from benchmarks.marketplace.booked import HERE
from benchmarks.marketplace.figures import analytics
from benchmarks.marketplace.fill import BOOKINGS_EACH
from benchmarks.plan import Finding, Plan

SOME_CUSTOMERS = 100
SMALL_SHARE = 100
SOME = """
SELECT id::text, email, name, phone
  FROM marketplace.customer WHERE id %% greatest(1, %(customers)s / %(most)s) = 0 ORDER BY id LIMIT %(most)s
"""
SOME_BOOKINGS = """
SELECT id, vendor_id::text, reference, (created_at AT TIME ZONE 'UTC')::date::text
  FROM marketplace.booking
 WHERE id = ANY (SELECT 'bkg_' || lpad(to_hex(n), 32, '0')
                   FROM generate_series(1, %(bookings)s, greatest(1, %(bookings)s / %(most)s)) n)
 ORDER BY id LIMIT %(most)s
"""
MONTH = timedelta(days=30)


def cases(plan: Plan, here: Served) -> dict[str, Callable[[], Iterator[Finding]]]:
    """What can be measured, by name."""
    with here.ground.connect() as db:
        rows = db.execute(SOME, {"customers": plan.scale, "most": SOME_CUSTOMERS}).fetchall()
        some = {"bookings": plan.scale * BOOKINGS_EACH, "most": SOME_CUSTOMERS}
        booked = db.execute(SOME_BOOKINGS, some).fetchall()
    ids, addresses, names, phones = zip(*rows, strict=True)
    booking_ids, vendors, references, days = zip(*booked, strict=True)
    growing = Growing(
        "the marketplace as it grows",
        small=max(100, plan.scale // SMALL_SHARE),
        unit=lambda customers: f"{customers:,} customers",
        asked={
            "": lambda _: f"{HERE}/users",
            ", found by e-mail": lambda _: f"{HERE}/users?search=asha.7@",
            ", one of them": lambda _: f"{HERE}/users/7",
            ", the bookings of one": lambda _: f"{HERE}/users/7/bookings",
            ", the queue of disputes": lambda _: f"{HERE}/disputes",
            ", disputes found by a word": lambda _: f"{HERE}/disputes?search=afternoon",
            ", found by one search": lambda _: f"{HERE}/search?q=asha.7@customer.example",
        },
    )
    return {
        "customers": lambda: against_twin(plan, here, case="customers", door="customers"),
        "finding": lambda: _searches(plan, here, words={"name": names, "e-mail address": addresses, "phone": phones}),
        "bookings": lambda: against_twin(plan, here, case="a customer's bookings", door="bookings", subjects=ids),
        "disputes": lambda: against_twin(plan, here, case="queue of disputes", door="disputes"),
        "everything": lambda: _everything(plan, here, words={"name": names, "e-mail address": addresses}),
        "market": lambda: growth(plan, here, of=growing),
        "customer": lambda: against_twin(plan, here, case="customer", door="customer", subjects=ids),
        "lists": lambda: _lists(plan, here, wanted=_filters(vendors, references=references, names=names, days=days)),
        "booking": lambda: against_twin(plan, here, case="booking", door="booking", subjects=booking_ids),
        "takedowns": lambda: against_twin(plan, here, case="queue of takedown requests", door="takedowns"),
        "analytics": lambda: analytics(plan, here, ids=booking_ids),
        "peer": lambda: beside(plan, here, ids={"customers": ids, "bookings": booking_ids}),
    }


def _filters(
    vendors: Sequence[str], *, references: Sequence[str], names: Sequence[str], days: Sequence[str]
) -> dict[str, list[str]]:
    """What the list of bookings is asked for; months are far from its beginning."""
    months = [(date.fromisoformat(day), date.fromisoformat(day) + MONTH) for day in days[: len(days) // 2]]
    return {
        "": [""],
        ", of a status": [f"status={one}" for one in ("pending", "confirmed", "completed", "cancelled")],
        ", of a vendor": [f"vendor_id={one}" for one in vendors],
        ", of a day": [f"from_date={day}&to_date={day}" for day in days],
        ", of a month": [f"from_date={first}&to_date={last}" for first, last in months],
        ", by number": [f"search={one}" for one in references],
        ", by a customer's name": [f"search={one}" for one in names],
        ", page 1,000": ["page=1000"],
    }


def _lists(plan: Plan, here: Served, *, wanted: dict[str, list[str]]) -> Iterator[Finding]:
    for what, asked in wanted.items():
        yield from against_twin(plan, here, case=f"bookings{what}", door="list", subjects=asked)


def _searches(plan: Plan, here: Served, *, words: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    for by, some in words.items():
        yield from against_twin(plan, here, case=f"customers, searched by {by}", door="finding", subjects=some)


def _everything(plan: Plan, here: Served, *, words: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    for by, some in words.items():
        yield from against_twin(plan, here, case=f"one search, by {by}", door="everything", subjects=some)
