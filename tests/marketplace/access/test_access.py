"""Signing in to the marketplace, who one is, one's own sessions and password."""

from tests.conftest import PASSWORD
from tests.marketplace.access.test_second_factor import AUTH, code_of, sign_in
from tests.marketplace.conftest import StaffOf

ME = "/api/v1/admin/me"


async def test_one_is_told_what_one_may_do_in_every_spelling(staff_of: StaffOf) -> None:
    chief, agent = await staff_of("super_admin"), await staff_of("support_agent")

    all_of_it = (await chief.get(ME)).json()["data"]["permissions"]
    some = (await agent.get(ME)).json()["data"]["permissions"]

    assert all_of_it[-1] == "*"
    assert {"users:list", "users.view", "disputes:manage", "disputes.manage", "self:manage"} <= set(some)
    assert set(some) < set(all_of_it)
    assert {"*", "payments:refund", "disputes.refund"}.isdisjoint(some)


async def test_the_sign_in_says_the_same_as_the_profile(staff_of: StaffOf) -> None:
    agent = await staff_of("support_agent")

    signed = (await sign_in(agent, agent.staff.username)).json()["data"]

    assert signed["user"] == (await agent.get(ME)).json()["data"]
    assert (signed["access"], signed["refresh"]) == (signed["access_token"], signed["refresh_token"])


async def test_ones_own_sessions_are_listed_and_ended(staff_of: StaffOf) -> None:
    agent, other = await staff_of("support_agent"), await staff_of("support_agent")
    await sign_in(agent, agent.staff.email)

    sessions = (await agent.get(f"{AUTH}/sessions")).json()["data"]
    stranger = await other.delete(f"{AUTH}/sessions/{sessions[0]['id']}")
    ended = await agent.delete(f"{AUTH}/sessions/{sessions[0]['id']}")

    assert [one["is_current"] for one in sessions] == [False, True]
    assert code_of(stranger) == (404, "SESSION_NOT_FOUND")
    assert ended.status_code == 200, ended.text
    assert [one["is_current"] for one in (await agent.get(f"{AUTH}/sessions")).json()["data"]] == [True]


async def test_a_password_is_changed_under_either_name_of_the_old_one(staff_of: StaffOf) -> None:
    agent = await staff_of("support_agent")

    wrong = await agent.post(f"{AUTH}/change-password", json={"old_password": "No1!", "new_password": "Better456!"})
    done = await agent.post(f"{AUTH}/change-password", json={"old_password": PASSWORD, "new_password": "Better456!"})
    back = await agent.post(
        f"{AUTH}/change-password", json={"current_password": "Better456!", "new_password": PASSWORD}
    )

    assert code_of(wrong) == (400, "WRONG_PASSWORD")
    assert (done.status_code, back.status_code) == (200, 200)
