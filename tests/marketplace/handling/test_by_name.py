"""A search for the name of a customer or a vendor: the right bookings, in every order, on every page, old ones too."""

from dataclasses import replace
from typing import Any, LiteralString

import pytest

from backoffice.kernel.database.compose import Composed
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.marketplace.handling import listing, looking
from backoffice.marketplace.handling.filters import BookingsQuery, SortBy
from backoffice.marketplace.handling.looking import FoundRow
from tests.conftest import forget_rows
from tests.marketplace.conftest import StaffOf
from tests.marketplace.handling.handled import listed
from tests.marketplace.handling.searched import all_ids, check_each_way, fill
from tests.marketplace.making import Given, Path

PLAIN: LiteralString = """
    SELECT b.id FROM marketplace.booking b JOIN marketplace.customer c ON c.id = b.customer_id
      JOIN marketplace.vendor v ON v.id = b.vendor_id
     WHERE (b.reference ^@ upper(%(search)s) OR c.name_words @@ kernel.search_query(%(search)s)
            OR kernel.search_vector(v.name || ' ' || v.display_name) @@ kernel.search_query(%(search)s))
       AND {filters}
     ORDER BY {order}
"""
IMPATIENT = {
    sort: replace(pages, sql=pages.sql.replace("LIMIT 10000{further}", "LIMIT 30"))
    for sort, pages in listing.NAMED_MANY.items()
}
WAYS = {"walked": listing.NAMED_MANY, "given up": IMPATIENT, "of each": listing.NAMED}


async def test_each_way_shows_what_plain_sql_finds_in_every_order_under_filters_on_all_pages(
    path: Path, given: Given
) -> None:
    await fill(given, path)
    async with given.read() as db:
        vendor = await db.value(str, "SELECT name FROM marketplace.vendor")
        await check_each_way(db, WAYS, PLAIN, searches=("events", "mee", vendor, "BKG-2023-00"))


@pytest.mark.parametrize("many", [1, looking.MANY])
async def test_the_door_shows_the_same_however_many_have_the_name(
    path: Path, given: Given, staff_of: StaffOf, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    for name in ("MANY", "SEVERAL"):
        monkeypatch.setattr(listing, name, many)
    await fill(given, path)
    staff = await staff_of()

    for asked, filters in (({}, "true"), ({"status": "confirmed"}, "b.status = 'confirmed'")):
        async with given.read() as db:
            expected = await all_ids(db, PLAIN, "meera", filters=filters, sort="amount_desc")
        page = await listed(staff, search="meera", sort_by="amount", **asked, page_size=10, page=2)
        assert ([row["id"] for row in page["data"]], page["meta"]["total"]) == (expected[10:20], len(expected))


@pytest.mark.parametrize(
    ("found", "sort_by", "way"),
    [
        (FoundRow(numbered=0, otherwise=looking.MANY, named=1), SortBy.CREATED_AT, listing.NAMED),
        (FoundRow(numbered=0, otherwise=looking.MANY, named=1), SortBy.AMOUNT, listing.NAMED_MANY),
        (FoundRow(numbered=0, otherwise=looking.MANY, named=looking.SEVERAL), SortBy.CREATED_AT, listing.NAMED_MANY),
        (FoundRow(numbered=0, otherwise=5, named=looking.SEVERAL), SortBy.AMOUNT, listing.NAMED_MANY),
        (FoundRow(numbered=5, otherwise=5, named=5), SortBy.AMOUNT, listing.NAMED),
        (FoundRow(numbered=looking.MANY, otherwise=5, named=5), SortBy.AMOUNT, listing.BY_NUMBER),
    ],
)
def test_the_list_is_walked_first_where_reading_what_each_has_would_take_longer(
    found: FoundRow, sort_by: SortBy, way: dict[str, Any]
) -> None:
    query = BookingsQuery.model_validate({"search": "meera", "sort_by": sort_by})

    assert listing.way_to(query, found) is way[query.sort]


@pytest.mark.parametrize("sort", ["created_at_desc", "created_at_asc"])
async def test_of_each_the_newest_or_oldest_come_from_an_index_alone(
    given: Given, clean: EmbeddedServer, sort: str
) -> None:
    for table in ("marketplace.booking", "marketplace.customer", "marketplace.vendor"):
        forget_rows(clean, table)
    async with given.read() as db, db.connection.transaction():
        query = listing.NAMED[sort].rows(db, dict.fromkeys(listing.NUMBERS) | {"search": "meera"}, limit=25, sort=sort)
        await db.run("SET LOCAL enable_seqscan = off")
        await db.run("SET LOCAL enable_bitmapscan = off")
        plan = " ".join(await db.values(str, Composed("EXPLAIN " + query.sql), **query.params))

    for whose in ("customer", "vendor"):
        backward = "Backward " if sort.endswith("desc") else ""
        assert f"Index Only Scan {backward}using booking_{whose}_idx" in plan, plan
