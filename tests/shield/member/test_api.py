"""The staff doors of members: the list, one member's page, corrections, leaving and returning."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from backoffice.kernel.identifiers import new_id
from tests.shield.conftest import AdminOf
from tests.shield.making import Given

USERS = "/v1/admin/users"


async def test_a_listed_user_has_the_shape_of_the_contract(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(plan_id="plan_premium", first_name="John", last_name="Doe")
    claim = await given.claim(member, status="approved", requested_minor=300_000)
    await given.claim(member)
    await given.payout(claim, 250_000, status="completed", account_id=await given.account(member))
    client = await admin_of("support")

    answer = await client.get(USERS)

    data = answer.json()["data"]
    assert answer.status_code == 200
    assert data["pagination"] == {"current_page": 1, "total_pages": 1, "total_items": 1, "items_per_page": 20}
    user = data["users"][0]
    assert (user["id"], user["profile"]["address"]["city"], user["deactivation"]) == (member.id, "Austin", None)
    assert user["plan"] == {
        "id": "plan_premium",
        "name": "Premium Shield",
        "monthly_cost": 29.99,
        "coverage_amount": 5000.00,
    }
    assert user["claim_summary"] == {
        "total_claims": 2,
        "pending_claims": 1,
        "approved_claims": 1,
        "total_paid_out": 2500.00,
    }
    assert user["banking_info"] == {
        "has_banking_info": True,
        "bank_name": "Chase Bank",
        "account_type": "checking",
        "account_last_four": "5678",
        "routing_last_four": "0021",
    }
    assert '"total_paid_out":2500.00' in answer.text, "money has two decimals"


async def test_the_list_is_filtered_by_every_filter(given: Given, admin_of: AdminOf) -> None:
    now = datetime.now(UTC)
    basic = await given.member(plan_id="plan_basic", signup_date=now - timedelta(days=3))
    pending = await given.member(plan_id=None, status="pending", signup_date=now - timedelta(days=2))
    paid = await given.member(signup_date=now - timedelta(days=1))
    await given.claim(basic, status="under_review")
    await given.claim(paid, status="paid")
    client = await admin_of("support")

    async def found(**query: str) -> list[str]:
        data = (await client.get(USERS, params=query)).json()["data"]
        assert data["pagination"]["total_items"] == len(data["users"])
        return [user["id"] for user in data["users"]]

    assert await found() == [paid.id, pending.id, basic.id]
    assert await found(status="pending") == [pending.id]
    assert await found(plan="plan_basic") == [basic.id]
    assert await found(claim_status="none") == [pending.id]
    assert await found(claim_status="pending") == [basic.id]
    assert await found(claim_status="approved") == []
    assert await found(claim_status="paid") == [paid.id]
    assert await found(claim_status="denied", status="active") == []
    day = (now - timedelta(days=2)).date().isoformat()
    assert await found(signup_date_to=day) == [pending.id, basic.id], "a bare date includes its day"
    assert await found(signup_date_from=day, signup_date_to=day) == [pending.id]


async def test_a_name_is_found_as_people_type_it(given: Given, admin_of: AdminOf) -> None:
    client = await admin_of()
    names = [("José", "Núñez"), ("İlker", "Çelik"), ("Anna", "Straẞer"), ("小王", "明"), ("Ann", "O\u2019Brien")]
    ids = [(await given.member(first_name=first, last_name=last)).id for first, last in names]
    searches = [
        ["jose nunez", "nunez jose", "Nunez", unicodedata.normalize("NFD", "José Núñez")],
        ["İlker", "ilker", "ILKER celik"],
        ["strasser", "straßer anna"],
        ["王", "明"],
        ["O'Brien", "obrien ann"],
    ]

    for member_id, some in zip(ids, searches, strict=True):
        for search in some:
            users = (await client.get(USERS, params={"search": search})).json()["data"]["users"]
            assert [user["id"] for user in users] == [member_id], search
    for nothing in ("%", "_", "\\", "'"):
        assert (await client.get(USERS, params={"search": nothing})).json()["data"]["users"] == [], nothing


async def test_the_search_finds_name_e_mail_and_id_by_their_beginning(given: Given, admin_of: AdminOf) -> None:
    ann = await given.member(first_name="Ann", last_name="O'Hara", email="ann_o@example.com")
    await given.member(first_name="Bob", last_name="Smith", email="annexo@example.com")
    client = await admin_of("support")

    async def found(search: str) -> list[str]:
        return [user["id"] for user in (await client.get(USERS, params={"search": search})).json()["data"]["users"]]

    for search in ("ann o'h", "O'HARA", "ANN_O", "ann_o@example.com", ann.id, ann.id[:20].upper()):
        assert ann.id in await found(search), search
    assert await found("ann_o") == [ann.id], "an underscore is no wildcard"
    assert await found("%") == []


async def test_the_list_is_sorted_both_ways(given: Given, admin_of: AdminOf) -> None:
    now = datetime.now(UTC)
    one = await given.member(last_name="Adams", signup_date=now - timedelta(days=2), last_activity=now)
    two = await given.member(last_name="baker", signup_date=now - timedelta(days=1))
    client = await admin_of("auditor")

    async def first(**query: str) -> str:
        return str((await client.get(USERS, params={**query, "limit": "1"})).json()["data"]["users"][0]["id"])

    assert await first(sort_by="name") == await first(sort_by="name", sort_order="asc") == one.id
    assert await first(sort_by="name", sort_order="desc") == two.id
    assert await first(sort_by="signup_date") == two.id
    assert await first(sort_by="signup_date", sort_order="asc") == one.id
    assert await first(sort_by="last_activity") == one.id
    assert await first(sort_by="last_activity", sort_order="asc") == two.id


@pytest.mark.parametrize(
    "query",
    [
        "status=gone",
        "claim_status=x",
        "sort_by=x",
        "limit=0",
        "signup_date_from=x",
        "signup_date_to=9999-12-31",
        "signup_date_from=2026-02-02&signup_date_to=2026-02-01",
    ],
)
async def test_a_wrong_filter_is_refused(given: Given, admin_of: AdminOf, query: str) -> None:
    answer = await (await admin_of("support")).get(f"{USERS}?{query}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")


async def test_a_members_page_shows_all_and_its_view_is_audited(given: Given, admin_of: AdminOf) -> None:
    member = await given.member()
    account = await given.account(member)
    claim = await given.claim(member, status="approved")
    payout = await given.payout(claim, 10_000, account_id=account)
    client = await admin_of("support")

    answer = await client.get(f"{USERS}/{member.id}")

    data = answer.json()["data"]
    assert answer.status_code == 200
    assert (data["plan"]["id"], data["banking_info"]["account_number_masked"]) == ("plan_premium", "****5678")
    assert (data["banking_info"]["id"], data["banking_info"]["verified"]) == (account, True)
    assert [one["id"] for one in data["claims"]] == [claim.id]
    assert [one["id"] for one in data["payouts"]] == [payout]
    assert (data["payment_history"]["total_paid"], data["notes"], data["audit_log"]) == (0, [], [])
    assert await given.audited("user.viewed") == [("user.viewed", f"user:{member.id}", client.admin.id)]


async def test_a_correction_changes_what_differs_and_shows_its_entry(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(first_name="John", phone="+1234567890")
    client = await admin_of("support")
    body = {
        "profile": {"first_name": "Jonathan", "last_name": None, "phone": None, "address": {"street": "456 New St"}},
        "change_reason": "User requested name correction",
    }

    answer = await client.patch(f"{USERS}/{member.id}", json=body)

    data = answer.json()["data"]
    assert answer.status_code == 200
    assert data["updated_fields"] == ["profile.first_name", "profile.phone", "profile.address.street"]
    entry = data["audit_entry"]
    assert (entry["action"], entry["admin_id"]) == ("user_profile_update", client.admin.shown_id)
    assert (entry["admin_email"], entry["reason"]) == (client.admin.email, "User requested name correction")
    assert {"field": "profile.first_name", "old_value": "John", "new_value": "Jonathan"} in entry["changes"]
    stored = await given.value("SELECT before::text || after::text FROM kernel.audit_entry WHERE action LIKE 'user.%%'")
    assert "Jonathan" not in stored and "profile.first_name" in stored, "names are sealed in the log"


async def test_a_members_page_shows_notes_and_the_audit_log_in_plain(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(first_name="John")
    claim = await given.claim(member)
    client = await admin_of("support")
    note_id = new_id("note")
    async with given.write() as tx:
        tx.record("noted", claim.id)
        await tx.run(
            """
            INSERT INTO shield.claim_note (id, claim_id, author_id, content, is_internal)
                 VALUES (%(id)s, %(claim_id)s, %(author_id)s, 'Called the employer', true)
            """,
            id=note_id,
            claim_id=claim.id,
            author_id=client.admin.id,
        )
    body = {"profile": {"first_name": "Jonathan"}, "change_reason": "Typo"}
    await client.patch(f"{USERS}/{member.id}", json=body)

    data = (await client.get(f"{USERS}/{member.id}")).json()["data"]

    assert [(note["id"], note["admin_id"]) for note in data["notes"]] == [(note_id, client.admin.shown_id)]
    assert [entry["action"] for entry in data["audit_log"]] == ["user_profile_update"]
    assert data["audit_log"][0]["changes"] == [
        {"field": "profile.first_name", "old_value": "John", "new_value": "Jonathan"}
    ]


async def test_a_social_security_number_in_a_reason_is_refused(given: Given, admin_of: AdminOf) -> None:
    member, client = await given.member(first_name="John"), await admin_of("support")
    body = {"profile": {"first_name": "Jon"}, "change_reason": "Their SSN is 917-26-5358"}

    answer = await client.patch(f"{USERS}/{member.id}", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert "917-26-5358" not in answer.text


async def test_looking_at_a_member_does_not_push_their_changes_off_the_page(given: Given, admin_of: AdminOf) -> None:
    member, client = await given.member(first_name="John"), await admin_of("support")
    body = {"profile": {"first_name": "Jonathan"}, "change_reason": "Typo"}
    await client.patch(f"{USERS}/{member.id}", json=body)
    for _ in range(21):
        await client.get(f"{USERS}/{member.id}")

    data = (await client.get(f"{USERS}/{member.id}")).json()["data"]

    assert [entry["action"] for entry in data["audit_log"]] == ["user_profile_update"]


@pytest.mark.parametrize(("role", "shows"), [("support", False), ("claims_handler", False), ("auditor", True)])
async def test_where_colleagues_were_is_shown_to_those_who_read_the_audit_log(
    given: Given, admin_of: AdminOf, role: str, shows: bool
) -> None:
    member = await given.member(first_name="John")
    body = {"profile": {"first_name": "Jonathan"}, "change_reason": "Typo"}
    await (await admin_of("support")).patch(f"{USERS}/{member.id}", json=body)

    data = (await (await admin_of(role)).get(f"{USERS}/{member.id}")).json()["data"]

    [entry] = data["audit_log"]
    assert bool(entry["ip_address"]) is bool(entry["user_agent"]) is shows


async def test_a_correction_of_nothing_records_nothing(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(first_name="John")
    body = {"profile": {"first_name": "John"}, "change_reason": "Checked"}

    answer = await (await admin_of("support")).patch(f"{USERS}/{member.id}", json=body)

    assert answer.json()["data"] == {"user_id": member.id, "updated_fields": [], "audit_entry": None}
    assert await given.audited("user.profile_update") == []


async def test_a_new_e_mail_is_nobody_elses_and_the_old_one_is_remembered(given: Given, admin_of: AdminOf) -> None:
    member, other = await given.member(email="old@example.com"), await given.member()
    client = await admin_of("support")

    taken = await client.patch(f"{USERS}/{member.id}", json={"email": other.email.upper(), "change_reason": "x"})
    free = await client.patch(f"{USERS}/{member.id}", json={"email": "new@example.com", "change_reason": "x"})

    assert (taken.status_code, taken.json()["error"]["code"], free.status_code) == (409, "CONFLICT", 200)
    sql = "SELECT m.email || ' ' || f.email FROM shield.member m JOIN shield.member_email f ON f.member_id = m.id"
    assert await given.value(sql) == "new@example.com old@example.com"


@pytest.mark.parametrize("role", ["finance", "auditor"])
async def test_only_who_may_write_users_corrects_them(given: Given, admin_of: AdminOf, role: str) -> None:
    member = await given.member()
    body = {"profile": {"first_name": "Eve"}, "change_reason": "x"}

    answer = await (await admin_of(role)).patch(f"{USERS}/{member.id}", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


async def test_who_is_unknown_is_not_found(given: Given, admin_of: AdminOf) -> None:
    client = await admin_of("support")

    answers = [
        await client.get(f"{USERS}/user_unknown"),
        await client.patch(f"{USERS}/user_unknown", json={"change_reason": "x"}),
        await client.post(f"{USERS}/user_unknown/deactivate", json={"reason": "other"}),
        await client.post(f"{USERS}/user_unknown/reactivate", json={"reason": "x"}),
        await client.patch(f"{USERS}/user_unknown/plan", json={"plan_id": "plan_basic", "change_reason": "x"}),
        await client.delete(f"{USERS}/user_unknown/plan/scheduled"),
    ]

    assert [(one.status_code, one.json()["error"]["code"]) for one in answers] == [(404, "NOT_FOUND")] * 6
