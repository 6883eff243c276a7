"""staff: the directory from the command line. Passwords are made there, sign in once, and ask for another."""

from typing import Any

import httpx

from backoffice.kernel.identity.rules import check_password
from tests.cli.conftest import Command
from tests.conftest import PASSWORD
from tests.making import Make


def password_in(said: str) -> str:
    return said.splitlines()[-1]


async def sign_in(visitor: httpx.AsyncClient, login: str, password: str) -> httpx.Response:
    return await visitor.post("/api/v1/auth/login", json={"username": login, "password": password})


async def test_a_created_person_signs_in_once_and_then_chooses_a_password(
    command: Command, visitor: httpx.AsyncClient, make: Make
) -> None:
    made = await command(
        "staff", "create", "asha", "asha@desk.example", "Asha Rao", "--role", "agent", "--department", "loan"
    )

    assert made.code == 0, made.err
    first = password_in(made.out)
    check_password(first)
    signed_in = await sign_in(visitor, "asha", first)
    visitor.headers["Authorization"] = f"Bearer {signed_in.json()['data']['access_token']}"
    assert (await visitor.get("/api/v1/tickets")).status_code == 403
    chosen = {"old_password": first, "new_password": "Chosen123!pw"}
    assert (await visitor.post("/api/v1/auth/change-password", json=chosen)).status_code == 200
    assert (await sign_in(visitor, "asha", "Chosen123!pw")).status_code == 200
    assert {"member.created", "staff.password_reset"} <= {act for act, _, _ in await make.audited()}


async def test_a_known_name_is_refused(command: Command, make: Make) -> None:
    known = await make.admin()

    refused = await command("staff", "create", known.username, "other@desk.example", "Somebody", "--role", "admin")

    assert refused.code == 1
    assert "already exists" in refused.err
    assert refused.err.count("\n") == 1


async def test_everybody_is_listed(command: Command, make: Make) -> None:
    members: list[Any] = [
        await make.super_admin(),
        await make.agent(department="loan"),
        await make.agent(is_active=False),
    ]

    listed = await command("staff", "list")

    lines = {member.id: line for line in listed.out.splitlines() for member in members if member.email in line}
    assert len(lines) == 3
    assert "loan" in lines[members[1].id]
    assert [lines[member.id].split("│")[-2].strip() for member in members] == ["yes", "yes", "no"]


async def test_a_grant_changes_the_role_of_somebody_known(
    command: Command, make: Make, visitor: httpx.AsyncClient
) -> None:
    agent = await make.agent()

    granted = await command("staff", "grant", agent.username, "--role", "admin")

    assert (granted.code, granted.out) == (0, f"{agent.username} is admin in the helpdesk.\n")
    signed_in = await sign_in(visitor, agent.username, PASSWORD)
    assert signed_in.json()["data"]["user"]["role"] == "admin"


async def test_nobody_unknown_is_granted_anything(command: Command, make: Make) -> None:
    refused = await command("staff", "grant", "nobody", "--role", "admin")

    assert refused.code == 1
    assert "nobody" in refused.err


async def test_a_reset_password_ends_sessions_and_signs_in_once(
    command: Command, make: Make, visitor: httpx.AsyncClient, signed_in: Any
) -> None:
    agent = await make.agent()
    client = await signed_in(agent)
    assert (await client.get("/api/v1/tickets")).status_code == 200

    reset = await command("staff", "reset-password", agent.username)

    assert reset.code == 0, reset.err
    assert (await client.get("/api/v1/tickets")).status_code == 401
    assert (await sign_in(visitor, agent.username, PASSWORD)).status_code == 401
    assert (await sign_in(visitor, agent.username, password_in(reset.out))).status_code == 200


async def test_nobodys_password_is_not_reset(command: Command, make: Make) -> None:
    refused = await command("staff", "reset-password", "nobody")

    assert (refused.code, refused.err) == (1, "backoffice: nobody in the helpdesk is called nobody\n")
