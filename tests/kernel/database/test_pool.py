"""The pool: what was closed on the other side while nobody looked costs nobody an answer."""

import asyncio

from backoffice.kernel.actor import system
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.database.pool import is_open
from backoffice.kernel.house import House
from tests.conftest import superuser

HOUSE = system("helpdesk", "tests")
END_ALL = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'backoffice_app'"


async def test_writes_after_a_restart_of_the_other_side_meet_no_connection_of_before(
    house: House, clean: EmbeddedServer
) -> None:
    async with house.database.read() as one, house.database.read() as other:
        assert [await db.value(int, "SELECT 1::bigint") for db in (one, other)] == [1, 1]
    with superuser(clean) as connection:
        await asyncio.to_thread(connection.execute, END_ALL)

    for _ in range(3):
        async with house.database.write(HOUSE) as tx:
            assert await tx.value(int, "SELECT 1::bigint") == 1


async def test_a_connection_is_open_until_somebody_hangs_up(house: House, clean: EmbeddedServer) -> None:
    async with house.database.pool.connection() as idle:
        assert is_open(idle)
        with superuser(clean) as connection:
            await asyncio.to_thread(connection.execute, END_ALL)
        assert not is_open(idle)
