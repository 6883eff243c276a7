"""The audit log through its door: filters, names, opened and destroyed values, totals, who may read it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backoffice.kernel.audit.entry import Act, personal
from tests.conftest import superuser
from tests.making import fold_all
from tests.shield.conftest import AdminOf
from tests.shield.making import Admin, Given, Member

LOG = "/v1/admin/audit-log"


class Done(Act):
    PROFILE = "user.profile_update"
    AMOUNT = "claim.amount_update"
    KEY = "api_key.created"


async def corrected(given: Given, admin: Admin, member: Member, new: str = "Jonathan") -> None:
    async with given.write(admin.actor) as tx:
        tx.audit(
            Done.PROFILE,
            member.id,
            before={"profile.first_name": personal("John"), "profile.annual_income": personal(7_500_000)},
            after={"profile.first_name": personal(new), "profile.annual_income": personal(8_000_050)},
            reason="Asked for it",
            person=f"shield:{member.id}",
        )


async def approved(given: Given, admin: Admin, claim_id: str) -> None:
    async with given.write(admin.actor) as tx:
        tx.audit(Done.AMOUNT, claim_id, before={"amount_approved": None}, after={"amount_approved": 250_000})


async def entries(client: Any, **filters: Any) -> list[dict[str, Any]]:
    answer = await client.get(LOG, params=filters)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert data["pagination"]["total_items"] == len(data["entries"])
    return data["entries"]  # type: ignore[no-any-return]


async def test_an_entry_is_shown_as_the_contract_writes_it(given: Given, admin_of: AdminOf) -> None:
    auditor, admin, member = await admin_of("auditor"), await given.admin("support"), await given.member()
    await corrected(given, admin, member)

    [entry] = await entries(auditor)

    assert entry["id"].startswith("audit_")
    assert entry["admin"] == {"id": admin.shown_id, "email": admin.email, "name": "Support 2"}
    assert (entry["action"], entry["resource_type"], entry["resource_id"]) == ("user_profile_update", "user", member.id)
    assert entry["changes"] == [
        {"field": "profile.first_name", "old_value": "John", "new_value": "Jonathan"},
        {"field": "profile.annual_income", "old_value": 75000.00, "new_value": 80000.50},
    ]
    assert (entry["reason"], entry["ip_address"], entry["user_agent"]) == ("Asked for it", "", "")
    assert entry["timestamp"].endswith("Z")


async def test_a_time_is_shown_alike_in_the_answer_to_its_act_and_in_the_log(given: Given, admin_of: AdminOf) -> None:
    support, auditor, member = await admin_of("support"), await admin_of("auditor"), await given.member()
    body = {"reason": "other", "effective_date": "2099-12-01T00:00:00.123456+02:00"}

    answer = await support.post(f"/v1/admin/users/{member.id}/deactivate", json=body)

    changes = answer.json()["data"]["audit_entry"]["changes"]
    assert {"field": "deactivation.date", "old_value": None, "new_value": "2099-11-30T22:00:00Z"} in changes
    [entry] = await entries(auditor)
    assert [change for change in entry["changes"] if change not in changes] == []
    export = (await auditor.get(f"{LOG}/export?format=jsonl")).text
    assert '"new_value":"2099-11-30T22:00:00Z"' in export
    assert '"deactivation.date":"2099-11-30T22:00:00.123456+00:00"' in export


async def test_each_filter_finds_its_entries_and_their_total(given: Given, admin_of: AdminOf) -> None:
    auditor = await admin_of("auditor")
    sara, omar = await given.admin("support"), await given.admin("claims_handler")
    john, jane = await given.member(), await given.member()
    await corrected(given, sara, john)
    await corrected(given, omar, jane)
    await approved(given, omar, "claim_1")
    today, tomorrow = datetime.now(UTC).date(), datetime.now(UTC).date() + timedelta(days=1)

    async def found(**filters: Any) -> list[tuple[str, str]]:
        return [(entry["admin"]["id"], entry["action"]) for entry in await entries(auditor, **filters)]

    by_sara, by_omar = (sara.shown_id, "user_profile_update"), (omar.shown_id, "user_profile_update")
    amount = (omar.shown_id, "claim_amount_update")
    assert await found() == [amount, by_omar, by_sara]
    assert await found(admin_id=omar.shown_id) == [amount, by_omar]
    assert await found(user_id=john.id) == [by_sara]
    assert await found(action="user_profile_update") == [by_omar, by_sara]
    assert await found(action="user_profile_update", admin_id=sara.shown_id) == [by_sara]
    assert await found(date_from=str(today), date_to=str(today)) == [amount, by_omar, by_sara]
    assert await found(date_from=str(tomorrow)) == []
    assert await found(admin_id=omar.shown_id, user_id=jane.id, action="user_profile_update", date_from=str(today)) == [
        by_omar
    ]


@pytest.mark.parametrize("filters", [{"admin_id": "admin_nobody"}, {"user_id": "user_nobody"}, {"action": "flying"}])
async def test_what_does_not_exist_finds_nothing(filters: Any, given: Given, admin_of: AdminOf) -> None:
    await corrected(given, await given.admin(), await given.member())

    assert await entries(await admin_of("auditor"), **filters) == []


async def test_pages_follow_each_other_newest_first(given: Given, admin_of: AdminOf) -> None:
    auditor, admin = await admin_of("auditor"), await given.admin()
    for number in range(5):
        await approved(given, admin, f"claim_{number}")

    pages = [(await auditor.get(LOG, params={"page": page, "limit": 2})).json()["data"] for page in (1, 2, 3)]

    assert [[entry["resource_id"] for entry in page["entries"]] for page in pages] == [
        ["claim_4", "claim_3"],
        ["claim_2", "claim_1"],
        ["claim_0"],
    ]
    assert pages[2]["pagination"] == {"current_page": 3, "total_pages": 3, "total_items": 5, "items_per_page": 2}


async def test_a_destroyed_key_leaves_the_entry_and_takes_its_personal_values(given: Given, admin_of: AdminOf) -> None:
    admin, john, jane = await given.admin(), await given.member(), await given.member()
    await corrected(given, admin, john)
    await corrected(given, admin, jane, "Janet")
    async with given.write() as tx:
        tx.record("key destroyed", john.id)
        await tx.run("DELETE FROM kernel.data_key WHERE data_subject = %(person)s", person=f"shield:{john.id}")

    janes, johns = await entries(await admin_of("auditor"))

    assert [change["new_value"] for change in janes["changes"]] == ["Janet", 80000.50]
    assert {value for change in johns["changes"] for value in (change["old_value"], change["new_value"])} == {
        "[destroyed]"
    }


async def test_platform_and_system_are_named_without_an_address(given: Given, admin_of: AdminOf) -> None:
    await given.api_key("members:write")

    [entry] = await entries(await admin_of("auditor"), action="api_key_created")

    assert entry["admin"] == {"id": "system", "email": None, "name": "tests"}
    assert entry["resource_type"] == "api_key"


async def test_folding_the_tally_changes_no_total(given: Given, admin_of: AdminOf) -> None:
    auditor, sara, omar = await admin_of("auditor"), await given.admin(), await given.admin()
    for admin in (sara, sara, omar):
        await approved(given, admin, "claim_1")

    async def totals() -> list[int]:
        wanted = ({}, {"admin_id": sara.shown_id}, {"action": "claim_amount_update", "admin_id": omar.shown_id})
        return [len(await entries(auditor, **filters)) for filters in wanted]

    assert await totals() == [3, 2, 1]
    for _ in range(2):
        async with given.write() as tx:
            await fold_all(tx)
    assert await given.value("SELECT count(*) FROM kernel.audit_tally WHERE action = 'claim.amount_update'") == 2
    await approved(given, sara, "claim_2")
    assert await totals() == [4, 3, 1]


async def test_other_products_entries_stay_out(given: Given, admin_of: AdminOf, server: Any) -> None:
    await approved(given, await given.admin(), "claim_1")
    with superuser(server) as connection:
        connection.execute(
            "INSERT INTO kernel.audit_entry SELECT uuidv7(), at, 'helpdesk', actor_kind, actor_id, actor_label, action,"
            " subject, data_subject, before, after, reason, address, agent, request_id, digest FROM kernel.audit_entry"
        )

    assert len(await entries(await admin_of("auditor"))) == 1


@pytest.mark.parametrize("role", ["claims_handler", "finance", "support"])
@pytest.mark.parametrize("path", [LOG, f"{LOG}/export"])
async def test_only_auditors_and_super_admins_read_it(path: str, role: str, admin_of: AdminOf) -> None:
    assert (await (await admin_of(role)).get(path)).status_code == 403
    assert (await (await admin_of("super_admin")).get(path)).status_code == 200


async def test_a_period_that_ends_before_it_begins_is_refused(admin_of: AdminOf) -> None:
    answer = await (await admin_of("auditor")).get(LOG, params={"date_from": "2026-02-01", "date_to": "2026-01-01"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
