"""Any product's part of the audit log: its pages, its filters, its totals, and values that open with their key."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backoffice.kernel.actor import system
from backoffice.kernel.audit.entry import personal
from backoffice.kernel.audit.listing import LOG, EntryRow
from backoffice.kernel.database.batch import numbered
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.house import House
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
