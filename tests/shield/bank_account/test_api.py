"""The staff doors of bank accounts: masked, audited, unverified by every change, payouts held, people kept apart."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.shield.conftest import AdminOf, Platform
from tests.shield.making import Given, Member

NUMBER, ROUTING, BAD_ROUTING = "918273645546", "021000021", "987654321"
DETAILS = {
    "bank_name": "Bank of America",
    "account_holder_name": "John A Doe",
    "account_type": "checking",
    "account_number": NUMBER,
    "routing_number": ROUTING,
}
REASON = "User provided new bank details via phone support"


async def change(client: httpx.AsyncClient, member: Member, **sent: Any) -> httpx.Response:
    return await client.patch(f"/v1/admin/users/{member.id}/banking", json={"change_reason": REASON, **sent})


async def test_a_view_is_masked_and_audited(given: Given, admin_of: AdminOf) -> None:
    member = await given.member()
    account_id = await given.account(member)
    client = await admin_of("auditor")

    data = (await client.get(f"/v1/admin/users/{member.id}/banking")).json()["data"]

    assert data["account_number_masked"] == "****5678"
    assert data["routing_number_masked"] == "****0021"
    assert (data["id"], data["user_id"], data["verified"]) == (account_id, member.id, True)
    assert data["verification_method"] == "micro_deposits"
    assert await given.audited("banking.viewed") == [("banking.viewed", f"banking:{account_id}", client.admin.id)]


async def test_nobody_and_nothing_are_told_apart(given: Given, admin_of: AdminOf) -> None:
    member, client = await given.member(), await admin_of("support")

    nobody = await client.get("/v1/admin/users/user_nobody/banking")
    nothing = await client.get(f"/v1/admin/users/{member.id}/banking")

    assert (nobody.status_code, nobody.json()["error"]["message"]) == (404, "User user_nobody not found")
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert "no bank account" in nothing.json()["error"]["message"]


async def test_a_change_makes_the_account_unverified_and_holds_payouts_for_a_day(
    given: Given, admin_of: AdminOf
) -> None:
    member = await given.member()
    claim = await given.claim(member, status="approved")
    account_id = await given.account(member)
    payout_id = await given.payout(claim, 100_000, account_id=account_id)
    client = await admin_of("support")

    answer = await change(client, member, **DETAILS)

    data = answer.json()["data"]
    assert answer.status_code == 200
    assert (data["verified"], data["warning"], data["account_number_masked"]) == (False, None, "****5546")
    held = datetime.fromisoformat(data["hold_until"])
    assert timedelta(hours=23) < held - datetime.now(UTC) <= timedelta(hours=24)
    until = await given.value("SELECT held_until FROM shield.payout WHERE id = %(id)s", id=payout_id)
    assert abs(until - held) < timedelta(seconds=2)
    assert await given.audited("banking.info_updated") == [
        ("banking.info_updated", f"banking:{account_id}", client.admin.id)
    ]

    assert await given.audited("payout.held") == [("payout.held", f"payout:{payout_id}", client.admin.id)]


@pytest.mark.parametrize("written", [NUMBER, f"from {NUMBER}", " ".join(NUMBER), f"{NUMBER[:4]}-{NUMBER[4:]}", ROUTING])
async def test_a_reason_that_holds_a_number_is_refused_and_changes_nothing(
    given: Given, admin_of: AdminOf, written: str
) -> None:
    member = await given.member()
    await given.account(member)
    client = await admin_of("support")

    answer = await change(client, member, **DETAILS | {"change_reason": f"Typed {written}"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert written not in answer.text
    assert await given.audited("banking.info_updated") == []


async def test_the_audit_entry_in_the_answer_is_masked(given: Given, admin_of: AdminOf) -> None:
    member = await given.member()
    await given.account(member)
    client = await admin_of("support")

    answer = await change(client, member, account_number=NUMBER)
    entry = answer.json()["data"]["audit_entry"]

    assert entry["action"] == "banking_info_updated"
    assert (entry["admin_id"], entry["reason"]) == (client.admin.shown_id, REASON)
    assert entry["changes"] == [
        {"field": "account_number", "old_value": "****5678", "new_value": "****5546"},
        {"field": "verified", "old_value": True, "new_value": False},
    ]
    assert NUMBER not in answer.text


async def test_the_same_details_again_change_nothing(given: Given, admin_of: AdminOf) -> None:
    member, client = await given.member(), await admin_of("support")
    first = (await change(client, member, **DETAILS)).json()["data"]

    again = (await change(client, member, **DETAILS)).json()["data"]

    assert again["audit_entry"] is None
    assert (again["last_updated"], again["hold_until"]) == (first["last_updated"], first["hold_until"])
    assert len(await given.audited("banking.info_updated")) == 1


async def test_a_first_account_needs_every_detail(given: Given, admin_of: AdminOf) -> None:
    member, client = await given.member(), await admin_of("support")

    answer = await change(client, member, bank_name="Chase")

    assert answer.status_code == 400
    assert "account_holder_name, account_type, account_number, routing_number" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"account_number": "12 34"},
        {"account_number": "123"},
        {"account_number": "1" * 18},
        {"account_number": "١٢٣٤٥٦"},
        {"routing_number": "02100002"},
        {"routing_number": "0210000211"},
        {"account_type": "gold"},
        {"bank_name": ""},
    ],
)
async def test_what_is_no_bank_detail_is_refused_without_being_repeated(
    given: Given, admin_of: AdminOf, wrong: dict[str, str]
) -> None:
    member, client = await given.member(), await admin_of("support")

    answer = await change(client, member, **{**DETAILS, **wrong})

    (field, value), error = next(iter(wrong.items())), answer.json()["error"]
    assert (answer.status_code, error["code"], error["details"][0]["field"]) == (400, "VALIDATION_ERROR", field)
    assert "number" not in field or value not in answer.text


async def test_a_wrong_checksum_is_kept_with_a_warning_and_no_override_verifies_it(
    given: Given, admin_of: AdminOf
) -> None:
    member, client = await given.member(), await admin_of("super_admin")

    answer = await change(client, member, **{**DETAILS, "routing_number": BAD_ROUTING, "skip_verification": True})

    data = answer.json()["data"]
    assert (answer.status_code, data["verified"]) == (200, False)
    assert "checksum" in data["warning"]


async def test_only_whoever_may_override_skips_the_verification(given: Given, admin_of: AdminOf) -> None:
    member = await given.member()
    support, root = await admin_of("support"), await admin_of("super_admin")

    refused = await change(support, member, **DETAILS, skip_verification=True)
    done = (await change(root, member, **DETAILS, skip_verification=True)).json()["data"]

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert (done["verified"], done["verification_method"]) == (True, "override")
    assert done["hold_until"] is not None


async def test_an_account_as_it_stands_can_be_verified_by_override(given: Given, admin_of: AdminOf) -> None:
    member, root = await given.member(), await admin_of("super_admin")
    await given.account(member, verified=False)

    done = (await change(root, member, skip_verification=True)).json()["data"]

    assert (done["verified"], done["hold_until"]) == (True, None)
    assert done["audit_entry"]["changes"] == [{"field": "verified", "old_value": False, "new_value": True}]


@pytest.mark.parametrize("role", ["finance", "auditor"])
async def test_who_has_no_business_with_users_changes_no_account(given: Given, admin_of: AdminOf, role: str) -> None:
    member, client = await given.member(), await admin_of(role)

    assert (await change(client, member, **DETAILS)).status_code == 403
    assert (await client.post("/v1/admin/banking/search", json={"account_number": NUMBER})).status_code == 403


async def test_nobody_pays_to_an_account_they_changed_not_even_a_super_admin(
    given: Given, admin_of: AdminOf, platform: Platform
) -> None:
    member = await given.member()
    claim = await given.claim(member, status="approved")
    await given.account(member)
    root, finance = await admin_of("super_admin"), await admin_of("finance")
    await change(root, member, **DETAILS, skip_verification=True)
    async with given.write() as tx:
        tx.record("time passed", member.id)
        await tx.run("UPDATE shield.bank_account SET hold_until = NULL WHERE member_id = %(id)s", id=member.id)
        await tx.run("UPDATE shield.claim SET account_version = (SELECT version FROM shield.bank_account)")
    wanted = {"claim_id": claim.id, "amount": 10, "method": "ach"}

    own = await root.post("/v1/admin/payouts", json=wanted)
    other = await finance.post("/v1/admin/payouts", json=wanted)

    assert (own.status_code, own.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert other.status_code in {200, 201}


async def test_while_it_is_held_or_unverified_nobody_pays_to_it(given: Given, admin_of: AdminOf) -> None:
    member = await given.member()
    claim = await given.claim(member, status="approved")
    await given.account(member)
    support, finance = await admin_of("support"), await admin_of("finance")
    await change(support, member, **DETAILS)
    wanted = {"claim_id": claim.id, "amount": 10, "method": "ach"}

    on_hold = await finance.post("/v1/admin/payouts", json=wanted)
    async with given.write() as tx:
        tx.record("time passed", member.id)
        await tx.run("UPDATE shield.bank_account SET hold_until = NULL WHERE member_id = %(id)s", id=member.id)
    unverified = await finance.post("/v1/admin/payouts", json=wanted)

    assert (on_hold.status_code, unverified.status_code) == (409, 409)
    assert "was changed" in on_hold.json()["error"]["message"]
    assert "not verified" in unverified.json()["error"]["message"]


async def test_the_correction_the_bank_asked_for_is_made_by_numbers_and_not_by_labels(
    given: Given, admin_of: AdminOf
) -> None:
    member, client = await given.member(), await admin_of("support")
    await given.account(member)
    async with given.write() as tx:
        tx.record("correction wanted", member.id)
        await tx.run("UPDATE shield.bank_account SET correction_pending = true WHERE member_id = %(id)s", id=member.id)

    label = (await change(client, member, bank_name="Chase")).json()["data"]
    number = (await change(client, member, account_number=NUMBER)).json()["data"]

    assert (label["correction_pending"], number["correction_pending"]) == (True, False)


async def test_an_account_is_found_by_its_exact_number_and_the_search_is_audited(
    given: Given, admin_of: AdminOf
) -> None:
    one, two = await given.member(), await given.member()
    client = await admin_of("support")
    for member in (one, two):
        await change(client, member, **DETAILS)

    async def search(number: str) -> dict[str, Any]:
        answer = await client.post("/v1/admin/banking/search", json={"account_number": number})
        assert NUMBER not in answer.text
        return answer.json()["data"]  # type: ignore[no-any-return]

    found = await search(NUMBER)
    assert [row["user_id"] for row in found["accounts"]] == [one.id, two.id]
    assert found["pagination"]["total_items"] == 2
    assert (await search(NUMBER[:-1]))["accounts"] == []
    subjects = [subject for _, subject, _ in await given.audited("banking.searched")]
    assert sorted(subjects) == sorted([*(f"banking:{row['id']}" for row in found["accounts"]), "banking:none"])
