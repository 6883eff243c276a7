"""The team doors, through the whole application: what they answer."""

from typing import Any

from tests.making import Make, Member

USERS = "/api/v1/admin/users"
NEW_AGENT = {
    "username": "agent_payment_1",
    "email": "payment1@desk.example",
    "password": "SecurePass123!",
    "full_name": "Payment Agent 1",
    "role": "agent",
    "department": "payment",
}
NEW_ADMIN = {
    "username": "admin_john",
    "email": "john@desk.example",
    "password": "SecurePass123!",
    "full_name": "John Admin",
    "role": "admin",
}


async def test_an_admin_creates_an_agent_who_can_sign_in(make: Make, signed_in: Any, visitor: Any) -> None:
    admin = await make.admin()
    client = await signed_in(admin)

    created = await client.post(USERS, json={**NEW_AGENT, "agent_capacity": 15})

    user = created.json()["data"]["user"]
    assert created.status_code == 201, created.text
    assert created.json() == {
        "success": True,
        "data": {
            "message": "Agent created successfully",
            "user": {
                "id": user["id"],
                "username": "agent_payment_1",
                "email": "payment1@desk.example",
                "full_name": "Payment Agent 1",
                "role": "agent",
                "department": "payment",
                "is_active": True,
            },
        },
    }
    signed = {"username": "agent_payment_1", "password": "SecurePass123!"}
    assert (await visitor.post("/api/v1/auth/login", json=signed)).status_code == 200
    assert await make.audited("member.created") == [("member.created", f"member:{user['id']}", admin.id)]


async def test_an_agent_has_room_for_ten_tickets_unless_told_otherwise(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.admin())

    created = (await client.post(USERS, json=NEW_AGENT)).json()["data"]["user"]

    shown = (await client.get(f"{USERS}/{created['id']}")).json()["data"]["user"]
    assert shown["agent_capacity"] == 10
    assert shown["is_available"] is True


async def test_a_super_admin_creates_an_admin_whose_department_is_sent_empty(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())

    created = await client.post(USERS, json={**NEW_ADMIN, "department": ""})

    assert created.status_code == 201, created.text
    assert created.json()["data"]["message"] == "Admin created successfully"
    assert created.json()["data"]["user"]["department"] is None


async def test_the_details_of_a_member_keep_the_shape_of_the_contract(make: Make, signed_in: Any) -> None:
    agent = await make.agent(department="loan", capacity=15)
    client = await signed_in(await make.admin())

    shown = (await client.get(f"{USERS}/{agent.id}")).json()["data"]["user"]

    assert list(shown) == [
        *("id", "username", "email", "full_name", "role", "department", "is_active", "agent_capacity", "is_available"),
        *("created_at", "last_login_at", "updated_at"),
    ]
    assert (shown["department"], shown["agent_capacity"], shown["last_login_at"]) == ("loan", 15, None)


async def listed(client: Any, query: str) -> list[int]:
    answer = await client.get(f"{USERS}?{query}")
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert data["total"] == len(data["users"])
    return [user["id"] for user in data["users"]]


async def test_the_team_is_filtered_by_role_department_and_activity(make: Make, signed_in: Any) -> None:
    root, admin = await make.super_admin(), await make.admin()
    payer, lender = await make.agent(department="payment"), await make.agent(department="loan", is_active=False)
    client = await signed_in(admin)

    assert await listed(client, "") == [root.id, admin.id, payer.id, lender.id]
    assert await listed(client, "role=super_admin") == [root.id]
    assert await listed(client, "role=agent&department=payment") == [payer.id]
    assert await listed(client, "is_active=false") == [lender.id]
    assert await listed(client, "role=&department=&is_active=") == [root.id, admin.id, payer.id, lender.id]


async def test_pages_come_by_offset_or_by_number_and_a_large_size_is_clamped(make: Make, signed_in: Any) -> None:
    admin = await make.admin()
    agents = [await make.agent() for _ in range(3)]
    client = await signed_in(admin)

    async def page(query: str) -> tuple[list[int], int, int, int]:
        data = (await client.get(f"{USERS}?{query}")).json()["data"]
        return [user["id"] for user in data["users"]], data["total"], data["limit"], data["offset"]

    everyone = [admin.id, *(agent.id for agent in agents)]
    assert await page("") == (everyone, 4, 100, 0)
    assert await page("limit=2&offset=1") == (everyone[1:3], 4, 2, 1)
    assert await page("page=2&page_size=2") == (everyone[2:], 4, 2, 2)
    assert await page("page=1&page_size=1000") == (everyone, 4, 500, 0)
    assert (await client.get(f"{USERS}?limit=0")).status_code == 400


async def test_the_details_of_an_agent_change_and_each_change_is_recorded(make: Make, signed_in: Any) -> None:
    admin, agent = await make.admin(), await make.agent()
    client = await signed_in(admin)
    wanted = {
        "email": "new@desk.example",
        "full_name": "New Name",
        "department": "technical",
        "agent_capacity": "20",
        "is_available": False,
    }

    answer = await client.put(f"{USERS}/{agent.id}", json=wanted)

    assert answer.json() == {
        "success": True,
        "data": {
            "message": "User updated successfully",
            "user": {
                **wanted,
                "id": agent.id,
                "username": agent.username,
                "role": "agent",
                "agent_capacity": 20,
                "is_active": True,
            },
        },
    }
    assert await make.audited() == [("member.updated", f"member:{agent.id}", admin.id)]
    assert await changes_in_the_log(make) == {"department", "agent_capacity", "is_available", "email", "full_name"}


async def changes_in_the_log(make: Make) -> set[str]:
    async with make.read() as db:
        rows = await (
            await db.connection.execute("SELECT before, after, after::text FROM kernel.audit_entry")
        ).fetchall()
    assert all(before.keys() == after.keys() for before, after, _ in rows)
    assert all("New Name" not in text and "new@desk" not in text for *_, text in rows)
    return {name for _, after, _ in rows for name in after}


async def test_a_form_that_sends_everything_unchanged_changes_and_records_nothing(make: Make, signed_in: Any) -> None:
    agent = await make.agent()
    client = await signed_in(await make.admin())
    form = {"email": agent.email, "department": "", "agent_capacity": 10, "is_available": True, "is_active": True}

    answer = await client.put(f"{USERS}/{agent.id}", json=form)

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["user"]["department"] == "payment"
    assert await make.audited() == []


async def test_a_deactivated_member_is_activated_again(make: Make, signed_in: Any) -> None:
    admin, agent = await make.admin(), await make.agent()
    client = await signed_in(admin)

    gone = await client.delete(f"{USERS}/{agent.id}")
    gone_again = await client.delete(f"{USERS}/{agent.id}")
    back = await client.patch(f"{USERS}/{agent.id}/activate")
    back_again = await client.patch(f"{USERS}/{agent.id}/activate")

    assert gone.json()["data"] == {"message": f"User '{agent.username}' deactivated successfully"}
    assert back.json()["data"] == {"message": f"User '{agent.username}' activated successfully"}
    assert gone_again.status_code == back_again.status_code == 200
    assert await make.audited() == [
        ("member.deactivated", f"member:{agent.id}", admin.id),
        ("member.activated", f"member:{agent.id}", admin.id),
    ]


async def test_the_availability_is_turned_over_or_set(make: Make, signed_in: Any) -> None:
    agent = await make.agent()
    client = await signed_in(await make.admin())
    door = f"{USERS}/agents/{agent.id}/availability"

    turned = await client.patch(door)
    set_again = await client.patch(door, json={"is_available": False})
    back = await client.patch(door, json={})

    assert turned.json()["data"] == {
        "message": f"Agent '{agent.username}' marked as unavailable",
        "agent": {"id": agent.id, "username": agent.username, "is_available": False},
    }
    assert set_again.json()["data"]["agent"]["is_available"] is False
    assert back.json()["data"]["message"] == f"Agent '{agent.username}' marked as available"
    assert len(await make.audited("member.availability_set")) == 2


async def some_tickets(make: Make, agent: Member, **counts: int) -> None:
    for status, count in counts.items():
        for _ in range(count):
            await make.ticket(assigned_to=agent, status=status)  # type: ignore[arg-type]


async def test_workloads_count_tickets_by_state_and_come_least_busy_first(make: Make, signed_in: Any) -> None:
    busy, calm = await make.agent(capacity=3), await make.agent(capacity=8)
    idle, elsewhere = await make.agent(), await make.agent(department="loan")
    await make.agent(is_active=False)
    await some_tickets(make, busy, open=1, in_progress=1, resolved=2, closed=1)
    await some_tickets(make, calm, in_progress=1)
    client = await signed_in(await make.admin())

    everyone = (await client.get(f"{USERS}/agents/stats")).json()["data"]
    payment = (await client.get(f"{USERS}/agents/stats?department=payment")).json()["data"]

    assert [one["agent_id"] for one in everyone["agents"]] == [idle.id, elsewhere.id, calm.id, busy.id]
    assert everyone["total_agents"] == 4
    assert [one["utilization"] for one in payment["agents"]] == [0.0, 12.5, 66.7]
    assert payment["agents"][-1] == {
        "agent_id": busy.id,
        "username": busy.username,
        "full_name": payment["agents"][-1]["full_name"],
        "department": "payment",
        "is_available": True,
        "capacity": 3,
        "tickets": {"active": 2, "resolved": 2, "closed": 1, "total": 5},
        "utilization": 66.7,
    }


async def test_the_workload_of_a_deactivated_agent_can_still_be_read(make: Make, signed_in: Any) -> None:
    agent, admin = await make.agent(is_active=False), await make.admin()
    await some_tickets(make, agent, closed=1)
    client = await signed_in(admin)

    shown = await client.get(f"{USERS}/agents/{agent.id}/stats")
    no_agent = await client.get(f"{USERS}/agents/{admin.id}/stats")

    assert shown.json()["data"]["tickets"] == {"active": 0, "resolved": 0, "closed": 1, "total": 1}
    assert (no_agent.status_code, no_agent.json()) == (404, {"detail": f"Agent with ID {admin.id} not found"})
