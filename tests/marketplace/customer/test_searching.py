"""A search that very many customers fit: the right ones, in every order, on every page, however far they are walked."""

import itertools
from collections.abc import Mapping
from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any, LiteralString

import pytest

from backoffice.kernel.database import Db
from backoffice.kernel.database.compose import Composed
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.marketplace.customer import listing, searching
from backoffice.marketplace.customer.listing import GATHERED, MET, ORDER
from backoffice.marketplace.customer.searching import terms_of
from tests.conftest import forget_rows
from tests.marketplace.conftest import StaffOf
from tests.marketplace.customer.test_api import listed
from tests.marketplace.making import Given

FILL: LiteralString = """
    INSERT INTO marketplace.customer (external_id, name, email, phone, status, suspended_at, registered_at,
                                      last_active_at)
    SELECT 'u' || n, CASE WHEN n % 3 = 0 THEN 'Asha ' ELSE 'Meera ' END || n % 40,
           CASE WHEN n <= 150 THEN 'old.' ELSE 'new.' END || n || '@customer.example',
           '+9198001' || lpad((n * 7919 % 10000)::text, 5, '0'),
           CASE WHEN n % 5 = 0 THEN 'suspended' ELSE 'active' END, CASE WHEN n % 5 = 0 THEN now() END,
           '2024-01-01T00:00:00Z'::timestamptz + n / 10 * interval '1 day',
           CASE WHEN n % 4 > 0 THEN '2025-01-01T00:00:00Z'::timestamptz + n * 31 % 50 * interval '1 hour' END
      FROM generate_series(1, 400) n
"""
PLAIN: Mapping[str, LiteralString] = {
    "old.": "c.email LIKE 'old.%%'",
    "asha": "c.name LIKE 'Asha%%'",
    "+91 98001": "c.phone LIKE '+9198001%%'",
    "98001 0": "c.phone LIKE '%%980010%%'",
}
FILTERS: Mapping[LiteralString, dict[str, Any]] = {
    "true": {},
    "c.status = 'suspended'": {"status": "suspended"},
    "c.registered_at < '2024-01-05'": {"registered_before": "2024-01-05T00:00:00Z"},
}
IMPATIENT = replace(MET, name="customers met soon", sql=MET.sql.replace("LIMIT 10000", "LIMIT 30"))
WAYS = {"walked": MET, "given up": IMPATIENT, "gathered": GATHERED}


class Caller:
    async def lagging_total(self, key: str, count: Any) -> int:
        return await count()  # type: ignore[no-any-return]


async def fill(given: Given) -> None:
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(FILL)


async def all_ids(db: Db, fits: LiteralString, *, filters: LiteralString, sort: str) -> list[int]:
    sql: LiteralString = "SELECT c.id FROM marketplace.customer c WHERE {fits} AND {filters} ORDER BY {order}"
    sql = sql.replace("{fits}", fits).replace("{filters}", filters).replace("{order}", ORDER[sort])
    return await db.values(int, sql)


async def test_each_way_shows_what_plain_sql_finds_in_every_order_under_filters_on_all_pages(given: Given) -> None:
    await fill(given)
    async with given.read() as db:
        cases = itertools.product(PLAIN.items(), FILTERS.items(), ORDER)
        for number, ((search, fits), (filters, asked), sort) in enumerate(cases):
            expected = await all_ids(db, fits, filters=filters, sort=sort)
            start = (0, 10, max(0, len(expected) - 7), len(expected) + 30)[number % 4]
            terms = asdict(terms_of(search, country="IN", names_only=False))
            query = SimpleNamespace(size=20, start=start, sort=sort, **{**dict.fromkeys(listing.NAMED), **asked})
            for name, way in WAYS.items():
                rows, total = await way.page(db, query, Caller(), **terms)
                found = ([row.id for row in rows], total)
                assert found == (expected[start : start + 20], len(expected)), (name, search, filters, sort, start)


@pytest.mark.parametrize("few", [searching.FEW, 0])
async def test_the_oldest_who_share_an_address_or_a_number_are_shown_newest_first(
    given: Given, staff_of: StaffOf, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    await fill(given)
    staff = await staff_of()

    for search, total in (("old.", 150), ("+91 98001", 400)):
        page = await listed(staff, search=search)
        async with given.read() as db:
            expected = await all_ids(db, PLAIN[search], filters="true", sort="created_at_desc")
        assert ([row["id"] for row in page["items"]], page["total"]) == (expected[:20], total)


async def test_whom_a_search_fits_are_gathered_by_the_index_of_each_way(given: Given, clean: EmbeddedServer) -> None:
    forget_rows(clean, "marketplace.customer")
    async with given.read() as db, db.connection.transaction():
        await db.run("SET LOCAL enable_seqscan = off")
        query = GATHERED.rows(
            db, asdict(terms_of("98001 234", country="IN", names_only=False)), limit=20, sort="name_asc"
        )
        plan = " ".join(await db.values(str, Composed("EXPLAIN " + query.sql), **query.params))

    for index in ("name_search", "email_search", "phone_search", "phone_end", "phone_part"):
        assert f"customer_{index}_idx" in plan, plan


async def test_who_is_found_by_a_number_and_by_a_name_is_counted_once(given: Given) -> None:
    terms = asdict(terms_of("98001 00007", country="IN", names_only=False))
    rows: LiteralString = """
        INSERT INTO marketplace.customer (external_id, name, email, phone) VALUES
               ('both', '98001 00007', NULL, '+919800100007'), ('named', '98001 00007 Events', NULL, NULL),
               ('number', 'Meera Sen', 'meera@customer.example', '+15129800100007'),
               ('neither', 'Meera 98001', '98001@customer.example', '+919800100008')
    """
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(rows)

    async with given.read() as db:
        assert await MET.total(db, terms) == 3


async def test_numbers_are_counted_in_an_index_that_holds_nothing_else(given: Given, clean: EmbeddedServer) -> None:
    forget_rows(clean, "marketplace.customer")
    async with given.read() as db, db.connection.transaction():
        await db.run("SET LOCAL enable_seqscan = off")
        await db.run("SET LOCAL enable_bitmapscan = off")
        query = MET.total(db, asdict(terms_of("+91 98001", country="IN", names_only=False)))
        plan = " ".join(await db.values(str, Composed("EXPLAIN " + query.sql), **query.params))

    assert "Index Only Scan using customer_phone" in plan, plan


async def test_whom_a_search_fits_is_looked_for_by_one_process_however_much_there_seems_to_be(given: Given) -> None:
    terms = terms_of("98001 0", country="IN", names_only=False)
    async with given.read() as db, db.connection.transaction():
        await db.run("SET LOCAL debug_parallel_query = on")
        look = searching.find_ids(db, terms)
        helped = Composed("EXPLAIN " + look.sql.replace("kernel.by_one", ""))
        plans = [
            " ".join(await db.values(str, sql, **look.params)) for sql in (helped, Composed("EXPLAIN " + look.sql))
        ]

    assert ["Gather" in plan for plan in plans] == [True, False]
