"""Roles as rows: the system's stay, those that staff make hold at the next request of everybody who has them."""

from typing import Any

import httpx
import psycopg
import pytest

from backoffice.application import front
from backoffice.kernel.actor import Actor, ActorKind
from backoffice.kernel.identity.confirming import confirm_made_role
from backoffice.marketplace.permissions import BOOK, Market
from backoffice.settings import Settings
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import BASE_URL, Given, Staff

ROLES = "/api/v1/admin/roles"
USERS = "/api/v1/admin/users/1"
VENDORS = Market.VENDORS_LIST


async def made(client: httpx.AsyncClient, *permissions: str, name: str = "Night Shift") -> dict[str, Any]:
    answer = await client.post(ROLES, json={"name": name, "permissions": list(permissions)})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_the_five_system_roles_are_listed_as_the_contract_shows(staff_of: StaffOf, given: Given) -> None:
    chief = await staff_of("super_admin")
    await given.staff("support_agent")

    answer = (await chief.get(ROLES)).json()

    assert [role["id"] for role in answer["data"]] == [
        "super_admin",
        "vendor_admin",
        "support_agent",
        "finance_admin",
        "content_moderator",
    ]
    by_id = {role["id"]: role for role in answer["data"]}
    assert by_id["support_agent"] == {
        "id": "support_agent",
        "name": "Support Agent",
        "description": "Handle customer support requests",
        "permissions": sorted(BOOK.system["support_agent"] - BOOK.everybody),
        "is_system_role": True,
        "can_be_assigned": True,
        "user_count": 1,
    }
    assert by_id["super_admin"]["permissions"][-1] == "*"
    assert answer["meta"] == {"total_roles": 5, "total_permissions": len(Market) - 1}
    assert (await chief.get(f"{ROLES}/available")).json() == answer


async def test_the_rows_of_the_system_roles_are_those_of_the_code(given: Given) -> None:
    async with given.read() as db:
        rows = await db.values(str, "SELECT name FROM kernel.role WHERE product = 'marketplace'")

    assert set(rows) == set(BOOK.system)


async def test_a_role_is_made_of_permissions_in_any_spelling_and_opens_their_doors(
    staff_of: StaffOf, given: Given
) -> None:
    chief = await staff_of()
    role = await made(chief, "roles:list", "disputes.view", "users.view_detail")
    night = await staff_of(await given.staff(role["id"]))

    assert role == {
        "id": "night_shift",
        "name": "Night Shift",
        "description": "",
        "permissions": ["disputes:view", "roles:list", "users:view"],
        "is_system_role": False,
        "can_be_assigned": True,
        "user_count": 0,
    }
    assert (await night.get(ROLES)).status_code == 200
    assert code_of(await night.get(USERS)) == (404, "USER_NOT_FOUND")
    assert code_of(await night.get("/api/v1/admin/accounts")) == (403, "PERMISSION_DENIED")
    me = (await night.get("/api/v1/admin/me")).json()["data"]
    assert me["active_role"] == "night_shift"
    assert set(me["permissions"]) >= {"disputes:view", "disputes.view", "roles:list", "users:view", "users.view_detail"}
    assert "*" not in me["permissions"]
    assert ("role.created", "role:night_shift", chief.staff.id) in await given.audited()


@pytest.mark.parametrize("word", ["*", "users:*", "users:burn"])
async def test_no_role_is_given_a_permission_that_nobody_knows(staff_of: StaffOf, word: str) -> None:
    answer = await (await staff_of()).post(ROLES, json={"name": "Night", "permissions": ["users:list", word]})

    assert code_of(answer) == (400, "UNKNOWN_PERMISSION")


async def test_a_change_holds_at_the_next_request_in_every_process(
    staff_of: StaffOf, given: Given, settings: Settings
) -> None:
    chief = await staff_of()
    role = await made(chief, "roles:list")
    night = await staff_of(await given.staff(role["id"]))
    elsewhere = front(settings)
    await elsewhere.house.open()
    transport = httpx.ASGITransport(elsewhere, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=night.headers) as other:
        assert [(await one.get(ROLES)).status_code for one in (night, other)] == [200, 200]

        changed = await chief.patch(f"{ROLES}/{role['id']}", json={"permissions": ["disputes:view"]})

        assert changed.json()["data"]["permissions"] == ["disputes:view"]
        assert [(await one.get(ROLES)).status_code for one in (night, other)] == [403, 403]
        assert [code_of(await one.get("/api/v1/admin/disputes/1"))[1] for one in (night, other)] == [
            "DISPUTE_NOT_FOUND"
        ] * 2
    await elsewhere.house.close()


async def test_a_write_looks_again_whether_its_role_still_may_what_was_read_of_it(
    staff_of: StaffOf, given: Given
) -> None:
    chief = await staff_of()
    role = await made(chief, "roles:list", "users:list")
    night = await given.staff(role["id"])
    actor = Actor(ActorKind.STAFF, night.id, night.username, "marketplace", role["id"], session_id=night.session_id)

    async def confirmed(*held: str) -> bool | None:
        async with given.read() as db:
            return await confirm_made_role(db, actor, held=list(held))

    assert await confirmed("roles:list", "users:list") is False
    await chief.patch(f"{ROLES}/{role['id']}", json={"permissions": ["users:list", "users:view"]})
    assert await confirmed("roles:list", "users:list") is None
    assert await confirmed("users:list") is False


async def test_system_roles_are_neither_changed_nor_deleted(staff_of: StaffOf, given: Given) -> None:
    chief = await staff_of()

    for role in BOOK.system:
        assert code_of(await chief.patch(f"{ROLES}/{role}", json={"permissions": []}))[0] == 403
        assert code_of(await chief.delete(f"{ROLES}/{role}")) == (403, "SYSTEM_ROLE_PROTECTED")
    with pytest.raises(psycopg.Error, match="is a system role"):
        await change_row(given, "UPDATE kernel.role SET title = 'Boss' WHERE name = 'super_admin'")
    with pytest.raises(psycopg.Error, match="is a system role"):
        await change_row(given, "DELETE FROM kernel.role WHERE name = 'vendor_admin'")


async def change_row(given: Given, sql: Any) -> None:
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(sql)


async def test_a_role_that_somebody_has_stays_whether_or_not_they_are_active(staff_of: StaffOf, given: Given) -> None:
    chief = await staff_of()
    role = await made(chief, "users:list")
    holder = await given.staff(role["id"])
    await chief.post(f"/api/v1/admin/accounts/{holder.id}/deactivate")

    refused = await chief.delete(f"{ROLES}/{role['id']}")
    with pytest.raises(psycopg.Error, match="somebody has the role"):
        await change_row(given, "DELETE FROM kernel.role WHERE name = 'night_shift'")
    await chief.post(f"{ROLES}/assign", json={"user_id": holder.id, "role": "support_agent"})
    gone = await chief.delete(f"{ROLES}/{role['id']}")

    assert code_of(refused) == (409, "ROLE_IN_USE")
    assert refused.json()["error"]["details"]["held_by"] == 1
    assert gone.status_code == 200, gone.text
    assert code_of(await chief.delete(f"{ROLES}/{role['id']}")) == (404, "ROLE_NOT_FOUND")
    assert [action for action, *_ in await given.audited() if action.startswith("role.")] == [
        "role.created",
        "role.deleted",
    ]


async def test_two_roles_have_no_one_id(staff_of: StaffOf) -> None:
    chief = await staff_of()
    await made(chief, "users:list")

    assert code_of(await chief.post(ROLES, json={"name": "night  SHIFT", "permissions": []})) == (409, "ROLE_EXISTS")
    assert code_of(await chief.post(ROLES, json={"id": "super_admin", "name": "S", "permissions": []}))[0] == 409
    assert (await chief.post(ROLES, json={"id": "night2", "name": "Night Shift", "permissions": []})).status_code == 201


async def test_whoever_manages_roles_without_being_super_admin_hands_out_no_more_than_they_may(
    staff_of: StaffOf, given: Given
) -> None:
    chief = await staff_of()
    manager = await made(chief, "roles:manage", "roles:list", "accounts:manage", "users:list", name="Manager")
    strong = await made(chief, "payments:refund", name="Strong")
    client = await staff_of(await given.staff(manager["id"]))
    weak = await made(client, "users:list", name="Weak")

    mine = await client.patch(f"{ROLES}/manager", json={"permissions": ["users:list", "payments:refund"]})
    beyond = await client.post(ROLES, json={"name": "Thief", "permissions": ["payments:refund"]})
    raised = await client.patch(f"{ROLES}/weak", json={"permissions": ["payments:refund"]})
    lowered = await client.patch(f"{ROLES}/strong", json={"permissions": []})
    given_away = await client.post(f"{ROLES}/assign", json={"user_id": (await given.staff()).id, "role": "super_admin"})

    assert code_of(mine) == (403, "OWN_ROLE")
    assert [code_of(one) for one in (beyond, raised, lowered, given_away)] == [(403, "BEYOND_OWN")] * 4
    assert (weak["id"], strong["id"]) == ("weak", "strong")
    shown = {role["id"]: role["can_be_assigned"] for role in (await client.get(ROLES)).json()["data"]}
    assert (shown["weak"], shown["manager"], shown["strong"], shown["super_admin"]) == (True, True, False, False)


async def test_only_whoever_manages_roles_makes_some(staff_of: StaffOf) -> None:
    for role in sorted(set(BOOK.system) - {"super_admin"}):
        client = await staff_of(role)
        answer = await client.post(ROLES, json={"name": "Night", "permissions": []})
        assert code_of(answer) == (403, "PERMISSION_DENIED"), role


async def test_a_change_that_changes_nothing_records_nothing(staff_of: StaffOf, given: Given) -> None:
    chief = await staff_of()
    await made(chief, "users:list")

    answer = await chief.patch(f"{ROLES}/night_shift", json={"name": "Night Shift", "permissions": ["users.view"]})

    assert answer.json()["data"]["permissions"] == ["users:list"]
    assert await given.audited("role.changed") == []


async def test_whose_role_is_taken_from_the_code_may_nothing(staff_of: StaffOf, given: Given) -> None:
    """A membership with a word that no role is: 401, as for any role that is no longer held."""
    stranger: Staff = await given.staff("ghost")

    assert (await (await staff_of(stranger)).get("/api/v1/admin/me")).status_code == 401
