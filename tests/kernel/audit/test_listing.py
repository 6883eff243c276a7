"""Any product's part of the audit log: its pages, its filters, its totals, and values that open with their key."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backoffice.kernel.actor import system
from backoffice.kernel.audit.entry import personal
from backoffice.kernel.audit.listing import LOG, EntryRow, get_entry
from backoffice.kernel.database.batch import numbered
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.errors import NotFound
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import uuid7
from tests.conftest import superuser
from tests.kernel.proof.chain import KEEPER, Recorded, audit

ALL = dict.fromkeys(("staff", "person", "action", "without", "first", "past")) | {"product": KEEPER.product}
ASHA = "whatsapp:1"
WORKED = """
INSERT INTO kernel.audit_entry (id, at, product, actor_kind, actor_id, actor_label, action, subject, address, agent,
                                request_id, digest)
SELECT gen_random_uuid(), now() - n * interval '1 minute', 'helpdesk', 'staff', n % 20 + 1, 'asha',
       CASE WHEN n % 2 = 0 THEN 'test.done' ELSE 'test.' || n % 5 END, 'test:1', '', '', '', ''
  FROM generate_series(1, 20000) n
"""

ENTERED = """
INSERT INTO kernel.audit_entry (id, at, product, actor_kind, actor_id, actor_label, action, subject, address, agent,
                                request_id, digest)
VALUES (%s, %s, 'helpdesk', 'system', 0, 'tests', 'test.done', 'test:1', '', '', '', '')
"""


class NoEntry(NotFound):
    """No such entry"""


async def page_of(house: House, *, limit: int = 100, offset: int = 0, **shown: Any) -> list[EntryRow]:
    async with house.database.read() as db:
        return await LOG.rows(db, ALL | shown, limit=limit, offset=offset)


async def total_of(house: House, **shown: Any) -> int:
    async with house.database.read() as db:
        return await LOG.total(db, ALL | shown)


async def test_a_page_shows_the_newest_first_and_the_next_goes_on_from_there(house: House) -> None:
    await audit(house, 1, 2, 3)

    assert [row.subject.removeprefix("test:") for row in await page_of(house, limit=2)] == ["3", "2"]
    assert [row.subject.removeprefix("test:") for row in await page_of(house, limit=2, offset=2)] == ["1"]


async def test_a_product_is_shown_its_own_entries(house: House) -> None:
    await audit(house, "ours")
    async with house.database.write(system("shield", "tests")) as tx:
        tx.audit(Recorded.DONE, "theirs")

    assert [row.subject.removeprefix("test:") for row in await page_of(house)] == ["ours"]
    assert [row.subject.removeprefix("test:") for row in await page_of(house, product="shield")] == ["theirs"]


@pytest.mark.parametrize(
    ("shown", "subjects"),
    [
        ({}, ["2", "1"]),
        ({"action": "test_done"}, ["2", "1"]),
        ({"action": "test_other"}, []),
        ({"without": ["test.done"]}, []),
        ({"person": ASHA}, ["2"]),
        ({"first": datetime.now(UTC) - timedelta(days=1)}, ["2", "1"]),
        ({"past": datetime.now(UTC) - timedelta(days=1)}, []),
    ],
)
async def test_what_is_asked_for_is_shown_and_totalled(
    house: House, shown: dict[str, Any], subjects: list[str]
) -> None:
    await audit(house, 1)
    await audit(house, 2, person=ASHA)

    assert [row.subject.removeprefix("test:") for row in await page_of(house, **shown)] == subjects
    assert await total_of(house, **shown) == len(subjects)


async def test_a_personal_value_is_shown_in_plain_until_its_persons_key_is_destroyed(house: House) -> None:
    await audit(house, 1, person=ASHA, after={"name": personal("Asha"), "status": "open"})
    [row] = await page_of(house)

    assert row.opened(house.keys) == ({}, {"name": "Asha", "status": "open"})

    async with house.database.write(KEEPER) as tx:
        await tx.run("DELETE FROM kernel.data_key WHERE data_subject = %(person)s", person=ASHA)
    [row] = await page_of(house)
    assert "Asha" not in str(row.opened(house.keys))


async def test_what_one_of_the_staff_did_of_one_kind_is_found_without_fetching_all_that_they_did(
    house: House, clean: EmbeddedServer
) -> None:
    """By a plan for all values: whoever did a thing often and whoever never did it get the same."""
    shown = ALL | {"staff": UUID(int=7), "action": "test_done"}
    with superuser(clean) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(WORKED)
        connection.execute("ANALYZE kernel.audit_entry")
        async with house.database.read() as db:
            asked = numbered(LOG.rows(db, shown, limit=20).sql).sql
        plan = "\n".join(line for (line,) in connection.execute(b"EXPLAIN (GENERIC_PLAN) " + asked).fetchall())

    assert "audit_entry_staff_idx" in plan, plan
    assert [line for line in plan.splitlines() if "Index Cond" in line and "actor_id" in line and "replace(" in line], (
        plan
    )


async def test_a_page_asks_each_month_once_and_whoever_names_the_time_asks_its_months_only(
    house: House, clean: EmbeddedServer
) -> None:
    now = datetime.now(UTC)
    with superuser(clean) as connection:
        async with house.database.read() as db:
            whole = numbered(LOG.rows(db, ALL, limit=20).sql).sql
            within = numbered(LOG.rows(db, ALL | {"first": now, "past": now}, limit=20).sql).sql
        months = [name for (name,) in connection.execute("SELECT name FROM kernel.audit_month").fetchall()]
        plan = "\n".join(line for (line,) in connection.execute(b"EXPLAIN (GENERIC_PLAN) " + whole).fetchall())
        connection.execute(b"PREPARE within AS " + within)
        connection.execute("SET plan_cache_mode = force_generic_plan")
        found = connection.execute(f"EXPLAIN EXECUTE within ('helpdesk', '{now}', '{now}')").fetchall()

    assert {name: plan.count(f" on {name} ") for name in months} == dict.fromkeys(months, 1)
    assert f"Subplans Removed: {len(months) - 1}" in str(found) or sum(name in str(found) for name in months) == 1


async def test_an_entry_is_found_by_its_id_whatever_that_says_of_its_time(house: House, clean: EmbeddedServer) -> None:
    now = datetime.now(UTC)
    latest = UUID(int=uuid7().int | (1 << 128) - (1 << 80))
    entered = {uuid7(): now, uuid7(): now - timedelta(days=400), uuid4(): now, latest: now}
    with superuser(clean) as connection:
        connection.execute("SET session_replication_role = replica")
        for entry_id, at in entered.items():
            connection.execute(ENTERED, (entry_id, at))

    async with house.database.read() as db:
        for entry_id, at in entered.items():
            found = await get_entry(db, entry_id, product="helpdesk", missing=NoEntry())
            assert (found.id, found.at) == (entry_id, at)
            with pytest.raises(NoEntry):
                await get_entry(db, entry_id, product="shield", missing=NoEntry())
        with pytest.raises(NoEntry):
            await get_entry(db, uuid7(), product="helpdesk", missing=NoEntry())
