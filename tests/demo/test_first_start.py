"""The first start fills nobody else's database, and tells its addresses without its note as well."""

import pytest

from backoffice import first_start
from backoffice.settings import Settings
from tests.making import Make

COUNTED = ("helpdesk.whatsapp_user", "marketplace.customer", "shield.member", "shield.claim")


async def counts(make: Make) -> list[int]:
    async with make.read() as db:
        cursors = [await db.connection.execute(f"SELECT count(*) FROM {table}") for table in COUNTED]  # type: ignore[arg-type]
        rows = [await cursor.fetchone() for cursor in cursors]
        return [row[0] for row in rows if row]


@pytest.fixture
def served(settings: Settings) -> Settings:
    return settings.model_copy(update={"public_url": "http://127.0.0.1:8000"})


async def test_a_database_in_which_somebody_works_already_gets_no_demo(make: Make, served: Settings) -> None:
    await make.agent()

    first = await first_start.fill(served)

    assert first.fresh
    assert await counts(make) == [0, 0, 0, 0]


async def test_without_its_note_the_addresses_are_told_and_how_to_get_a_new_password(
    make: Make, served: Settings
) -> None:
    await make.agent()
    first = await first_start.fill(served)
    first.note.unlink()

    again = await first_start.fill(served)

    assert {name: told["address"] for name, told in again.by_product.items()} == {
        "helpdesk": "http://127.0.0.1:8000/helpdesk",
        "marketplace": "http://127.0.0.1:8000/marketplace",
        "shield": "http://127.0.0.1:8000/shield",
    }
    assert all("staff reset-password" in told["new_password"] for told in again.by_product.values())
    assert first_start.read_note(served.data_folder) is not None
