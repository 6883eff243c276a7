"""What a wrapped library raises while its other side is away, busy or full is a 503 that says when to come again.

What nobody knows stays a 500.
"""

import errno
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import httpx
import procrastinate
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from backoffice.kernel.actor import system
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.errors import Unavailable
from backoffice.kernel.house import House
from backoffice.kernel.web.front import Front
from backoffice.kernel.web.refusals import Broken, headers_of, refusal_of

BUSY = {
    "could not extend file: No space left on device": "53100",
    "out of memory": "53200",
    "sorry, too many clients already": "53300",
    "no more connections allowed (max_client_conn)": "08P01",
    "query_wait_timeout": "08P01",
    'prepared statement "_pg3_0" does not exist': "26000",
    'prepared statement "_pg3_0" already exists': "42P05",
    "the database system is shutting down": "57P03",
    "terminating connection because of crash of another server process": "57P02",
    "could not read block: Input/output error": "58030",
    "cannot execute INSERT in a read-only transaction": "25006",
    "canceling statement due to lock timeout": "55P03",
}
UNKNOWN = {"column does not exist": "42703", "division by zero": "22012", "cache lookup failed": "XX000"}


async def failure_of(work: Awaitable[Any]) -> Exception:
    with pytest.raises(Exception) as caught:
        await work
    return caught.value


async def raised_by_the_server(house: House, message: str, state: str) -> Exception:
    async def fail() -> None:
        async with house.database.write(system("kernel", "tests")) as tx:
            await tx.connection.execute(f"DO $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '{state}'; END $$")

    return await failure_of(fail())


@pytest.mark.parametrize(("message", "state"), BUSY.items(), ids=lambda value: str(value)[:30])
async def test_what_the_database_or_its_pooler_lacks_is_unavailable(house: House, message: str, state: str) -> None:
    refusal = refusal_of(await raised_by_the_server(house, message, state), "req-1")

    assert type(refusal) is Unavailable
    assert headers_of(refusal) == [(b"retry-after", b"2")]


@pytest.mark.parametrize(("message", "state"), UNKNOWN.items(), ids=lambda value: str(value)[:30])
async def test_a_fault_of_ours_stays_a_500(house: House, message: str, state: str) -> None:
    assert type(refusal_of(await raised_by_the_server(house, message, state), "req-1")) is Broken


async def test_what_the_job_queue_raises_is_judged_by_its_cause(clean: EmbeddedServer) -> None:
    connector = procrastinate.PsycopgConnector()
    async with AsyncConnectionPool(clean.app_url, min_size=1, open=False) as pool:
        await connector.open_async(pool)
        lost = await failure_of(connector.execute_query_async("SELECT pg_terminate_backend(pg_backend_pid())"))
        wrong = await failure_of(connector.execute_query_async("SELECT nothing"))

    assert (type(lost), type(wrong)) == (procrastinate.exceptions.ConnectorException,) * 2
    assert type(refusal_of(lost, "req-1")) is Unavailable
    assert type(refusal_of(wrong, "req-1")) is Broken


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    away = await failure_of(psycopg.AsyncConnection.connect("postgresql://x@127.0.0.1:1/x"))

    assert type(refusal_of(away, "req-1")) is Unavailable


def test_a_full_disk_of_ours_is_unavailable_and_another_fault_of_the_system_is_not() -> None:
    with pytest.raises(OSError) as full, Path("/dev/full").open("wb", buffering=0) as disk:
        disk.write(b"x")
    assert full.value.errno == errno.ENOSPC
    assert type(refusal_of(full.value, "req-1")) is Unavailable
    assert type(refusal_of(PermissionError(errno.EACCES, "no"), "req-1")) is Broken


SHAPES = {
    "/helpdesk/api/v1/auth/login": {"detail": "Temporarily unavailable. Please try again."},
    "/shield/v1/admin/auth/login": {
        "success": False,
        "error": {"code": "INTERNAL_ERROR", "message": "Temporarily unavailable. Please try again.", "details": []},
    },
}


@pytest.mark.parametrize(("path", "body"), SHAPES.items())
async def test_each_product_says_it_in_its_shape(
    application: Front, house: House, path: str, body: dict[str, Any]
) -> None:
    await house.database.close()
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://house.test") as client:
        name = "username" if "helpdesk" in path else "email"
        answer = await client.post(path, json={name: "somebody@example.com", "password": "Secret123!"})

    assert (answer.status_code, answer.json()) == (503, body)
    assert answer.headers["retry-after"] == "2"
