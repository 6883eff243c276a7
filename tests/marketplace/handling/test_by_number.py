"""A search for the beginning of a number that very many share: the right rows, in every order, on every page."""

from typing import LiteralString

import pytest

from backoffice.kernel.database.compose import Composed
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.marketplace.handling import by_number, listing
from backoffice.marketplace.handling.listing import pages_by_number
from tests.conftest import forget_rows
from tests.marketplace.conftest import StaffOf
from tests.marketplace.handling.handled import listed
from tests.marketplace.handling.searched import all_ids, check_each_way, fill
from tests.marketplace.making import Given, Path

PLAIN: LiteralString = """
    SELECT b.id FROM marketplace.booking b JOIN marketplace.customer c ON c.id = b.customer_id
     WHERE (b.reference ^@ upper(%(search)s) OR c.name_words @@ kernel.search_query(%(search)s)) AND {filters}
     ORDER BY {order}
"""
FEWEST = pages_by_number(
    by_number.FILTERED.replace("10000", "40"), filters=listing.NUMBERS, otherwise=listing.NUMBERED_FEW
)
"""Who gives up after some forty rows."""
WAYS = {"walked": listing.BY_NUMBER, "many": listing.NUMBERED_MANY, "given up": FEWEST, "few": listing.NUMBERED_FEW}


async def test_each_way_shows_what_plain_sql_finds_in_every_order_under_filters_on_all_pages(
    path: Path, given: Given
) -> None:
    await fill(given, path)
    async with given.read() as db:
        await check_each_way(db, WAYS, PLAIN, searches=("bkg-2023", "BKG-2024-0", "BKG-2"))


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
            expected = await all_ids(db, PLAIN, search, filters=filters, sort="created_at_desc")
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
