"""What the platform tells: new members, what they changed, enrolments and premiums."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.jobs.queue import JobRun
from backoffice.shield.plan import jobs
from tests.shield.conftest import AdminOf, Platform
from tests.shield.making import Given

MEMBERS = "/v1/platform/members"
STATUS = "SELECT status FROM shield.member WHERE id = %(id)s"
NEXT = "SELECT next_billing_date::date::text FROM shield.subscription WHERE member_id = %(id)s AND ended_at IS NULL"


def body(**facts: Any) -> dict[str, Any]:
    profile = {"first_name": "Ada", "last_name": "Lovelace", "ssn": "123-45-6789", "annual_income": 75000.5}
    return {"email": "ada@example.com", "external_id": "p-1", "profile": profile, **facts}


async def create(client: httpx.AsyncClient, **facts: Any) -> str:
    answer = await client.post(MEMBERS, json=body(**facts))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


async def test_a_new_member_is_pending_and_their_ssn_is_sealed(given: Given, platform: Platform) -> None:
    client = await platform("members:write")

    answer = await client.post(MEMBERS, json=body())

    data = answer.json()["data"]
    assert (answer.status_code, data["status"], data["external_id"]) == (201, "pending", "p-1")
    row = await given.value("SELECT to_jsonb(m) FROM shield.member m WHERE id = %(id)s", id=data["id"])
    assert (row["ssn_last_four"], row["annual_income_minor"]) == ("6789", 7_500_050)
    assert "123456789" not in str(row) and "123-45-6789" not in answer.text
    sealed = bytes.fromhex(row["ssn_sealed"].removeprefix("\\x"))
    opened = given.house.keys.decrypt(row["ssn_key_id"], sealed, bound_to=data["id"])
    assert opened == b"123456789"


async def test_a_new_member_brings_their_dates(platform: Platform, admin_of: AdminOf) -> None:
    dates = {"signup_date": "2024-01-15T10:30:00Z", "last_activity": "2024-03-20T14:22:00Z"}
    profile = {"first_name": "Ada", "last_name": "Lovelace", "date_of_birth": "1990-05-15"}

    await create(await platform("members:write"), profile=profile, **dates)

    [listed] = (await (await admin_of("support")).get("/v1/admin/users")).json()["data"]["users"]
    assert {name: listed[name] for name in dates} == dates
    assert listed["profile"]["date_of_birth"] == "1990-05-15"


@pytest.mark.parametrize("same", [{"email": "ADA@example.com", "external_id": "p-2"}, {"email": "b@example.com"}])
async def test_e_mail_and_external_id_are_taken_once(given: Given, platform: Platform, same: dict[str, Any]) -> None:
    client = await platform("members:write")
    await create(client)

    answer = await client.post(MEMBERS, json=body(**same))

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")


@pytest.mark.parametrize("wrong", ["12-345-6789", "123456", "abc"])
async def test_a_wrong_ssn_is_refused_without_being_repeated(platform: Platform, wrong: str) -> None:
    answer = await (await platform("members:write")).post(
        MEMBERS, json=body(profile={"first_name": "A", "last_name": "B", "ssn": wrong})
    )

    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["field"] == "profile.ssn"
    assert wrong not in answer.text


async def test_a_key_without_the_scope_is_refused(platform: Platform) -> None:
    answer = await (await platform("claims:submit")).post(MEMBERS, json=body())

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


async def test_the_platform_corrects_a_member(given: Given, platform: Platform) -> None:
    client = await platform("members:write")
    member_id = await create(client)
    seen = datetime.now(UTC)
    sent = {
        "profile": {"phone": "+15125550199", "ssn": "987654321"},
        "last_activity": seen.isoformat(),
    }

    answer = await client.patch(f"{MEMBERS}/{member_id}", json=sent)

    assert answer.json()["data"]["updated_fields"] == ["profile.phone", "profile.ssn_last_four"]
    row = await given.value("SELECT to_jsonb(m) FROM shield.member m WHERE id = %(id)s", id=member_id)
    assert (row["phone"], row["ssn_last_four"]) == ("+15125550199", "4321")
    assert datetime.fromisoformat(row["last_activity"]) == seen
    log = await given.value("SELECT string_agg(before::text || after::text, '') FROM kernel.audit_entry")
    assert "987654321" not in log and "4321" not in log


async def test_enrolment_makes_a_member_active_and_premiums_move_the_billing_day(
    given: Given, platform: Platform, admin_of: AdminOf
) -> None:
    client = await platform("members:write")
    member_id = await create(client)
    sent = {"plan_id": "plan_basic", "effective_date": "2026-01-31T08:00:00Z", "payment_method": "card_ending_4242"}

    enrolled = await client.post(f"{MEMBERS}/{member_id}/enrolment", json=sent)
    again = await client.post(f"{MEMBERS}/{member_id}/enrolment", json=sent)
    due = [await given.value(NEXT, id=member_id)]
    for number in (1, 2):
        paid = {
            "amount": 14.99,
            "paid_at": f"2026-0{number}-28T00:00:00Z",
            "external_id": f"pay-{number}",
            "method": "card",
        }
        assert (await client.post(f"{MEMBERS}/{member_id}/payments", json=paid)).status_code == 201
        due.append(await given.value(NEXT, id=member_id))

    assert (enrolled.status_code, enrolled.json()["data"]["status"], again.status_code) == (201, "active", 409)
    assert due == ["2026-01-31", "2026-02-28", "2026-03-31"]
    page = (await (await admin_of("support")).get(f"/v1/admin/users/{member_id}")).json()["data"]
    assert page["payment_history"] == {
        "total_paid": 29.98,
        "last_payment_date": "2026-02-28T00:00:00Z",
        "last_payment_amount": 14.99,
        "payment_method": "card_ending_4242",
    }


async def test_a_premium_counts_once(given: Given, platform: Platform) -> None:
    client = await platform("members:write")
    member = await given.member()
    paid = {"amount": 29.99, "paid_at": "2026-03-15T00:00:00Z", "external_id": "pay-1", "method": "card"}
    path = f"{MEMBERS}/{member.id}/payments"

    first, again = await client.post(path, json=paid), await client.post(path, json=paid)
    other = await client.post(path, json={**paid, "amount": 30.00})

    assert (first.status_code, again.json(), other.status_code) == (201, first.json(), 409)
    assert await given.value("SELECT sum(amount_minor)::bigint FROM shield.premium_payment") == 2999


async def test_a_later_enrolment_begins_on_its_day(given: Given, platform: Platform) -> None:
    client = await platform("members:write")
    member_id = await create(client)
    later = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    sent = {"plan_id": "plan_basic", "effective_date": later, "payment_method": "card"}
    run = JobRun(given.house, system("shield", "tests"), Context(), 0)

    data = (await client.post(f"{MEMBERS}/{member_id}/enrolment", json=sent)).json()["data"]
    await jobs.begin_enrolments(run)
    before = await given.value(STATUS, id=member_id)
    async with given.write() as tx:
        tx.record("time passed", member_id)
        await tx.run("UPDATE shield.subscription SET enrolled_at = now() WHERE member_id = %(id)s", id=member_id)
    await jobs.begin_enrolments(run)

    assert (data["status"], before, await given.value(STATUS, id=member_id)) == ("pending", "pending", "active")


@pytest.mark.parametrize("amount", [0, -1, 14.999, "14.99"])
async def test_a_wrong_amount_is_refused(given: Given, platform: Platform, amount: Any) -> None:
    member = await given.member()
    paid = {"amount": amount, "paid_at": "2026-03-15T00:00:00Z", "external_id": "pay-1", "method": "card"}

    answer = await (await platform("members:write")).post(f"{MEMBERS}/{member.id}/payments", json=paid)

    assert answer.status_code == 400
