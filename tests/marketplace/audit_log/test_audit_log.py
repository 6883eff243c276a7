"""The audit log's doors: every filter, one entry, what to filter by; personal values as long as their key is there."""

from typing import Any

import httpx
import pytest

from backoffice.marketplace.customer import rules
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path

AUDIT = "/api/v1/admin/audit"


async def entries(staff: httpx.AsyncClient, **filters: Any) -> list[dict[str, Any]]:
    """What is shown under these filters; the total says the same."""
    answer = await staff.get(AUDIT, params=filters)
    assert answer.status_code == 200, answer.text
    assert answer.json()["meta"]["total_items"] == len(answer.json()["data"])
    return answer.json()["data"]  # type: ignore[no-any-return]


async def test_an_entry_says_who_did_what_to_whom_and_from_where(path: Path, staff_of: StaffOf) -> None:
    customer = await path.customer()
    staff = await staff_of()
    looked = await staff.get(f"/api/v1/admin/users/{customer['id']}", headers={"User-Agent": "tests"})

    viewed, created = await entries(staff, user_id=customer["id"])

    assert (viewed["actor"]["id"], viewed["actor"]["type"]) == (staff.staff.id, "staff")
    assert viewed["actor"]["email"] == staff.staff.email
    assert (viewed["action"], viewed["resource_type"], viewed["resource_id"]) == (
        "user.viewed",
        "user",
        str(customer["id"]),
    )
    assert (viewed["request_id"], viewed["user_agent"]) == (looked.headers["X-Request-Id"], "tests")
    assert (created["actor"]["type"], created["actor"]["id"]) == ("platform", None)
    assert {"field": "name", "old_value": None, "new_value": "Asha Rao 1"} in created["changes"]


@pytest.mark.parametrize(
    ("filters", "actions"),
    [
        ({}, ["user.viewed", "user.created", "user.created"]),
        ({"action": "user.created"}, ["user.created", "user.created"]),
        ({"action": "user.created", "user_id": 1}, ["user.created"]),
        ({"resource_type": "user"}, ["user.viewed", "user.created", "user.created"]),
        ({"resource_type": "booking"}, []),
        ({"resource_type": "user", "resource_id": 1}, ["user.viewed", "user.created"]),
        ({"resource_id": 2}, ["user.created"]),
        ({"from_date": "2020-01-01", "to_date": "2020-12-31"}, []),
        ({"from_date": "2020-01-01", "resource_type": "user"}, ["user.viewed", "user.created", "user.created"]),
        ({"request_id": "nobody's"}, []),
        ({"actor_id": 987654321}, []),
    ],
)
async def test_filters_choose_entries(
    path: Path, staff_of: StaffOf, given: Given, filters: dict[str, Any], actions: list[str]
) -> None:
    first = (await path.customer())["id"]
    await path.customer()
    staff = await staff_of()
    await staff.get(f"/api/v1/admin/users/{first}")
    shifted = {
        name: value + first - 1 if name in ("user_id", "resource_id") else value for name, value in filters.items()
    }

    found = [one["action"] for one in await entries(staff, **shifted) if one["resource_type"] == "user"]

    assert found == actions


async def test_what_one_request_and_one_person_did_is_found(path: Path, staff_of: StaffOf) -> None:
    customer = await path.customer()
    staff, other = await staff_of(), await staff_of()
    looked = await staff.get(f"/api/v1/admin/users/{customer['id']}")
    await other.get(f"/api/v1/admin/users/{customer['id']}")
    request = looked.headers["X-Request-Id"]

    [by_id], [by_search] = await entries(staff, request_id=request), await entries(staff, search=request)

    assert by_id == by_search
    assert by_id["actor"]["id"] == staff.staff.id
    assert [one["actor"]["id"] for one in await entries(staff, actor_id=other.staff.id)] == [other.staff.id]


async def test_one_entry_is_shown_and_one_of_another_product_is_not(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    customer = await path.customer()
    staff = await staff_of()
    [listed] = await entries(staff, user_id=customer["id"])
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            """
            INSERT INTO kernel.audit_entry (id, at, product, actor_kind, actor_id, actor_label, action, subject,
                                            address, agent, request_id, digest)
                 VALUES ('01900000-0000-7000-8000-000000000001', now(), 'shield', 'system', 0, 'x', 'claim.paid',
                         'claim:1', '', '', '', '')
            """
        )

    shown = await staff.get(f"{AUDIT}/{listed['id']}")
    hidden = await staff.get(f"{AUDIT}/01900000-0000-7000-8000-000000000001")

    assert shown.json()["data"] == listed
    assert (hidden.status_code, hidden.json()["error"]["code"]) == (404, "AUDIT_ENTRY_NOT_FOUND")


async def test_actions_and_resource_types_are_those_of_the_log(path: Path, staff_of: StaffOf) -> None:
    await path.done()
    staff = await staff_of()

    actions = (await staff.get(f"{AUDIT}/actions")).json()["data"]
    kinds = (await staff.get(f"{AUDIT}/resource-types")).json()["data"]

    assert {"user.created", "booking.created"} <= set(actions)
    assert kinds == sorted({action.split(".")[0] for action in actions})


async def test_what_is_said_of_a_person_whose_key_is_destroyed_is_gone(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    customer = await path.customer(name="Asha Rao")
    staff = await staff_of()
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run("DELETE FROM kernel.data_key WHERE data_subject = %(person)s", person=rules.person(customer["id"]))

    [entry] = await entries(staff, user_id=customer["id"])

    assert {"field": "name", "old_value": None, "new_value": "[destroyed]"} in entry["changes"]
    assert "Asha" not in str(entry)


async def test_the_log_is_for_those_who_may_read_it(staff_of: StaffOf) -> None:
    answer = await (await staff_of("support_agent")).get(AUDIT)

    assert answer.status_code == 403
    assert answer.json()["error"]["required_permission"] == "audit:read"
