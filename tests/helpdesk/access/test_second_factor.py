"""The second factor, in the helpdesk's shape."""

from typing import Any

from tests.authenticator import App
from tests.making import Make

AUTH = "/api/v1/auth"


async def test_an_app_is_enrolled_proved_and_removed(make: Make, signed_in: Any) -> None:
    app = App(await signed_in(await make.member()), doors=AUTH)
    before = await app.standing()

    await app.enrol()
    proved = await app.step_up()
    standing = await app.standing()
    wrong = await app.step_up("000000")
    removed = await app.remove(app.recovery_codes[0])

    assert before["is_enrolled"] is False
    assert (proved.status_code, proved.json()["data"]["expires_in"]) == (200, 600)
    assert (standing["is_enrolled"], standing["recovery_codes_left"]) == (True, 10)
    assert (wrong.status_code, wrong.json()) == (400, {"detail": "Wrong or used code"})
    assert removed.json() == {"success": True, "message": "Authenticator app removed"}
    assert (await app.standing())["is_enrolled"] is False


async def test_who_has_no_app_is_told_how_to_get_one(make: Make, signed_in: Any) -> None:
    refused = await App(await signed_in(await make.member()), doors=AUTH).step_up("123456")

    assert refused.status_code == 403
    assert "auth/mfa/enrol" in refused.json()["detail"]
