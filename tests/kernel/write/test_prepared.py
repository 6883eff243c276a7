"""A statement that was skipped behind a failure is not taken for prepared: the connection it was on goes on serving."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from backoffice.kernel.actor import system
from backoffice.kernel.database import Db, Query, together
from backoffice.kernel.errors import NotFound
from backoffice.kernel.house import House
from backoffice.kernel.write import Database

HOUSE = system("helpdesk", "tests")


def broken(db: Db) -> Query[int]:
    return db.value(int, "SELECT 1 / %(zero)s::int", zero=0)


def whole(db: Db) -> Query[int]:
    return db.value(int, "SELECT %(one)s::int + 1", one=1)


@pytest.fixture
async def database(house: House) -> AsyncIterator[Database]:
    """One connection, whose first write was refused, as happens everywhere."""
    database = Database(house.settings.database_url.get_secret_value(), keys=house.keys, size=1)
    await database.open()
    with pytest.raises(NotFound):
        async with database.write(HOUSE) as tx:
            await tx.ready()
            raise NotFound
    yield database
    await database.close()


async def test_what_a_read_skipped_behind_a_failure_is_asked_again(database: Database) -> None:
    for times in range(4):
        async with database.read() as db:
            for _ in range(times):
                assert await whole(db) == 2
        with pytest.raises(psycopg.errors.DivisionByZero):
            async with database.read() as db:
                await together(broken(db), whole(db))
        async with database.read() as db:
            assert await whole(db) == 2


async def test_what_a_write_skipped_behind_a_failure_is_asked_again(database: Database) -> None:
    for _ in range(4):
        for _ in range(3):
            with pytest.raises(psycopg.errors.DivisionByZero):
                async with database.write(HOUSE) as tx:
                    await together(broken(tx), whole(tx))
        async with database.write(HOUSE) as tx:
            assert await whole(tx) == 2


async def test_a_commit_that_was_skipped_is_no_end_of_commits(database: Database) -> None:
    for _ in range(4):
        with pytest.raises(psycopg.errors.DivisionByZero):
            async with database.write(HOUSE) as tx:
                tx.send_ahead(broken(tx))
    async with database.write(HOUSE) as tx:
        assert await whole(tx) == 2
