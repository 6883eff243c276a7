"""A session of shield that nobody used for an hour has ended; every use keeps it."""

from typing import Any

import pytest

from tests.shield.conftest import AdminOf
from tests.shield.making import Given

ME = "/v1/admin/auth/me"


async def last_seen(given: Given, session_id: str, *, minutes_ago: float | None = None) -> Any:
    """How many minutes ago the session was used, after setting it if told to."""
    if minutes_ago is not None:
        async with given.write() as tx:
            await tx.run(
                "UPDATE kernel.session SET last_seen_at = now() - %(minutes)s * interval '1 minute' WHERE id = %(id)s",
                minutes=minutes_ago,
                id=session_id,
            )
    return await given.value(
        "SELECT (extract(epoch FROM now() - last_seen_at) / 60)::float8 FROM kernel.session WHERE id = %(id)s",
        id=session_id,
    )


async def test_an_hour_without_use_ends_a_session(given: Given, admin_of: AdminOf) -> None:
    client = await admin_of("support")
    assert (await client.get(ME)).status_code == 200

    await last_seen(given, client.admin.session_id, minutes_ago=60.1)

    assert (await client.get(ME)).status_code == 401
    assert (await client.get("/v1/admin/users")).status_code == 401
    assert (await client.post("/v1/admin/auth/logout")).status_code == 401


async def test_knocking_does_not_wake_a_session_that_has_ended(given: Given, admin_of: AdminOf) -> None:
    client = await admin_of("support")
    await last_seen(given, client.admin.session_id, minutes_ago=61)

    answers = [await client.get(ME) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {401}
    assert await last_seen(given, client.admin.session_id) > 60


@pytest.mark.parametrize("minutes", [2, 59.5])
async def test_a_use_within_the_hour_keeps_a_session(given: Given, admin_of: AdminOf, minutes: float) -> None:
    client = await admin_of("support")
    await last_seen(given, client.admin.session_id, minutes_ago=minutes)

    assert (await client.get(ME)).status_code == 200

    assert await last_seen(given, client.admin.session_id) < 1
    assert (await client.get(ME)).status_code == 200


async def test_a_use_is_noted_once_a_minute(given: Given, admin_of: AdminOf) -> None:
    client = await admin_of("support")
    await last_seen(given, client.admin.session_id, minutes_ago=0.5)

    assert (await client.get(ME)).status_code == 200

    assert await last_seen(given, client.admin.session_id) >= 0.5


async def test_another_session_of_the_same_person_lives_on(given: Given, admin_of: AdminOf) -> None:
    idle, busy = await admin_of("support"), await admin_of("support")
    await last_seen(given, idle.admin.session_id, minutes_ago=90)

    assert (await idle.get(ME)).status_code == 401
    assert (await busy.get(ME)).status_code == 200
