"""Staff accounts: who comes, what they are, who is shut out; nobody rules over themselves."""

import asyncio
from typing import Any

import httpx
import pytest

from backoffice.marketplace.permissions import BOOK
from tests.conftest import PASSWORD
from tests.marketplace.access.test_second_factor import sign_in
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given

ACCOUNTS = "/api/v1/admin/accounts"
ROLES = "/api/v1/admin/roles"
NEW = {"email": "asha.rao@market.example", "name": "Asha Rao", "role": "finance_admin", "phone": "+91 98765 43210"}


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_new_colleague_signs_in_once_with_the_password_shown_and_chooses_another(
    staff_of: StaffOf, given: Given
) -> None:
    chief = await staff_of()

    answer = await chief.post(ACCOUNTS, json=NEW)

    made = answer.json()["data"]
    assert answer.status_code == 201, answer.text
    assert {name: made[name] for name in ("username", "role", "role_name", "phone", "is_active", "mfa_enabled")} == {
        "username": "asha.rao",
        "role": "finance_admin",
        "role_name": "Finance Admin",
        "phone": "+919876543210",
        "is_active": True,
        "mfa_enabled": False,
    }
    signed = await sign_in(chief, NEW["email"], made["one_time_password"])
    mine = {"Authorization": f"Bearer {signed.json()['data']['access_token']}"}
    assert (await chief.get("/api/v1/admin/me", headers=mine)).json()["data"]["active_role"] == "finance_admin"
    assert code_of(await chief.get(f"{ACCOUNTS}/{made['id']}", headers=mine))[0] == 403
    changed = await chief.post(
        "/api/v1/admin/auth/change-password",
        json={"old_password": made["one_time_password"], "new_password": "Better456!"},
        headers=mine,
    )
    assert changed.status_code == 200, changed.text
    assert ("staff.created", f"staff:{made['id']}", chief.staff.id) in await given.audited()
    assert made["one_time_password"] not in str(await given.value("SELECT json_agg(e)::text FROM kernel.audit_entry e"))


@pytest.mark.parametrize("login", ["asha.rao", "ASHA.RAO@market.example", "+919876543210", "+91 98765-43210"])
async def test_one_signs_in_by_username_email_or_phone(staff_of: StaffOf, login: str) -> None:
    chief = await staff_of()
    made = (await chief.post(ACCOUNTS, json=NEW)).json()["data"]

    assert (await sign_in(chief, login, made["one_time_password"])).status_code == 200


async def test_a_number_taken_for_a_username_leads_nobody_elses_way(staff_of: StaffOf, given: Given) -> None:
    chief = await staff_of()
    made = (await chief.post(ACCOUNTS, json={**NEW, "username": "asha"})).json()["data"]
    sly = {"email": "sly@market.example", "name": "Sly", "role": "support_agent", "username": "+919876543210"}
    await chief.post(ACCOUNTS, json=sly)

    signed = await sign_in(chief, "+919876543210", made["one_time_password"])

    assert signed.json()["data"]["user"]["email"] == NEW["email"]


async def test_no_name_is_taken_twice_in_any_product(staff_of: StaffOf, given: Given) -> None:
    chief = await staff_of()
    other = await given.staff()
    await chief.post(ACCOUNTS, json=NEW)

    taken: list[dict[str, Any]] = [
        {**NEW, "username": "another", "phone": None},
        {**NEW, "email": other.email, "username": "another", "phone": None},
        {**NEW, "email": "new@market.example", "username": other.username, "phone": None},
        {**NEW, "email": "new@market.example", "username": "another"},
    ]
    codes = [code_of(await chief.post(ACCOUNTS, json=body)) for body in taken]

    assert codes == [(400, "EMAIL_TAKEN"), (400, "EMAIL_TAKEN"), (400, "USERNAME_TAKEN"), (400, "PHONE_TAKEN")]


async def test_the_list_shows_everybody_of_this_product_under_its_filters(staff_of: StaffOf, given: Given) -> None:
    chief = await staff_of()
    finance, support = await given.staff("finance_admin"), await given.staff("support_agent")
    await chief.post(f"{ACCOUNTS}/{support.id}/deactivate")

    async def ids(**query: Any) -> list[int]:
        answer = (await chief.get(ACCOUNTS, params=query)).json()
        assert answer["meta"]["total_items"] == len(answer["data"])
        return [one["id"] for one in answer["data"]]

    assert await ids() == [chief.staff.id, finance.id, support.id]
    assert await ids(role="finance_admin") == [finance.id]
    assert await ids(is_active="false") == [support.id]
    assert await ids(search="MARKET_SUPPORT") == [support.id]
    assert await ids(search="admin", role="") == [chief.staff.id, finance.id]
    assert (await chief.get(f"{ACCOUNTS}/{finance.id}")).json()["data"]["email"] == finance.email
    assert code_of(await chief.get(f"{ACCOUNTS}/987654321")) == (404, "ACCOUNT_NOT_FOUND")


async def test_a_new_role_holds_at_the_next_request(staff_of: StaffOf, given: Given) -> None:
    chief, agent = await staff_of(), await staff_of("support_agent")

    answer = await chief.patch(f"{ACCOUNTS}/{agent.staff.id}", json={"role": "finance_admin"})

    assert answer.json()["data"]["role"] == "finance_admin"
    assert (await agent.get("/api/v1/admin/me")).status_code == 401
    signed = await sign_in(chief, agent.staff.email, PASSWORD)
    assert signed.json()["data"]["user"]["active_role"] == "finance_admin"
    assert ("staff.membership_granted", f"staff:{agent.staff.id}", chief.staff.id) in await given.audited()


async def test_roles_are_assigned_and_revoked_under_the_names_that_clients_use(staff_of: StaffOf, given: Given) -> None:
    chief, agent = await staff_of(), await given.staff("support_agent")

    assigned = await chief.post(f"{ROLES}/assign", json={"admin_id": agent.id, "role_id": "vendor_admin"})
    wrong = await chief.post(f"{ROLES}/revoke", json={"user_id": agent.id, "role": "support_agent"})
    revoked = await chief.post(f"{ROLES}/revoke", json={"user_id": agent.id, "role": "vendor_admin"})
    unknown = await chief.post(f"{ROLES}/assign", json={"user_id": agent.id, "role": "ghost"})

    assert assigned.json()["data"]["role"] == "vendor_admin"
    assert code_of(wrong) == (409, "ROLE_NOT_HELD")
    assert revoked.json()["data"]["is_active"] is False
    assert code_of(unknown) == (404, "ROLE_NOT_FOUND")
    assert (await sign_in(chief, agent.email, PASSWORD)).status_code == 403


async def test_who_is_shut_out_has_no_session_and_may_be_let_in_again(staff_of: StaffOf) -> None:
    chief, agent = await staff_of(), await staff_of("support_agent")
    at = f"{ACCOUNTS}/{agent.staff.id}"

    out = await chief.post(f"{at}/deactivate")
    assert out.json()["data"]["is_active"] is False
    assert (await agent.get("/api/v1/admin/me")).status_code == 401
    back = await chief.patch(at, json={"is_active": True})

    assert back.json()["data"]["is_active"] is True
    assert (await sign_in(chief, agent.staff.email, PASSWORD)).status_code == 200


async def test_nobody_changes_their_own_role_nor_shuts_themselves_out(staff_of: StaffOf) -> None:
    chief = await staff_of()
    await staff_of()
    me = chief.staff.id

    found = [
        await chief.patch(f"{ACCOUNTS}/{me}", json={"role": "support_agent"}),
        await chief.post(f"{ROLES}/assign", json={"user_id": me, "role": "support_agent"}),
        await chief.post(f"{ROLES}/revoke", json={"user_id": me, "role": "super_admin"}),
        await chief.post(f"{ACCOUNTS}/{me}/deactivate"),
        await chief.patch(f"{ACCOUNTS}/{me}", json={"is_active": False}),
    ]

    assert [code_of(one) for one in found] == [(403, "OWN_ROLE")] * 3 + [(403, "OWN_ACCOUNT")] * 2


async def test_the_last_super_admin_stays_whoever_asks(staff_of: StaffOf, given: Given) -> None:
    chief = await staff_of()
    almost = {"name": "Almost", "permissions": sorted(BOOK.known)}
    assert (await chief.post(ROLES, json=almost)).status_code == 201
    other = await staff_of(await given.staff("almost"))
    me = chief.staff.id

    found = [
        await other.post(f"{ACCOUNTS}/{me}/deactivate"),
        await other.post(f"{ROLES}/assign", json={"user_id": me, "role": "support_agent"}),
        await other.post(f"{ROLES}/revoke", json={"user_id": me, "role": "super_admin"}),
    ]

    assert [code_of(one) for one in found] == [(400, "LAST_SUPER_ADMIN")] * 3
    assert (await chief.get("/api/v1/admin/me")).status_code == 200


async def test_of_two_super_admins_who_shut_each_other_out_at_once_one_stays(staff_of: StaffOf, given: Given) -> None:
    one, other = await staff_of(), await staff_of()

    await asyncio.gather(
        one.post(f"{ACCOUNTS}/{other.staff.id}/deactivate"), other.post(f"{ACCOUNTS}/{one.staff.id}/deactivate")
    )

    active = "SELECT count(*) FROM kernel.membership WHERE role = 'super_admin' AND is_active"
    assert await given.value(active) == 1


async def test_nobody_rules_over_who_may_do_more(staff_of: StaffOf, given: Given) -> None:
    chief = await staff_of()
    await chief.post(ROLES, json={"name": "Clerk", "permissions": ["accounts:manage", "users:list"]})
    clerk = await staff_of(await given.staff("clerk"))
    finance, mate = await given.staff("finance_admin"), await given.staff("clerk")

    refused = await clerk.post(f"{ACCOUNTS}/{finance.id}/deactivate")
    created = await clerk.post(ACCOUNTS, json=NEW)
    done = await clerk.post(f"{ACCOUNTS}/{mate.id}/deactivate")

    assert code_of(refused) == code_of(created) == (403, "BEYOND_OWN")
    assert done.status_code == 200, done.text


async def test_a_person_of_several_products_changes_here_as_a_member_alone(staff_of: StaffOf, given: Given) -> None:
    """Their e-mail, name and password have no door; what happens to them here their other product's log tells, too."""
    chief, agent = await staff_of(), await given.staff("support_agent")
    await member_of_shield(given, agent.id)

    renamed = await chief.patch(f"{ACCOUNTS}/{agent.id}", json={"email": "mine@market.example"})
    await chief.patch(f"{ACCOUNTS}/{agent.id}", json={"role": "vendor_admin"})
    await chief.post(f"{ACCOUNTS}/{agent.id}/deactivate")

    assert renamed.status_code == 400
    assert await given.value(
        "SELECT is_active FROM kernel.membership WHERE staff_id = %(id)s AND product = 'shield'", id=agent.id
    )
    assert await given.value(
        "SELECT array_agg(action ORDER BY at, id) FROM kernel.audit_entry WHERE product = 'shield'"
    ) == ["staff.membership_granted", "staff.membership_deactivated"]


async def member_of_shield(given: Given, staff_id: int) -> None:
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            "INSERT INTO kernel.membership (staff_id, product, role) VALUES (%(id)s, 'shield', 'support')", id=staff_id
        )
