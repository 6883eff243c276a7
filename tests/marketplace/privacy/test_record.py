"""A customer's record holds all that is theirs, nothing of anybody else, and no word that staff keep to themselves."""

import pytest

from backoffice.marketplace.privacy import record
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.privacy.conftest import NOT_THEIRS, THEIRS, VENDORS, Whole, make_whole


async def test_every_part_of_a_record_holds_what_is_theirs(whole: Whole, staff_of: StaffOf) -> None:
    answer = await (await staff_of()).get(f"/api/v1/admin/users/{whole.id}/record")

    data = answer.json()["data"]
    assert data["profile"]["name"] == THEIRS
    parts = {name: len(rows) for name, rows in data.items() if isinstance(rows, list)}
    assert parts == dict.fromkeys(parts, 1) | {"refunds": 0, "takedown_appeals": 0, "messages": 2}
    assert data["bookings"][0]["street"] == data["disputes"][0]["description"] == THEIRS
    assert THEIRS in [one["message"] for one in data["messages"]]
    assert data["wallet"][0]["amount"] == data["profile"]["wallet_balance"] == 500


async def test_a_record_holds_nothing_of_other_people_and_no_internal_note(
    path: Path, given: Given, whole: Whole, staff_of: StaffOf
) -> None:
    await make_whole(path, given, name="Canaryother")
    staff = await staff_of()
    headers = {"Idempotency-Key": "notes"}
    written = {"reason": "Told", "internal_notes": NOT_THEIRS, "notify_user": False}
    await staff.post(f"/api/v1/admin/users/{whole.id}/suspend", json=written, headers=headers)

    answer = await staff.get(f"/api/v1/admin/users/{whole.id}/record")

    assert THEIRS in answer.text
    for canary in ("Canaryother", NOT_THEIRS, VENDORS, staff.staff.username, staff.staff.email):
        assert canary.lower() not in answer.text.lower()


async def test_a_record_of_many_rows_is_whole(
    path: Path, given: Given, whole: Whole, staff_of: StaffOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "ROWS_AT_ONCE", 2)
    service = await path.service()
    made = {(await path.booking(whole.id, service["id"]))["id"] for _ in range(6)}

    answer = await (await staff_of()).get(f"/api/v1/admin/users/{whole.id}/record")

    assert {one["id"] for one in answer.json()["data"]["bookings"]} == made | {whole.booking["id"]}


async def test_whoever_takes_a_record_is_in_the_audit_log_and_needs_the_right_to_personal_data(
    whole: Whole, staff_of: StaffOf, given: Given
) -> None:
    finance, staff = await staff_of("finance_admin"), await staff_of("support_agent")

    refused = await finance.get(f"/api/v1/admin/users/{whole.id}/record")
    taken = await staff.get(f"/api/v1/admin/users/{whole.id}/record")
    nobody = await staff.get("/api/v1/admin/users/999999/record")

    assert (refused.status_code, taken.status_code, nobody.status_code) == (403, 200, 404)
    assert await given.audited("user.record_exported") == [("user.record_exported", f"user:{whole.id}", staff.staff.id)]
