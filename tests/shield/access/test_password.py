"""Choosing a password in shield."""

from typing import Any

from backoffice.kernel.identity import actions
from tests.conftest import PASSWORD
from tests.shield.conftest import AdminOf
from tests.shield.making import AdminClient, Given

AUTH = "/v1/admin/auth"


async def change(client: AdminClient, old: str, new: str) -> tuple[int, Any]:
    answer = await client.post(f"{AUTH}/change-password", json={"old_password": old, "new_password": new})
    return answer.status_code, answer.json().get("error")


async def test_a_one_time_password_is_not_chosen_again(given: Given, admin_of: AdminOf, password_hash: str) -> None:
    client = await admin_of("auditor")
    async with given.write() as tx:
        await actions.reset_password(tx, client.admin.id, password_hash)
    signed = await client.post(f"{AUTH}/login", json={"email": client.admin.email, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {signed.json()['data']['token']}"

    same = await change(client, PASSWORD, PASSWORD)

    said = {"code": "VALIDATION_ERROR", "message": "The new password must differ from the present one", "details": []}
    assert same == (400, said)
    assert (await client.get("/v1/admin/audit-log")).status_code == 403
    assert await change(client, PASSWORD, "Better456!") == (200, None)
    assert (await client.get("/v1/admin/audit-log")).status_code == 200
