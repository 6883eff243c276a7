"""A write whose connection is gone: what went wrong first stays what went wrong, a cancellation above all."""

import asyncio

import pytest

from backoffice.kernel.actor import system
from backoffice.kernel.database.limits import bounded
from backoffice.kernel.errors import Conflict
from backoffice.kernel.house import House

HOUSE = system("helpdesk", "tests")
OWN_ID = "SELECT pg_backend_pid()::bigint"


async def end_connection(house: House, process_id: int) -> None:
    async with house.database.read() as db:
        await db.run("SELECT pg_terminate_backend(%(process_id)s::int, 10000)", process_id=process_id)


async def test_a_refusal_on_a_dead_connection_stays_that_refusal(house: House) -> None:
    with pytest.raises(Conflict):
        async with house.database.write(HOUSE) as tx:
            await end_connection(house, await tx.value(int, OWN_ID))
            raise Conflict

    async with house.database.read() as db:
        assert await db.value(int, "SELECT 1::bigint") == 1


async def test_a_cancellation_on_a_dead_connection_stays_a_cancellation(house: House) -> None:
    lost = asyncio.Event()

    async def write() -> None:
        async with house.database.write(HOUSE) as tx:
            await end_connection(house, await tx.value(int, OWN_ID))
            lost.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(write())
    await lost.wait()
    writing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await writing


def test_every_connection_has_limits_unless_its_address_names_its_own() -> None:
    own = bounded("postgresql://someone@db.example/house?connect_timeout=60&application_name=x")

    assert "connect_timeout=60" in own
    assert "tcp_user_timeout=10000" in own
    assert "host=db.example" in own
