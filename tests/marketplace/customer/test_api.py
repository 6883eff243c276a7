"""The list of customers and their profile: found, filtered, sorted, masked, and looked at in one round trip."""

from typing import Any

import httpx
import pytest

from backoffice.marketplace.customer import searching
from backoffice.marketplace.permissions import ROLES, Market
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.test_path import change
from tests.waits import Waits

URL = "/api/v1/admin/users"


async def listed(staff: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await staff.get(URL, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


async def names(staff: httpx.AsyncClient, **asked: Any) -> list[str]:
    return [row["name"] for row in (await listed(staff, **asked))["items"]]


@pytest.mark.parametrize("few", [searching.FEW, 0], ids=["few", "many"])
async def test_a_customer_is_found_by_what_staff_know_of_them(
    path: Path, staff_of: StaffOf, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    await path.customer(name="João D'Ávila", email="Joao.Avila@example.com", phone="+5511987654321")
    await path.customer(name="Asha Rao", email="asha@example.com", phone="+919876543210")
    staff = await staff_of()

    assert await names(staff, search="avila jo") == ["João D'Ávila"]
    assert await names(staff, search="JOAO.AV") == ["João D'Ávila"]
    assert await names(staff, search="98765 43210") == ["Asha Rao"]
    assert await names(staff, search="+91 98765") == ["Asha Rao"]
    assert await names(staff, search="43210") == ["Asha Rao"]
    assert await names(staff, search="98765") == ["Asha Rao", "João D'Ávila"], "as it begins in its country"
    assert await names(staff, search="1198765") == ["João D'Ávila"], "in another country"
    assert await names(staff, search="7654") == [], "which is too short for a middle"
    assert (await listed(staff, search="as", status="active"))["total"] == 1
    assert await names(staff, search="a", sort_by="name", sort_order="asc") == ["Asha Rao", "João D'Ávila"]
    assert await names(staff, search="rao", status="banned") == []
    assert await names(staff, search="asha@") == ["Asha Rao"]
    assert await names(staff, search="rao@") == [], "an address, and no name"
    assert await names(staff, search="nobody") == []
    assert await names(staff, search="%") == []
    assert len(await names(staff, search="   ")) == 2, "which is no search"


async def test_the_list_is_sorted_by_either_spelling(path: Path, staff_of: StaffOf) -> None:
    for name in ("Bina", "Asha", "Chitra"):
        await path.customer(name=name)
    staff = await staff_of()

    assert await names(staff) == ["Chitra", "Asha", "Bina"]
    assert await names(staff, sort_by="name", sort_order="asc") == ["Asha", "Bina", "Chitra"]
    assert await names(staff, sort="name", order="desc") == ["Chitra", "Bina", "Asha"]
    assert (await staff.get(URL, params={"sort_by": "shoe_size"})).status_code == 400


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"page_size": 0}, ["page_size"]),
        ({"limit": 0}, ["limit"]),
        ({"sort": "shoe_size"}, ["sort"]),
        ({"sort_by": "shoe_size"}, ["sort_by"]),
        ({"order": "up"}, ["order"]),
        (
            {"registered_after": "2026-02-01", "registered_before": "2026-01-01"},
            ["registered_after", "registered_before"],
        ),
    ],
)
async def test_what_is_wrong_is_told_by_the_name_that_was_sent(
    staff_of: StaffOf, asked: dict[str, Any], named: list[str]
) -> None:
    refused = await (await staff_of()).get(URL, params=asked)

    error = refused.json()["error"]
    assert (refused.status_code, list(error["details"])) == (400, named)
    assert error["message"].startswith(f"{', '.join(named)}: ")


async def test_filters_and_flags_narrow_the_list(path: Path, staff_of: StaffOf) -> None:
    loyal, booking, _ = await path.done()
    service = booking["service_id"]
    fickle = await path.customer(name="Fickle", email_verified_at="2026-01-01T00:00:00Z")
    for _ in range(2):
        one = await path.booking(fickle["id"], service)
        await path.move(one, "cancelled", by="customer", cancellation_reason="Plans changed")
        await path.dispute(fickle, one)
    staff = await staff_of()

    assert await names(staff, flag="high_cancellation_rate") == ["Fickle"]
    assert await names(staff, flag="multiple_disputes") == ["Fickle"]
    assert await names(staff, verification=1) == ["Fickle"]
    assert await names(staff, trust_score_max=60) == ["Fickle"]
    assert [row["id"] for row in (await listed(staff, trust_score_min=60))["items"]] == [loyal["id"]]
    assert (await listed(staff, status="suspended"))["items"] == []
    assert (await listed(staff, status="active"))["total"] == 2
    [row] = (await listed(staff, has_bookings=True, flag="multiple_disputes"))["items"]
    assert row["flags"] == ["high_cancellation_rate", "multiple_disputes"]
    assert (row["total_bookings"], row["total_disputes"], row["open_disputes"]) == (2, 2, 2)


async def test_what_others_called_off_is_no_cancellation_of_the_customer(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    user, booking, _ = await path.done()
    for by in ("vendor", "system"):
        one = await path.booking(user["id"], booking["service_id"])
        await path.move(one, "cancelled", by=by, cancellation_reason="Nobody came")
    staff = await staff_of()
    before = (await staff.get(f"{URL}/{user['id']}")).json()["data"]

    dispute = await path.dispute(user, booking)
    await change(staff, dispute, status="in_progress")
    resolved = await change(staff, dispute, status="resolved", resolution_type="full_refund")

    assert resolved.status_code == 200, resolved.text
    assert (
        await given.value("SELECT status FROM marketplace.booking WHERE id = %(id)s", id=booking["id"]) == "cancelled"
    )
    after = (await staff.get(f"{URL}/{user['id']}")).json()["data"]
    for seen in (before, after):
        assert seen["activity_summary"]["cancelled_bookings"] == 0
        assert seen["risk_indicators"]["cancellation_rate"] == 0
        assert "high_cancellation_rate" not in seen["risk_indicators"]["flags"]
    assert await names(staff, flag="high_cancellation_rate") == []


async def test_a_page_says_where_it_stands_in_both_ways(path: Path, staff_of: StaffOf) -> None:
    for _ in range(3):
        await path.customer()

    page = await listed(await staff_of(), page=2, page_size=2)

    assert len(page["items"]) == 1
    assert (page["total"], page["total_pages"], page["has_next"], page["has_prev"]) == (3, 2, False, True)
    assert page["meta"]["total"] == page["meta"]["total_items"] == 3


async def test_without_the_permission_personal_data_is_masked_and_tells_nothing_by_search(
    path: Path, staff_of: StaffOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = await path.customer(name="Asha Rao", email="asha@example.com", phone="+919876543210")
    seeing = ROLES["content_moderator"] | {Market.USERS_LIST, Market.USERS_VIEW}
    monkeypatch.setitem(ROLES, "content_moderator", seeing)
    staff = await staff_of("content_moderator")

    [row] = (await listed(staff, search="asha"))["items"]
    profile = (await staff.get(f"{URL}/{customer['id']}")).json()["data"]

    assert (row["email"], row["phone"]) == ("a***@example.com", "****3210")
    assert (profile["email"], profile["phone"], profile["name"]) == ("a***@example.com", "****3210", "Asha Rao")
    assert (await listed(staff, search="asha@ex"))["items"] == []
    assert (await listed(staff, search="98765"))["items"] == []


async def test_a_look_at_a_profile_is_recorded_in_one_round_trip(
    path: Path, staff_of: StaffOf, given: Given, waits: Waits
) -> None:
    customer, _, _ = await path.done()
    staff = await staff_of()

    for path_ in (f"{URL}/{customer['id']}", URL, f"{URL}?status=active&sort_by=name"):
        with waits.counted() as seen:
            answer = await staff.get(path_)
        assert (answer.status_code, seen) == (200, [1]), path_

    assert await given.value("SELECT count(*) FROM kernel.audit_entry WHERE action = 'user.viewed'") == 1


async def test_a_look_that_is_refused_leaves_no_record(path: Path, staff_of: StaffOf, given: Given) -> None:
    customer = await path.customer()
    staff = await staff_of()

    missing = await staff.get(f"{URL}/987654")
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run("UPDATE kernel.session SET ended_at = now()")
    ended = await staff.get(f"{URL}/{customer['id']}")

    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "USER_NOT_FOUND")
    assert missing.json()["error"]["user_id"] == 987654
    assert ended.status_code == 401
    assert await given.value("SELECT count(*) FROM kernel.audit_entry WHERE action = 'user.viewed'") == 0


async def test_a_profile_shows_what_its_customer_did(path: Path, staff_of: StaffOf) -> None:
    customer, booking, _ = await path.done(50_000)
    await path.post("reviews", external_id="r1", booking_id=booking["id"], rating=4)
    signed_in = {"external_id": "l1", "session_id": "s1", "device_type": "app"}
    await path.post(f"customers/{customer['id']}/sign-ins", **signed_in)

    profile = (await (await staff_of()).get(f"{URL}/{customer['id']}")).json()["data"]

    assert profile["engagement"] == {
        "total_logins": 1,
        "days_since_registration": 0,
        "days_since_last_activity": 0,
        "favorite_categories": ["photography"],
        "preferred_payment_method": "upi",
        "device_type": "app",
    }
    assert profile["activity_summary"]["total_spent"] == 50_000
    assert profile["activity_summary"]["average_rating_given"] == 4.0
    assert profile["last_login_at"] == profile["last_active_at"] is not None
