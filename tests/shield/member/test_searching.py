"""A search that very many members fit: the right ones, in every order, on every page, however far they are walked."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, LiteralString

import pytest

from backoffice.kernel.database import Db
from backoffice.shield.member import listing
from backoffice.shield.member.listing import FOUND, MET, NAMED, USERS
from backoffice.shield.member.rules import name_in
from tests.shield.conftest import AdminOf
from tests.shield.making import Given

FILL: LiteralString = """
    INSERT INTO shield.member (id, email, first_name, last_name, phone, street, city, state, zip, country,
                               date_of_birth, status, signup_date, last_activity)
    SELECT 'user_' || lpad(n::text, 6, '0') || repeat('a', 26),
           CASE WHEN n <= 150 THEN 'old.' ELSE 'new.' END || n || '@example.com',
           CASE WHEN n % 3 = 0 THEN 'Ann' ELSE 'Zoe' END, 'Doe' || n % 40, '+15125550100', '123 Main St',
           'Austin', 'TX', '78701', 'US', '1990-05-15', CASE WHEN n % 5 = 0 THEN 'deactivated' ELSE 'active' END,
           '2024-01-01T00:00:00Z'::timestamptz + n / 10 * interval '1 day',
           CASE WHEN n % 4 > 0 THEN '2025-01-01T00:00:00Z'::timestamptz + n * 31 % 50 * interval '1 hour' END
      FROM generate_series(1, 400) n
"""
PLAIN: Mapping[str, LiteralString] = {
    "old.": "m.email LIKE 'old.%%'",
    "ann": "m.first_name = 'Ann'",
    "USER_0001": "m.id LIKE 'user_0001%%'",
    "zoe doe": "m.first_name = 'Zoe'",
}
FILTERS: Mapping[LiteralString, dict[str, Any]] = {
    "true": {},
    "m.status = 'deactivated'": {"status": "deactivated"},
    "m.signup_date < '2024-01-05'": {"signup_date_to": "2024-01-05T00:00:00Z"},
}
IMPATIENT = replace(MET, name="users met soon", sql=MET.sql.replace("LIMIT 10000", "LIMIT 30"))
WAYS = {"walked": MET, "given up": IMPATIENT, "gathered": FOUND}


class Caller:
    async def lagging_total(self, key: str, count: Any) -> int:
        return await count()  # type: ignore[no-any-return]


async def fill(given: Given) -> None:
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(FILL)


async def all_ids(db: Db, fits: LiteralString, *, filters: LiteralString, sort: str) -> list[str]:
    sql: LiteralString = "SELECT m.id FROM shield.member m WHERE {fits} AND {filters} ORDER BY {order}"
    assert not isinstance(USERS.order, str)
    sql = sql.replace("{fits}", fits).replace("{filters}", filters).replace("{order}", USERS.order[sort])
    return await db.values(str, sql)


async def test_each_way_shows_what_plain_sql_finds_in_every_order_under_filters_on_all_pages(given: Given) -> None:
    await fill(given)
    async with given.read() as db:
        for number, ((search, fits), (filters, asked), sort) in enumerate(
            itertools.product(PLAIN.items(), FILTERS.items(), USERS.order)
        ):
            expected = await all_ids(db, fits, filters=filters, sort=sort)
            start = (0, 10, max(0, len(expected) - 7), len(expected) + 30, 3)[number % 5]
            query = SimpleNamespace(size=20, start=start, sort=sort, **{**dict.fromkeys(NAMED), **asked})
            for name, way in WAYS.items():
                rows, total = await way.page(db, query, Caller(), search=search, name=name_in(search))
                found = ([row.id for row in rows], total)
                assert found == (expected[start : start + 20], len(expected)), (name, search, filters, sort, start)


@pytest.mark.parametrize("many", [listing.MANY, 0])
async def test_the_oldest_who_share_an_address_are_shown_newest_first(
    given: Given, admin_of: AdminOf, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(listing, "MANY", many)
    await fill(given)
    admin = await admin_of("support")

    page = (await admin.get("/v1/admin/users", params={"search": "OLD."})).json()["data"]

    async with given.read() as db:
        expected = await all_ids(db, PLAIN["old."], filters="true", sort="signup_date_desc")
    assert ([row["id"] for row in page["users"]], page["pagination"]["total_items"]) == (expected[:20], 150)
