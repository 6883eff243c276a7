"""The second factor: enrolling an app, giving its codes, recovery codes, and the acts that ask for a fresh one."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from backoffice.kernel.encryption.keyring import KeyRing, new_key
from backoffice.kernel.house import House
from backoffice.kernel.identity.factor_store import SEALED
from backoffice.kernel.secrets.rotation import rotate
from backoffice.kernel.write import Database
from backoffice.settings import Settings
from tests.authenticator import App, code
from tests.conftest import PASSWORD
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, StaffClient

AUTH = "/api/v1/admin/auth"
ROLES = "/api/v1/admin/roles"
NIGHT = {"name": "Night", "permissions": []}


async def sign_in(client: httpx.AsyncClient, login: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post(f"{AUTH}/login", json={"email_or_phone": login, "password": password})


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def authenticator_of(client: httpx.AsyncClient) -> App:
    return App(client, doors=AUTH)


async def someone(staff_of: StaffOf, given: Given, role: str = "super_admin") -> StaffClient:
    """Somebody who has proved nothing yet."""
    return await staff_of(await given.staff(role, proved=False))


async def wait_out(given: Given) -> None:
    """Ten minutes and a second have passed for every proof and every wrong try."""
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run("UPDATE kernel.session SET proved_at = proved_at - interval '601 seconds'")
        await tx.run("UPDATE kernel.totp SET wrong_at = wrong_at - interval '601 seconds'")


async def test_who_has_no_second_factor_is_told_how_to_get_one_and_then_may(staff_of: StaffOf, given: Given) -> None:
    client = await someone(staff_of, given)

    refused = await client.post(ROLES, json=NIGHT)
    app = await authenticator_of(client).enrol()
    done = await client.post(ROLES, json=NIGHT)

    assert code_of(refused) == (403, "MFA_REQUIRED")
    assert "auth/mfa/enrol" in refused.json()["error"]["message"]
    assert refused.json()["error"]["is_enrolled"] is False
    assert done.status_code == 201, done.text
    assert len(app.recovery_codes) == 10
    shown = (await client.get(f"{AUTH}/mfa")).json()["data"]
    assert (shown["is_enrolled"], shown["recovery_codes_left"]) == (True, 10)
    assert [action for action, *_ in await given.audited() if action.startswith("staff.totp")] == [
        "staff.totp_offered",
        "staff.totp_enrolled",
    ]


async def test_a_proof_holds_for_ten_minutes_in_its_session_alone(staff_of: StaffOf, given: Given) -> None:
    client = await someone(staff_of, given)
    app = await authenticator_of(client).enrol()
    signed = await sign_in(client, client.staff.email)
    elsewhere = {"Authorization": f"Bearer {signed.json()['data']['access_token']}"}

    other = await client.post(ROLES, json=NIGHT, headers=elsewhere)
    await wait_out(given)
    late = await client.post(ROLES, json=NIGHT)
    proved = await app.step_up()
    done = await client.post(ROLES, json=NIGHT)

    assert code_of(other) == code_of(late) == (403, "MFA_REQUIRED")
    assert late.json()["error"]["is_enrolled"] is True
    assert "auth/step-up" in late.json()["error"]["message"]
    assert proved.json()["data"]["expires_in"] == 600
    assert done.status_code == 201, done.text


async def test_a_code_works_once_also_for_two_at_the_same_time(staff_of: StaffOf, given: Given) -> None:
    app = await authenticator_of(await someone(staff_of, given)).enrol()
    now = code(app.secret)

    at_once = await asyncio.gather(app.step_up(now), app.step_up(now))
    again = await app.step_up(now)

    assert sorted(one.status_code for one in at_once) == [200, 400]
    assert code_of(again) == (400, "WRONG_CODE")


async def test_five_wrong_codes_close_the_way_for_ten_minutes_in_every_session(staff_of: StaffOf, given: Given) -> None:
    client = await someone(staff_of, given)
    app = await authenticator_of(client).enrol()
    signed = await sign_in(client, client.staff.email)
    elsewhere = {"Authorization": f"Bearer {signed.json()['data']['access_token']}"}

    wrong = [code_of(await app.step_up("abcdef")) for _ in range(5)]
    closed = await app.step_up()
    also = await client.post(f"{AUTH}/step-up", json={"code": code(app.secret)}, headers=elsewhere)
    recovery = await app.step_up(app.recovery_codes[0])
    await wait_out(given)
    opened = await app.step_up()

    assert wrong == [(400, "WRONG_CODE")] * 5
    assert [one.status_code for one in (closed, also, recovery)] == [429] * 3
    assert 590 <= int(closed.headers["Retry-After"]) <= 600
    assert opened.status_code == 200, opened.text
    assert len(await given.audited("staff.totp_refused")) == 5


async def test_a_recovery_code_stands_in_once_and_only_its_hash_is_kept(staff_of: StaffOf, given: Given) -> None:
    client = await someone(staff_of, given)
    app = await authenticator_of(client).enrol()
    await wait_out(given)

    first = await app.step_up(app.recovery_codes[0].upper().replace("-", " "))
    again = await app.step_up(app.recovery_codes[0])
    kept = await given.value("SELECT json_agg(c)::text FROM kernel.recovery_code c")

    assert first.status_code == 200, first.text
    assert code_of(again) == (400, "WRONG_CODE")
    assert app.recovery_codes[0] not in kept
    assert (await client.get(f"{AUTH}/mfa")).json()["data"]["recovery_codes_left"] == 9
    assert len(await given.audited("staff.recovery_code_used")) == 1


async def test_enrolling_takes_the_password_and_one_app_at_a_time(staff_of: StaffOf, given: Given) -> None:
    client = await someone(staff_of, given)

    stolen = await client.post(f"{AUTH}/mfa/enrol", json={"current_password": "Wrong123!"})
    early = await client.post(f"{AUTH}/mfa/confirm", json={"code": "123456"})
    app = await authenticator_of(client).enrol()
    second = await client.post(f"{AUTH}/mfa/enrol", json={"current_password": PASSWORD})
    again = await client.post(f"{AUTH}/mfa/confirm", json={"code": code(app.secret)})

    assert code_of(stolen) == (400, "WRONG_PASSWORD")
    assert code_of(early) == code_of(again) == (409, "NOTHING_TO_CONFIRM")
    assert code_of(second) == (409, "ENROLLED_ALREADY")


async def test_an_offer_that_no_code_confirms_counts_for_nothing(staff_of: StaffOf, given: Given) -> None:
    client = await someone(staff_of, given)
    offered = (await client.post(f"{AUTH}/mfa/enrol", json={"password": PASSWORD})).json()["data"]

    wrong = await client.post(f"{AUTH}/mfa/confirm", json={"code": "000000x"})
    proved = await client.post(f"{AUTH}/step-up", json={"code": code(offered["secret"])})

    assert code_of(wrong) == (400, "WRONG_CODE")
    assert code_of(proved) == (403, "MFA_REQUIRED")
    uri = urlsplit(offered["otpauth_uri"])
    assert (uri.scheme, uri.netloc, parse_qs(uri.query)["secret"]) == ("otpauth", "totp", [offered["secret"]])


async def test_an_app_is_removed_with_a_code_and_its_proofs_with_it(staff_of: StaffOf, given: Given) -> None:
    client = await someone(staff_of, given)
    app = await authenticator_of(client).enrol()

    wrong = await client.post(f"{AUTH}/mfa/remove", json={"code": "abcdef"})
    removed = await client.post(f"{AUTH}/mfa/remove", json={"code": code(app.secret)})

    assert code_of(wrong) == (400, "WRONG_CODE")
    assert removed.status_code == 200, removed.text
    assert code_of(await client.post(ROLES, json=NIGHT)) == (403, "MFA_REQUIRED")
    assert await given.value("SELECT count(*) FROM kernel.recovery_code") == 0
    assert (await authenticator_of(client).enrol()).secret != app.secret


async def test_the_secret_is_sealed_and_turned_with_the_key_ring(
    staff_of: StaffOf, given: Given, house: House, settings: Settings
) -> None:
    app = await authenticator_of(await someone(staff_of, given)).enrol()
    sealed = await given.value("SELECT sealed FROM kernel.totp")
    turned = KeyRing(f"{new_key()},{settings.encryption_keys.get_secret_value()}")
    database = Database(settings.database_url.get_secret_value(), keys=turned)
    await database.open()

    done = await rotate(database, turned, columns=[SEALED], progress=lambda count: None)
    await database.close()

    key_id = await given.value("SELECT key_id FROM kernel.totp")
    anew = await given.value("SELECT sealed FROM kernel.totp")
    staff_id = await given.value("SELECT staff_id FROM kernel.totp")
    assert app.secret.encode() not in sealed
    assert done >= 1
    assert key_id == turned.current
    assert turned.decrypt(key_id, anew, bound_to=f"totp:{staff_id}") == app.secret.encode()


async def test_no_answer_and_no_log_holds_a_secret_but_the_one_that_shows_it(staff_of: StaffOf, given: Given) -> None:
    client = await someone(staff_of, given)
    app = await authenticator_of(client).enrol()

    log = await given.value("SELECT json_agg(e)::text FROM kernel.audit_entry e")
    kept: Any = await given.value("SELECT count(*) FROM kernel.idempotency_key")

    assert app.secret not in log
    assert all(one not in log for one in app.recovery_codes)
    assert kept == 0
