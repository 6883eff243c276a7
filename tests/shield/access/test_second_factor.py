"""The second factor and one's own sessions, in shield's shape."""

from tests.authenticator import App
from tests.shield.conftest import AdminOf

AUTH = "/v1/admin/auth"


async def test_an_app_is_enrolled_proved_and_removed(admin_of: AdminOf) -> None:
    app = App(await admin_of("finance"), doors=AUTH)
    before = await app.standing()

    await app.enrol()
    proved = await app.step_up()
    standing = await app.standing()
    wrong = await app.step_up("000000")
    removed = await app.remove(app.recovery_codes[0])

    assert before["is_enrolled"] is False
    assert (proved.status_code, proved.json()["data"]["expires_in"]) == (200, 600)
    assert (standing["is_enrolled"], standing["recovery_codes_left"]) == (True, 10)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert removed.json() == {"success": True, "data": {"message": "Authenticator app removed"}}
    assert (await app.standing())["is_enrolled"] is False


async def test_who_has_no_app_is_told_how_to_get_one(admin_of: AdminOf) -> None:
    refused = await App(await admin_of("support"), doors=AUTH).step_up("123456")

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert "auth/mfa/enrol" in refused.json()["error"]["message"]


async def test_one_ends_ones_own_sessions_and_nobody_elses(admin_of: AdminOf) -> None:
    client, other = await admin_of("support"), await admin_of("support")
    [session] = (await client.get(f"{AUTH}/sessions")).json()["data"]["sessions"]

    foreign = await other.delete(f"{AUTH}/sessions/{session['id']}")
    ended = await client.delete(f"{AUTH}/sessions/{session['id']}")

    assert session["is_current"] is True
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert ended.json() == {"success": True, "data": {"message": "Session ended"}}
    assert (await client.get(f"{AUTH}/me")).status_code == 401
