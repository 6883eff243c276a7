"""Bookings for searches, and each way to them beside plain SQL: every order, filters, pages near and far."""

import itertools
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any, LiteralString

from backoffice.kernel.database import Db, Pages
from backoffice.marketplace.handling import listing
from backoffice.marketplace.handling.filters import BookingsQuery
from tests.marketplace.making import Given, Path

FILL: LiteralString = """
    INSERT INTO marketplace.booking (id, reference, customer_id, vendor_id, service_id, status, scheduled_at, time_zone,
                                     city, base_minor, amount_minor, commission_permille, created_at)
    SELECT 'bkg_' || md5('b' || n), 'BKG-' || (2023 + n % 3) || '-' || lpad((n / 3)::text, 4, '0'),
           CASE WHEN n % 20 = 0 THEN %(named)s ELSE b.customer_id END, b.vendor_id, b.service_id,
           CASE WHEN n % 9 = 0 THEN 'confirmed' ELSE 'pending' END,
           '2025-06-01T12:00:00Z'::timestamptz + hashint4(n + 1) % 60 * interval '7 hours', 'UTC',
           CASE WHEN n % 7 = 0 THEN 'Pune' END, amount, amount, 100,
           CASE WHEN n % 3 = 0 THEN '2023-01-01T12:00:00Z'::timestamptz + n / 30 * interval '5 hours'
                WHEN n % 3 = 1 THEN '2025-03-01T12:00:00Z'::timestamptz
                ELSE '2024-12-30T12:00:00Z'::timestamptz + hashint4(n) % 100 * interval '1 hour' END
      FROM marketplace.booking b, generate_series(1, 400) n,
           LATERAL (SELECT CASE WHEN n % 2 = 0 THEN 5000 ELSE abs(hashint4(n)) % 40000 END AS amount) a
     WHERE b.id = %(like)s
"""
"""Numbers of 2023 made in their order, of 2024 all imported in one moment, of 2025 in disorder."""
FILTERS: Mapping[LiteralString, dict[str, Any]] = {
    "true": {},
    "b.status = 'confirmed'": {"status": "confirmed"},
    "b.city = 'Pune' AND b.created_at >= '2024-12-30T13:00:00Z'": {
        "city": "pune",
        "created_from": "2024-12-30T13:00:00Z",
    },
    "b.scheduled_at >= '2025-06-03' AND b.scheduled_at < '2025-06-10'": {
        "from_date": "2025-06-03",
        "to_date": "2025-06-09",
    },
    "b.created_at < '2024-12-31T00:30:00Z'": {"created_to": "2024-12-31T00:30:00Z"},
    "b.created_at >= '2030-01-01'": {"created_from": "2030-01-01"},
}
Ways = Mapping[str, Mapping[str, Pages[Any]]]
"""A list for each order, by what the way is called."""


class Caller:
    async def lagging_total(self, key: str, count: Any) -> int:
        return await count()  # type: ignore[no-any-return]


async def fill(given: Given, path: Path) -> None:
    """400 bookings, a twentieth of a customer whose name begins like numbers do."""
    named, other = await path.customer(name="Bkg 2023 Events"), await path.customer(name="Meera Sen")
    like = await path.booking(other["id"], (await path.service())["id"])
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(FILL, named=named["id"], like=like["id"])


async def all_ids(db: Db, plain: LiteralString, search: str, *, filters: LiteralString, sort: str) -> list[str]:
    """What plain SQL finds; it has a place for the filters and for the order."""
    return await db.values(
        str, plain.replace("{filters}", filters).replace("{order}", listing.ORDER[sort]), search=search
    )


async def check_each_way(db: Db, ways: Ways, plain: LiteralString, *, searches: Iterable[str]) -> None:
    asked_for = itertools.product(searches, FILTERS.items(), listing.ORDER)
    for number, (search, (filters, asked), sort) in enumerate(asked_for):
        expected = await all_ids(db, plain, search, filters=filters, sort=sort)
        by, _, order = sort.rpartition("_")
        query = BookingsQuery.model_validate({"search": search, "sort_by": by, "sort_order": order, **asked})
        start = (0, 10, len(expected) // 2, max(0, len(expected) - 7), len(expected) + 30)[number % 5]
        for name, way in ways.items():
            shown = {name: getattr(query, name) for name in listing.NUMBERS}
            page = SimpleNamespace(size=25, start=start, sort=sort, **shown)
            rows, total = await way[sort].page(db, page, Caller())
            found = ([row.id for row in rows], total)
            assert found == (expected[start : start + 25], len(expected)), (name, search, filters, sort, start)
