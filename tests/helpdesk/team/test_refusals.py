"""What the team doors refuse: wrong role, somebody else's member, names already known, what only agents have."""

from typing import Any, NamedTuple

import pytest

from tests.helpdesk.team.test_api import NEW_ADMIN, NEW_AGENT, USERS
from tests.making import Make, Member

ADMINS_ONLY = "Access denied. Required roles: super_admin, admin"
NOT_MANAGED = "Only super admin can manage admin users"
NOT_YOURS = "Access denied. You can only change your own availability."
STAYS = "Cannot deactivate super admin"
ELSEWHERE = "Only super admin can change the email, name or password of a user of several products"
AGENTS_ONLY = "Only agents have a department, a capacity and an availability"


class Case(NamedTuple):
    """Who asks for what, about whom, and the answer."""

    asks: str
    method: str
    path: str
    body: Any
    status: int
    sentence: str


CASES = [
    Case("agent", "POST", "", NEW_AGENT, 403, ADMINS_ONLY),
    Case("agent", "GET", "", None, 403, ADMINS_ONLY),
    Case("agent", "GET", "/{agent}", None, 403, ADMINS_ONLY),
    Case("agent", "PUT", "/{self}", {"agent_capacity": 99}, 403, ADMINS_ONLY),
    Case("agent", "DELETE", "/{agent}", None, 403, ADMINS_ONLY),
    Case("agent", "PATCH", "/{self}/activate", None, 403, ADMINS_ONLY),
    Case("agent", "GET", "/agents/stats", None, 403, ADMINS_ONLY),
    Case("agent", "GET", "/agents/{self}/stats", None, 403, ADMINS_ONLY),
    Case("agent", "POST", "/{self}/reset-password", None, 403, ADMINS_ONLY),
    Case("agent", "PATCH", "/agents/{agent}/availability", None, 403, NOT_YOURS),
    Case("admin", "POST", "", NEW_ADMIN, 403, "Only super admin can create admin users"),
    Case("admin", "PUT", "/{admin}", {"full_name": "Other"}, 403, NOT_MANAGED),
    Case("admin", "PUT", "/{self}", {"full_name": "Other"}, 403, NOT_MANAGED),
    Case("admin", "PUT", "/{super_admin}", {"email": "mine@desk.example"}, 403, NOT_MANAGED),
    Case("admin", "DELETE", "/{admin}", None, 403, NOT_MANAGED),
    Case("admin", "DELETE", "/{self}", None, 403, NOT_MANAGED),
    Case("admin", "PUT", "/{self}", {"is_active": False}, 403, NOT_MANAGED),
    Case("admin", "DELETE", "/{super_admin}", None, 400, STAYS),
    Case("admin", "PATCH", "/{admin}/activate", None, 403, NOT_MANAGED),
    Case("admin", "POST", "/{admin}/reset-password", None, 403, NOT_MANAGED),
    Case("admin", "POST", "/{super_admin}/reset-password", None, 403, NOT_MANAGED),
    Case("admin", "PUT", "/{guest}", {"email": "other@desk.example"}, 403, ELSEWHERE),
    Case("admin", "PUT", "/{guest}", {"full_name": "Other"}, 403, ELSEWHERE),
    Case("admin", "POST", "/{guest}/reset-password", None, 403, ELSEWHERE),
    Case("super_admin", "DELETE", "/{self}", None, 400, STAYS),
    Case("super_admin", "DELETE", "/{super_admin}", None, 400, STAYS),
    Case("super_admin", "PUT", "/{super_admin}", {"is_active": False}, 400, STAYS),
    Case("super_admin", "POST", "", {**NEW_ADMIN, "role": "super_admin"}, 400, "Super admins can't be created here"),
    Case("super_admin", "PUT", "/{admin}", {"department": "loan"}, 400, AGENTS_ONLY),
    Case("super_admin", "PUT", "/{admin}", {"agent_capacity": 5}, 400, AGENTS_ONLY),
    Case("super_admin", "PUT", "/{admin}", {"is_available": False}, 400, AGENTS_ONLY),
    Case("super_admin", "POST", "", {**NEW_ADMIN, "department": "loan"}, 400, AGENTS_ONLY),
    Case("admin", "POST", "", {**NEW_AGENT, "department": None}, 400, "Department is required for agents"),
    Case("admin", "POST", "", {**NEW_AGENT, "department": ""}, 400, "Department is required for agents"),
    Case("admin", "POST", "", {**NEW_AGENT, "password": "short"}, 400, "Password must be at least 8 characters long"),
    Case(
        "admin", "POST", "", {**NEW_AGENT, "username": "me@desk.example"}, 400, "username: must not contain spaces or @"
    ),
    Case("admin", "POST", "", {**NEW_AGENT, "email": "nowhere"}, 400, "email: must be an e-mail address"),
    Case("admin", "PATCH", "/agents/{admin}/availability", None, 404, "Agent with ID {admin} not found"),
    Case("admin", "GET", "/999999", None, 404, "User with ID 999999 not found"),
    Case("admin", "PUT", "/999999", {}, 404, "User with ID 999999 not found"),
    Case("admin", "DELETE", "/999999", None, 404, "User with ID 999999 not found"),
    Case("admin", "PATCH", "/999999/activate", None, 404, "User with ID 999999 not found"),
    Case("admin", "POST", "/999999/reset-password", None, 404, "User with ID 999999 not found"),
    Case("admin", "GET", "/agents/999999/stats", None, 404, "Agent with ID 999999 not found"),
    Case("admin", "PATCH", "/agents/999999/availability", None, 404, "Agent with ID 999999 not found"),
]


async def works_elsewhere(make: Make, member: Member, product: str = "elsewhere") -> None:
    """Give the person a membership in another product; `elsewhere` is one that moves no money."""
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            "INSERT INTO kernel.product (name, moves_money) VALUES ('elsewhere', false) ON CONFLICT DO NOTHING"
        )
        await tx.run(
            "INSERT INTO kernel.membership (staff_id, product, role) VALUES (%(id)s, %(product)s, 'support')",
            id=member.id,
            product=product,
        )


@pytest.mark.parametrize("case", CASES)
async def test_who_may_not_is_told_so_and_nothing_changes(make: Make, signed_in: Any, case: Case) -> None:
    asking = await make.member(case.asks)
    others = {role: await make.member(role) for role in ("agent", "admin", "super_admin")}
    others["guest"] = await make.agent()
    await works_elsewhere(make, others["guest"])
    ids = {"self": asking.id, **{name: member.id for name, member in others.items()}}
    client = await signed_in(asking)

    answer = await client.request(case.method, USERS + case.path.format(**ids), json=case.body)

    assert (answer.status_code, answer.json()) == (case.status, {"detail": case.sentence.format(**ids)})
    assert await make.audited() == []


@pytest.mark.parametrize(
    "body", [{"agent_capacity": 0}, {"agent_capacity": 1001}, {"role": "admin"}, {"username": "x"}]
)
async def test_a_role_a_username_and_an_impossible_capacity_are_bad_input(
    make: Make, signed_in: Any, body: dict[str, Any]
) -> None:
    agent = await make.agent()
    client = await signed_in(await make.super_admin())

    answer = await client.put(f"{USERS}/{agent.id}", json=body)

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(next(iter(body)))


@pytest.mark.parametrize("seen", ["maya\u200b", "ma\u00adya", "\u202emaya", "ma\x7fya", "\uff2daya", "\uff4daya"])
async def test_nobody_is_called_what_only_looks_like_a_colleagues_name(make: Make, signed_in: Any, seen: str) -> None:
    await make.agent(username="maya")
    client = await signed_in(await make.admin())

    name = await client.post(USERS, json={**NEW_AGENT, "username": seen})
    email = await client.post(USERS, json={**NEW_AGENT, "email": "new@exam\u200bple.com"})

    assert [name.status_code, email.status_code] == [400, 400], name.text


async def test_a_name_that_anybody_has_in_any_case_is_taken(make: Make, signed_in: Any) -> None:
    known = await make.agent(username="Maya")
    client = await signed_in(await make.admin())

    name = await client.post(USERS, json={**NEW_AGENT, "username": "MAYA"})
    email = await client.post(USERS, json={**NEW_AGENT, "email": known.email.upper()})
    changed = await client.put(f"{USERS}/{(await make.agent()).id}", json={"email": known.email})

    assert (name.status_code, name.json()) == (400, {"detail": "Username 'MAYA' already exists"})
    assert (email.status_code, email.json()) == (400, {"detail": f"Email '{known.email.upper()}' already exists"})
    assert (changed.status_code, changed.json()) == (400, {"detail": f"Email '{known.email}' already exists"})


async def test_a_super_admin_changes_the_email_of_somebody_who_also_works_elsewhere(make: Make, signed_in: Any) -> None:
    guest = await make.agent()
    await works_elsewhere(make, guest)
    client = await signed_in(await make.super_admin())

    answer = await client.put(f"{USERS}/{guest.id}", json={"email": "both@desk.example"})

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["user"]["email"] == "both@desk.example"
    async with make.read() as db:
        told = await db.values(str, "SELECT product FROM kernel.audit_entry WHERE action = 'member.updated'")
    assert sorted(told) == ["elsewhere", "helpdesk"]


async def test_an_admin_changes_the_post_of_somebody_who_also_works_elsewhere(make: Make, signed_in: Any) -> None:
    guest = await make.agent()
    await works_elsewhere(make, guest)
    client = await signed_in(await make.admin())

    answer = await client.put(f"{USERS}/{guest.id}", json={"agent_capacity": 3, "email": guest.email})

    assert answer.status_code == 200, answer.text


async def test_an_agent_sets_their_own_availability(make: Make, signed_in: Any) -> None:
    agent = await make.agent()
    client = await signed_in(agent)

    answer = await client.patch(f"{USERS}/agents/{agent.id}/availability", json={"is_available": False})

    assert answer.status_code == 200, answer.text
    assert await make.audited() == [("member.availability_set", f"member:{agent.id}", agent.id)]
