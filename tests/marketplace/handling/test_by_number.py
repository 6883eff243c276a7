"""A search for the beginning of a number that very many share: the right rows, in every order, on every page."""

import itertools
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, LiteralString

import pytest

from backoffice.kernel.database import Db
from backoffice.kernel.database.compose import Composed
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.marketplace.handling import by_number, listing
from backoffice.marketplace.handling.filters import BookingsQuery
from backoffice.marketplace.handling.listing import pages_by_number
from tests.conftest import forget_rows
from tests.marketplace.conftest import StaffOf
from tests.marketplace.handling.handled import listed
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
PLAIN: LiteralString = """
    SELECT b.id FROM marketplace.booking b JOIN marketplace.customer c ON c.id = b.customer_id
     WHERE (b.reference ^@ upper(%(search)s) OR c.name_words @@ kernel.search_query(%(search)s)) AND {filters}
     ORDER BY {order}
"""
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
FEWEST = pages_by_number(
    by_number.FILTERED.replace("10000", "40"), filters=listing.NUMBERS, otherwise=listing.NUMBERED_FEW
)
"""Who gives up after some forty rows."""
WAYS = {"walked": listing.BY_NUMBER, "many": listing.NUMBERED_MANY, "given up": FEWEST, "few": listing.NUMBERED_FEW}


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


async def all_ids(db: Db, search: str, *, filters: LiteralString, sort: str) -> list[str]:
    plain = PLAIN.replace("{filters}", filters).replace("{order}", listing.ORDER[sort])
    return await db.values(str, plain, search=search)


async def test_each_way_shows_what_plain_sql_finds_in_every_order_under_filters_on_all_pages(
    path: Path, given: Given
) -> None:
    await fill(given, path)
    async with given.read() as db:
        asked_for = itertools.product(("bkg-2023", "BKG-2024-0", "BKG-2"), FILTERS.items(), listing.BY_NUMBER)
        for number, (search, (filters, asked), sort) in enumerate(asked_for):
            expected = await all_ids(db, search, filters=filters, sort=sort)
            by, _, order = sort.rpartition("_")
            query = BookingsQuery.model_validate({"search": search, "sort_by": by, "sort_order": order, **asked})
            start = (0, 10, len(expected) // 2, max(0, len(expected) - 7), len(expected) + 30)[number % 5]
            for name, ways in WAYS.items():
                shown = {name: getattr(query, name) for name in listing.NUMBERS}
                page = SimpleNamespace(size=25, start=start, sort=sort, **shown)
                rows, total = await ways[sort].page(db, page, Caller())
                found = ([row.id for row in rows], total)
                assert found == (expected[start : start + 25], len(expected)), (name, search, filters, sort, start)


@pytest.mark.parametrize("many", [1, 30])
async def test_the_door_shows_the_same_however_many_there_are(
    path: Path, given: Given, staff_of: StaffOf, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(listing, "MANY", many)
    await fill(given, path)
    staff = await staff_of()

    for search, asked in (("BKG-2024", {}), ("bkg-2023-01", {}), ("BKG-2025", {"status": "confirmed"})):
        filters: LiteralString = "b.status = 'confirmed'" if asked else "true"
        async with given.read() as db:
            expected = await all_ids(db, search, filters=filters, sort="created_at_desc")
        pages = [await listed(staff, search=search, **asked, page_size=10, page=page) for page in (1, 2, 30)]
        assert [[row["id"] for row in page["data"]] for page in pages] == [expected[:10], expected[10:20], []]
        assert {page["meta"]["total"] for page in pages} == {len(expected)}


@pytest.mark.parametrize("sort", list(listing.BY_NUMBER))
async def test_it_is_walked_by_the_index_that_holds_the_numbers_of_each_step(
    given: Given, clean: EmbeddedServer, sort: str
) -> None:
    """So what is made, or takes place, before the first of them costs a look for each day, not for each booking."""
    forget_rows(clean, "marketplace.booking")
    index = {"created": "booking_number_made_idx", "scheduled": "booking_number_day_idx"}
    shown = dict.fromkeys(listing.NUMBERS) | {"search": "BKG-2024-1"}
    async with given.read() as db, db.connection.transaction():
        query = listing.BY_NUMBER[sort].rows(db, shown, limit=25, sort=sort)
        await db.run("SET LOCAL enable_seqscan = off")
        await db.run("SET LOCAL enable_bitmapscan = off")
        plan = await db.values(str, Composed("EXPLAIN " + query.sql), **query.params)

    scans = [line for line in plan if index.get(sort.partition("_")[0], "booking_number_amount_idx") in line]
    assert len(scans) == 3, plan
    assert all("Index Only Scan" in line for line in scans), plan
    assert sum("reference >= 'BKG-2024-1'" in line for line in plan) >= 2, plan


async def test_an_amount_is_rounded_down_to_three_digits(given: Given) -> None:
    amounts = [0, 7, 999, 1_000, 1_239, 99_999, 100_000, 123_456, 9_999_999, 10_000_000, 12_345_678, 2**63 - 1]

    async with given.read() as db:
        rounded = await db.values(
            int, "SELECT marketplace.rounded_amount(a) FROM unnest(%(amounts)s::bigint[]) AS a", amounts=amounts
        )

    assert rounded == [int(str(one)[:3] + "0" * (len(str(one)) - 3)) for one in amounts]
