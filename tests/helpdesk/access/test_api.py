"""The sign-in doors: signing in and out, refreshing, changing a password, and what ends a session."""

import asyncio
from typing import Any

import pytest

from backoffice.helpdesk.permissions import Role
from backoffice.helpdesk.team.actions import deactivate_member, grant
from tests.conftest import PASSWORD
from tests.making import Make, Member

LOGIN = "/api/v1/auth/login"
REFRESH = "/api/v1/auth/refresh"
ME = "/api/v1/auth/me"


async def sign_in(visitor: Any, username: str, password: str = PASSWORD) -> Any:
    return await visitor.post(LOGIN, json={"username": username, "password": password})


def bearer(answer: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['data']['access_token']}"}


async def test_signing_in_gives_a_pair_of_tokens_and_the_person(make: Make, visitor: Any) -> None:
    agent = await make.agent(department="loan")

    answer = await sign_in(visitor, agent.username)

    data = answer.json()["data"]
    assert (answer.status_code, answer.json()["message"]) == (200, "Login successful")
    assert (data["token_type"], data["expires_in"]) == ("Bearer", 900)
    assert data["user"]["last_login_at"] is not None
    assert {name: data["user"][name] for name in ("id", "username", "role", "department", "is_active")} == {
        "id": agent.id,
        "username": agent.username,
        "role": "agent",
        "department": "loan",
        "is_active": True,
    }
    assert (await visitor.get(ME, headers=bearer(answer))).json()["id"] == agent.id
    assert [action for action, *_ in await make.audited()] == ["session.started"]


async def test_one_may_sign_in_with_the_email_in_any_case(make: Make, visitor: Any) -> None:
    agent = await make.agent()

    answer = await sign_in(visitor, agent.email.upper())

    assert answer.status_code == 200, answer.text


async def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(make: Make, visitor: Any) -> None:
    agent = await make.agent()

    wrong_password = await sign_in(visitor, agent.username, "Wrong123!")
    wrong_name = await sign_in(visitor, "nobody")

    assert wrong_password.status_code == wrong_name.status_code == 401
    assert wrong_password.content == wrong_name.content
    assert wrong_name.json() == {"detail": "Invalid username or password"}
    assert [action for action, *_ in await make.audited()] == ["session.refused"] * 2


async def test_a_deactivated_person_who_knows_the_password_is_told_so(make: Make, visitor: Any) -> None:
    gone = await make.agent(is_active=False)

    right = await sign_in(visitor, gone.username)
    wrong = await sign_in(visitor, gone.username, "Wrong123!")

    assert right.status_code == 403
    assert right.json() == {"detail": "Your account is deactivated. Please contact an administrator."}
    assert wrong.status_code == 401


async def test_somebody_of_another_product_only_cannot_sign_in_here(make: Make, visitor: Any) -> None:
    elsewhere = await make.agent()
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.run("UPDATE kernel.membership SET product = 'shield' WHERE staff_id = %(id)s", id=elsewhere.id)

    assert (await sign_in(visitor, elsewhere.username)).status_code == 401


async def refreshed(visitor: Any, token: str) -> Any:
    return await visitor.post(REFRESH, json={"refresh_token": token})


async def test_five_refreshes_at_once_with_one_token_all_succeed(make: Make, visitor: Any) -> None:
    agent = await make.agent()
    token = (await sign_in(visitor, agent.username)).json()["data"]["refresh_token"]

    answers = await asyncio.gather(*(refreshed(visitor, token) for _ in range(5)))

    assert [answer.status_code for answer in answers] == [200] * 5
    assert answers[0].json()["message"] == "Token refreshed successfully"
    for answer in answers:
        assert (await visitor.get(ME, headers=bearer(answer))).status_code == 200
        assert (await refreshed(visitor, answer.json()["data"]["refresh_token"])).status_code == 200


async def test_a_refresh_token_used_again_later_ends_the_session_of_all_its_successors(
    make: Make, visitor: Any
) -> None:
    agent = await make.agent()
    token = (await sign_in(visitor, agent.username)).json()["data"]["refresh_token"]
    successor = await refreshed(visitor, token)
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.run("UPDATE kernel.refresh_token SET used_at = used_at - interval '31 seconds'")

    reused = await refreshed(visitor, token)

    assert (reused.status_code, reused.json()) == (401, {"detail": "Invalid or expired refresh token"})
    assert (await refreshed(visitor, successor.json()["data"]["refresh_token"])).status_code == 401
    assert (await visitor.get(ME, headers=bearer(successor))).status_code == 401
    assert [action for action, *_ in await make.audited()] == ["session.started", "session.revoked"]


async def test_an_access_token_refreshes_nothing_and_a_refresh_token_opens_no_door(make: Make, visitor: Any) -> None:
    agent = await make.agent()
    tokens = (await sign_in(visitor, agent.username)).json()["data"]

    refused = await refreshed(visitor, tokens["access_token"])
    me = await visitor.get(ME, headers={"Authorization": f"Bearer {tokens['refresh_token']}"})

    assert (refused.status_code, me.status_code) == (401, 401)


async def log_out(make: Make, visitor: Any, member: Member, header: dict[str, str]) -> None:
    answer = await visitor.post("/api/v1/auth/logout", headers=header)
    assert answer.json() == {"success": True, "message": "Logged out successfully"}


async def change_password_elsewhere(make: Make, visitor: Any, member: Member, header: dict[str, str]) -> None:
    other = bearer(await sign_in(visitor, member.username))
    body = {"old_password": PASSWORD, "new_password": "Better456!"}
    answer = await visitor.post("/api/v1/auth/change-password", headers=other, json=body)
    assert answer.json() == {"success": True, "message": "Password changed successfully"}
    assert (await visitor.get(ME, headers=other)).status_code == 200


async def deactivate(make: Make, visitor: Any, member: Member, header: dict[str, str]) -> None:
    async with make.write((await make.admin()).actor) as tx:
        await deactivate_member(tx, member.id)


async def change_role(make: Make, visitor: Any, member: Member, header: dict[str, str]) -> None:
    async with make.write() as tx:
        await grant(tx, member.username, role=Role.ADMIN)


async def end_it_from_the_list(make: Make, visitor: Any, member: Member, header: dict[str, str]) -> None:
    other = bearer(await sign_in(visitor, member.username))
    sessions = (await visitor.get("/api/v1/auth/sessions", headers=other)).json()["data"]["sessions"]
    for session in sessions:
        if not session["is_current"]:
            await visitor.delete(f"/api/v1/auth/sessions/{session['id']}", headers=other)
    assert (await visitor.get(ME, headers=other)).status_code == 200


@pytest.mark.parametrize("end", [log_out, change_password_elsewhere, deactivate, change_role, end_it_from_the_list])
async def test_an_ended_session_opens_no_door_and_refreshes_nothing_from_the_next_request_on(
    make: Make, visitor: Any, end: Any
) -> None:
    agent = await make.agent()
    answer = await sign_in(visitor, agent.username)
    assert (await visitor.get(ME, headers=bearer(answer))).status_code == 200

    await end(make, visitor, agent, bearer(answer))

    after = await visitor.get(ME, headers=bearer(answer))
    assert (after.status_code, after.json()) == (401, {"detail": "Invalid or expired token"})
    assert (await refreshed(visitor, answer.json()["data"]["refresh_token"])).status_code == 401


async def test_a_password_needs_the_present_one_and_the_policy(make: Make, signed_in: Any, visitor: Any) -> None:
    agent = await make.agent()
    client = await signed_in(agent)

    async def change(old: str, new: str) -> tuple[int, str]:
        body = {"current_password": old, "new_password": new}
        answer = await client.post("/api/v1/auth/change-password", json=body)
        return answer.status_code, answer.json()["detail"]

    assert await change("Wrong123!", "Better456!") == (400, "Incorrect current password")
    assert await change(PASSWORD, "Aa1!") == (400, "Password must be at least 8 characters long")
    assert await change(PASSWORD, "better456!") == (400, "Password must contain at least one uppercase letter")
    assert await change(PASSWORD, "BETTER456!") == (400, "Password must contain at least one lowercase letter")
    assert await change(PASSWORD, "Better!!!") == (400, "Password must contain at least one digit")
    assert await change(PASSWORD, "Better456") == (400, "Password must contain at least one special character")
    assert (await sign_in(visitor, agent.username)).status_code == 200


async def test_a_new_password_is_another_one(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.agent())

    answer = await client.post(
        "/api/v1/auth/change-password", json={"old_password": PASSWORD, "new_password": PASSWORD}
    )

    assert (answer.status_code, answer.json()["detail"]) == (400, "The new password must differ from the present one")
    assert await make.audited("staff.password_changed") == []


async def test_nobody_ends_the_session_of_somebody_else(make: Make, signed_in: Any) -> None:
    agent, colleague = await make.agent(), await make.agent()
    client, theirs = await signed_in(agent), await signed_in(colleague)

    answer = await client.delete(f"/api/v1/auth/sessions/{colleague.session_id}")

    assert (answer.status_code, answer.json()) == (404, {"detail": f"Session {colleague.session_id} not found"})
    assert (await theirs.get(ME)).status_code == 200
