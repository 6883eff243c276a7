"""A one-time password: shown once, good for choosing another."""

from typing import Any

from tests.conftest import PASSWORD
from tests.helpdesk.team.test_api import USERS
from tests.making import Make

ME = "/api/v1/auth/me"
CHANGE = "/api/v1/auth/change-password"


async def reset(client: Any, user_id: int) -> str:
    answer = await client.post(f"{USERS}/{user_id}/reset-password")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["temporary_password"])


async def signed(visitor: Any, username: str, password: str) -> dict[str, str]:
    """The header of a new session."""
    answer = await visitor.post("/api/v1/auth/login", json={"username": username, "password": password})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['data']['access_token']}"}


async def test_whoever_signs_in_with_it_must_choose_another_first(make: Make, signed_in: Any, visitor: Any) -> None:
    agent = await make.agent()
    temporary = await reset(await signed_in(await make.admin()), agent.id)
    header = await signed(visitor, agent.username, temporary)

    refused = await visitor.get("/api/v1/tickets", headers=header)
    me = await visitor.get(ME, headers=header)
    changed = await visitor.post(
        CHANGE, headers=header, json={"current_password": temporary, "new_password": "Better456!"}
    )
    allowed = await visitor.get("/api/v1/tickets", headers=header)

    assert (refused.status_code, me.status_code) == (403, 200)
    assert refused.json()["detail"].startswith("A new password is required")
    assert (changed.status_code, allowed.status_code) == (200, 200), changed.text
    assert await signed(visitor, agent.username, "Better456!")


async def test_it_replaces_the_old_password_and_ends_every_session(make: Make, signed_in: Any, visitor: Any) -> None:
    agent = await make.agent()
    working = await signed_in(agent)

    await reset(await signed_in(await make.admin()), agent.id)

    assert (await working.get(ME)).status_code == 401
    old = await visitor.post("/api/v1/auth/login", json={"username": agent.username, "password": PASSWORD})
    assert old.status_code == 401


async def test_it_is_in_no_table_but_as_a_hash(make: Make, signed_in: Any) -> None:
    admin, agent = await make.admin(), await make.agent()

    temporary = await reset(await signed_in(admin), agent.id)

    async with make.read() as db:
        kept = await db.value(
            bool,
            """
            SELECT EXISTS (SELECT FROM kernel.audit_entry e WHERE strpos(e::text, %(secret)s) > 0)
                OR EXISTS (SELECT FROM kernel.staff s WHERE strpos(s::text, %(secret)s) > 0)
                OR EXISTS (SELECT FROM kernel.idempotency_key
                            WHERE strpos(encode(answer, 'escape'), %(secret)s) > 0)
            """,
            secret=temporary,
        )
    assert not kept
    assert await make.audited() == [("staff.password_reset", f"staff:{agent.id}", admin.id)]


async def test_the_same_idempotency_key_twice_gives_two_passwords(make: Make, signed_in: Any) -> None:
    agent = await make.agent()
    client = await signed_in(await make.super_admin())
    key = {"Idempotency-Key": "reset-1"}

    first = await client.post(f"{USERS}/{agent.id}/reset-password", headers=key)
    second = await client.post(f"{USERS}/{agent.id}/reset-password", headers=key)

    assert first.json()["data"]["message"] == f"Password of '{agent.username}' reset successfully"
    assert first.json()["data"]["temporary_password"] != second.json()["data"]["temporary_password"]
