"""staff: the directory from the command line. Passwords are made there, sign in once, and ask for another."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from backoffice.kernel.house import House
from backoffice.kernel.identity.rules import check_password
from backoffice.kernel.web.front import Front
from tests.cli.conftest import Command
from tests.conftest import PASSWORD
from tests.making import Make
from tests.shield.making import BASE_URL


@pytest.fixture
async def shield_visitor(application: Front, house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A client of shield who is not signed in."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


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


async def shield_login(shield: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await shield.post("/v1/admin/auth/login", json={"email": email, "password": password})


async def test_a_person_created_for_shield_signs_in_there_once_and_nowhere_else(
    command: Command, shield_visitor: httpx.AsyncClient, visitor: httpx.AsyncClient, make: Make
) -> None:
    made = await command(
        *("staff", "create", "fay", "fay@shield.example", "Fay Poe", "--product", "shield", "--role", "finance")
    )

    assert made.code == 0, made.err
    first = password_in(made.out)
    signed_in = (await shield_login(shield_visitor, "fay@shield.example", first)).json()["data"]
    assert (signed_in["admin"]["role"], signed_in["admin"]["name"]) == ("finance", "Fay Poe")
    assert signed_in["admin"]["id"].startswith("admin_")
    bearer = {"Authorization": f"Bearer {signed_in['token']}"}
    assert (await shield_visitor.get("/v1/admin/claims", headers=bearer)).status_code == 403
    assert (await sign_in(visitor, "fay", first)).status_code == 401
    assert {"staff.created", "staff.password_reset"} <= {act for act, _, _ in await make.audited()}
    listed = await command("staff", "list", "--product", "shield")
    assert "fay@shield.example" in listed.out
    assert "fay@shield.example" not in (await command("staff", "list")).out


async def test_who_comes_to_money_gets_a_password_that_nobody_else_has_known(
    command: Command, shield_visitor: httpx.AsyncClient, visitor: httpx.AsyncClient, make: Make
) -> None:
    agent = await make.agent()
    assert (await shield_login(shield_visitor, agent.email, PASSWORD)).status_code == 401

    granted = await command("staff", "grant", agent.username, "--product", "shield", "--role", "support")

    assert granted.out.startswith(f"{agent.username} is support in shield.\n{agent.username} signs in once")
    assert (await shield_login(shield_visitor, agent.email, PASSWORD)).status_code == 401
    first = password_in(granted.out)
    assert (await shield_login(shield_visitor, agent.email, first)).json()["data"]["admin"]["role"] == "support"
    assert (await sign_in(visitor, agent.username, first)).json()["data"]["user"]["role"] == "agent"
    again = await command("staff", "grant", agent.username, "--product", "shield", "--role", "finance")
    assert again.out == f"{agent.username} is finance in shield.\n"
    reset = await command("staff", "reset-password", agent.username, "--product", "shield")
    assert (await shield_login(shield_visitor, agent.email, first)).status_code == 401
    assert (await sign_in(visitor, agent.username, password_in(reset.out))).status_code == 200
    assert await products_told(make, "staff.password_reset") == ["helpdesk", "helpdesk", "shield", "shield"]
    assert await products_told(make, "staff.membership_granted") == ["helpdesk", "helpdesk", "shield", "shield"]


async def products_told(make: Make, action: str) -> list[str]:
    """In which products' records such acts stand."""
    sql = "SELECT product FROM kernel.audit_entry WHERE action = %(action)s ORDER BY product"
    async with make.read() as db:
        return await db.values(str, sql, action=action)


async def test_a_person_is_renamed_in_every_product_and_told_to_each(
    command: Command, visitor: httpx.AsyncClient, make: Make
) -> None:
    agent = await make.agent()
    await command("staff", "grant", agent.username, "--product", "shield", "--role", "support")

    wrong = await command("staff", "rename", agent.username, "--email", "notanemail")
    renamed = await command("staff", "rename", agent.username, "--username", "asha", "--email", "asha@desk.example")

    assert (wrong.code, wrong.err) == (1, "backoffice: email: must be an e-mail address\n")
    assert (renamed.code, renamed.out) == (0, f"{agent.username} is renamed in every product.\n")
    assert "asha@desk.example" in (await command("staff", "list", "--product", "shield")).out
    assert await products_told(make, "staff.renamed") == ["helpdesk", "shield"]


async def test_a_person_is_shut_out_everywhere_by_one_command(command: Command, make: Make) -> None:
    agent = await make.agent()
    await command("staff", "grant", agent.username, "--product", "shield", "--role", "support")

    out = await command("staff", "deactivate", agent.username, "--everywhere")

    lines = [f"{agent.username} is deactivated in the helpdesk.", f"{agent.username} is deactivated in shield."]
    assert (out.code, out.out.splitlines()) == (0, lines)
    async with make.read() as db:
        active = await db.values(bool, "SELECT is_active FROM kernel.membership WHERE staff_id = %(id)s", id=agent.id)
    assert active == [False, False]


async def test_a_one_time_password_stays_one_in_the_product_its_person_is_linked_to(
    command: Command, shield_visitor: httpx.AsyncClient
) -> None:
    made = await command("staff", "create", "root", "root@desk.example", "Root", "--role", "super_admin")

    linked = await command("staff", "grant", "root", "--product", "shield", "--role", "auditor")

    assert (await shield_login(shield_visitor, "root@desk.example", password_in(made.out))).status_code == 401
    signed_in = (await shield_login(shield_visitor, "root@desk.example", password_in(linked.out))).json()["data"]
    bearer = {"Authorization": f"Bearer {signed_in['token']}"}
    assert (await shield_visitor.get("/v1/admin/claims", headers=bearer)).status_code == 403


async def test_each_product_has_its_own_roles_and_departments_are_the_helpdesks(command: Command, make: Make) -> None:
    known = await make.admin()
    of_shield = ("--product", "shield")

    agent = await command("staff", "grant", known.username, *of_shield, "--role", "agent")
    finance = await command("staff", "create", "fay", "fay@desk.example", "Fay", "--role", "finance")
    department = await command(
        "staff", "grant", known.username, *of_shield, "--role", "support", "--department", "loan"
    )

    roles = "super_admin, claims_handler, finance, support, auditor"
    assert (agent.code, agent.err) == (1, f"backoffice: shield has no role 'agent'; its roles are {roles}\n")
    assert (finance.code, finance.err) == (
        1,
        "backoffice: the helpdesk has no role 'finance'; its roles are super_admin, admin, agent\n",
    )
    assert (department.code, department.err) == (1, "backoffice: shield has no departments\n")


async def test_the_last_super_admin_of_shield_stays_one(command: Command, make: Make) -> None:
    known = await make.super_admin()
    made_so = await command("staff", "grant", known.username, "--product", "shield", "--role", "super_admin")
    assert made_so.code == 0, made_so.err

    refused = await command("staff", "grant", known.username, "--product", "shield", "--role", "auditor")

    assert (refused.code, refused.err) == (1, f"backoffice: '{known.username}' is the last active super admin\n")


async def test_who_is_dismissed_from_shield_is_out_at_once_until_let_in_again(
    command: Command, shield_visitor: httpx.AsyncClient, visitor: httpx.AsyncClient, make: Make
) -> None:
    agent = await make.agent()
    linked = await command("staff", "grant", agent.username, "--product", "shield", "--role", "support")
    password = password_in(linked.out)
    async with make.write() as tx:
        tx.record("made", "for a test: as if they had chosen their own since")
        await tx.run("UPDATE kernel.membership SET password_change_due = false WHERE staff_id = %(id)s", id=agent.id)
    token = (await shield_login(shield_visitor, agent.email, password)).json()["data"]["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await shield_visitor.get("/v1/admin/users", headers=bearer)).status_code == 200

    out = [await command("staff", "deactivate", agent.username, "--product", "shield") for _ in range(2)]

    assert [(one.code, one.out) for one in out] == [(0, f"{agent.username} is deactivated in shield.\n")] * 2
    assert (await shield_visitor.get("/v1/admin/users", headers=bearer)).status_code == 401
    assert (await shield_login(shield_visitor, agent.email, password)).status_code == 403
    assert (await sign_in(visitor, agent.username, password)).status_code == 200

    back = await command("staff", "activate", agent.username, "--product", "shield")

    assert (back.code, back.out) == (0, f"{agent.username} is active in shield.\n")
    assert (await shield_visitor.get("/v1/admin/users", headers=bearer)).status_code == 401
    assert (await shield_login(shield_visitor, agent.email, password)).status_code == 200
    for act in ("granted", "deactivated", "activated"):
        assert await products_told(make, f"staff.membership_{act}") == ["helpdesk", "shield"]


async def test_the_tickets_of_a_dismissed_agent_find_another_one(command: Command, make: Make) -> None:
    agent, colleague = await make.agent(), await make.agent()
    ticket = await make.ticket(assigned_to=agent)

    await command("staff", "deactivate", agent.username)

    async with make.read() as db:
        holder = await db.value(int, "SELECT assigned_agent_id FROM helpdesk.ticket WHERE id = %(id)s", id=ticket.id)
    assert holder == colleague.id


@pytest.mark.parametrize("product", ["helpdesk", "shield"])
async def test_the_last_super_admin_is_not_deactivated(command: Command, make: Make, product: str) -> None:
    first, second = await make.super_admin(), await make.super_admin()
    for one in (first, second):
        await command("staff", "grant", one.username, "--product", product, "--role", "super_admin")

    out = [await command("staff", "deactivate", one.username, "--product", product) for one in (first, second)]

    assert [one.code for one in out] == [0, 1]
    assert out[1].err == f"backoffice: '{second.username}' is the last active super admin\n"


@pytest.mark.parametrize("verb", ["deactivate", "activate"])
async def test_only_who_is_in_a_product_is_shut_out_of_it_or_let_in(command: Command, make: Make, verb: str) -> None:
    agent = await make.agent()

    refused = await command("staff", verb, agent.username, "--product", "shield")

    assert (refused.code, refused.err) == (1, f"backoffice: nobody in shield is called {agent.username}\n")
