"""What customers do on the platform: signed in, seen, signed out, changed; and how staff read it."""

from typing import Any

from tests.marketplace.conftest import Platform, StaffOf
from tests.marketplace.making import Given, Path

PHONE = {"device_type": "mobile", "device_name": "iPhone 14", "browser": "Safari 17"}
PLACE = {"ip_address": "192.168.1.1", "user_agent": "Mozilla/5.0", "location": "Mumbai, Maharashtra"}


async def log_of(staff: Any, customer: dict[str, Any], **asked: Any) -> list[dict[str, Any]]:
    answer = await staff.get(f"/api/v1/admin/users/{customer['id']}/activity", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["items"]  # type: ignore[no-any-return]


async def sessions_of(staff: Any, customer: dict[str, Any]) -> dict[str, Any]:
    answer = await staff.get(f"/api/v1/admin/users/{customer['id']}/sessions")
    return answer.json()["data"]  # type: ignore[no-any-return]


async def test_a_sign_in_begins_a_session_once(path: Path, staff_of: StaffOf) -> None:
    customer = await path.customer()
    told = {"external_id": "l1", "session_id": "s1", **PHONE, **PLACE}

    first = await path.post(f"customers/{customer['id']}/sign-ins", **told)
    again = await path.post(f"customers/{customer['id']}/sign-ins", **told)

    staff = await staff_of()
    shown = await sessions_of(staff, customer)
    assert first == again
    assert first["session_id"].startswith("sess_")
    [session] = shown["active_sessions"]
    assert (session["session_id"], session["device_name"]) == (first["session_id"], "iPhone 14")
    [login] = shown["recent_logins"]
    assert (login["success"], login["location"], login["device_type"]) == (True, "Mumbai, Maharashtra", "mobile")
    profile = (await staff.get(f"/api/v1/admin/users/{customer['id']}")).json()["data"]
    assert profile["engagement"]["total_logins"] == 1


async def test_a_sign_in_that_fails_is_shown_and_begins_nothing(path: Path, staff_of: StaffOf) -> None:
    customer = await path.customer()
    failed = {"external_id": "l1", "failure_reason": "Wrong password", "device_type": "web"}

    for _ in range(2):
        await path.post(f"customers/{customer['id']}/failed-sign-ins", **failed)

    staff = await staff_of()
    shown = await sessions_of(staff, customer)
    assert shown["active_sessions"] == []
    assert [login["success"] for login in shown["recent_logins"]] == [False]
    [entry] = await log_of(staff, customer)
    assert (entry["activity_type"], entry["description"]) == ("login", "Failed to sign in: Wrong password")


async def test_a_session_ends_once_and_stands_in_the_log(path: Path, staff_of: StaffOf, given: Given) -> None:
    customer = await path.customer()
    where = f"customers/{customer['id']}"
    await path.post(f"{where}/sign-ins", external_id="l1", session_id="s1", **PHONE, **PLACE)

    for _ in range(2):
        await path.post(f"{where}/sign-outs", external_id="o1", session_id="s1")

    staff = await staff_of()
    assert (await sessions_of(staff, customer))["active_sessions"] == []
    assert [entry["activity_type"] for entry in await log_of(staff, customer)] == ["logout", "login"]
    assert (await log_of(staff, customer, activity_type="logout"))[0]["ip_address"] == "192.168.1.1"
    assert await given.value("SELECT ended_by FROM marketplace.session") == "customer"


async def test_somebody_elses_session_is_not_found(path: Path, platform: Platform) -> None:
    one, other = await path.customer(), await path.customer()
    await path.post(f"customers/{one['id']}/sign-ins", external_id="l1", session_id="s1", **PHONE)
    client = await platform("activity:write")
    where = f"/api/v1/platform/customers/{other['id']}"

    seen = await client.post(f"{where}/activity", json={"session_id": "s1"})
    taken = await client.post(f"{where}/sign-ins", json={"external_id": "l2", "session_id": "s1", **PHONE})

    assert (seen.status_code, seen.json()["error"]["code"]) == (404, "SESSION_NOT_FOUND")
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "SESSION_EXISTS")


async def test_a_name_that_something_else_was_told_by_is_refused_so_that_nothing_is_lost(
    path: Path, platform: Platform, given: Given
) -> None:
    one, other = await path.customer(), await path.customer()
    await path.post(f"customers/{one['id']}/sign-ins", external_id="l1", session_id="s1", **PHONE)
    await path.post(f"customers/{one['id']}/sign-ins", external_id="l2", session_id="s2", **PHONE)
    await path.post(f"customers/{one['id']}/sign-outs", external_id="o1", session_id="s1")
    client, mine, theirs = await platform(), f"customers/{one['id']}", f"customers/{other['id']}"

    refused = [
        await client.request(method, f"/api/v1/platform/{where}", json={"external_id": name, **body})
        for method, where, name, body in (
            ("PATCH", theirs, "l1", {"name": "Somebody Else"}),
            ("PATCH", mine, "l1", {"name": "Somebody Else"}),
            ("POST", f"{theirs}/failed-sign-ins", "l1", {}),
            ("POST", f"{mine}/failed-sign-ins", "l1", {}),
            ("POST", f"{theirs}/sign-ins", "l1", {"session_id": "s3", **PHONE}),
            ("POST", f"{mine}/sign-ins", "l1", {"session_id": "s3", **PHONE}),
            ("POST", f"{mine}/sign-outs", "o1", {"session_id": "s2"}),
        )
    ]

    assert {(one.status_code, one.json()["error"]["code"]) for one in refused} == {(409, "ACTIVITY_EXISTS")}
    assert await given.value("SELECT count(*) FROM marketplace.session WHERE ended_at IS NULL") == 1
    assert await given.value("SELECT count(*) FROM marketplace.customer WHERE name = 'Somebody Else'") == 0


async def test_a_session_does_not_end_before_it_began(path: Path, given: Given) -> None:
    customer = await path.customer()
    where, long_ago = f"customers/{customer['id']}", "2001-01-01T00:00:00Z"
    await path.post(f"{where}/sign-ins", external_id="l1", session_id="s1", **PHONE)

    await path.post(f"{where}/sign-outs", external_id="o1", session_id="s1", at=long_ago)

    assert await given.value("SELECT ended_at = began_at FROM marketplace.session")


async def test_being_seen_moves_the_last_activity_forward_only(path: Path, given: Given) -> None:
    customer = await path.customer()
    where = f"customers/{customer['id']}"
    await path.post(f"{where}/activity", at="2026-03-01T00:00:00Z")
    await path.post(f"{where}/activity", at="2026-02-01T00:00:00Z")

    assert str(await given.value("SELECT last_active_at FROM marketplace.customer")).startswith("2026-03-01")

    await path.post(f"{where}/activity", at="2190-01-01T00:00:00Z")
    assert await given.value("SELECT last_active_at <= now() FROM marketplace.customer"), "nothing is in the future"


async def test_a_changed_address_is_no_longer_verified_and_stands_sealed_in_the_audit_log(
    path: Path, platform: Platform, given: Given, staff_of: StaffOf
) -> None:
    customer = await path.customer(email="old@example.com", email_verified_at="2026-01-01T00:00:00Z")
    other = await path.customer(email="taken@example.com")
    client = await platform("activity:write")
    where = f"/api/v1/platform/customers/{customer['id']}"

    changed = await client.patch(where, json={"external_id": "c1", "email": "new@example.com"})
    taken = await client.patch(where, json={"external_id": "c2", "email": "taken@example.com"})

    staff = await staff_of()
    profile = (await staff.get(f"/api/v1/admin/users/{customer['id']}")).json()["data"]
    assert changed.status_code == 200
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "USER_EXISTS"), other
    assert (profile["email"], profile["email_verified"]) == ("new@example.com", False)
    [entry] = await log_of(staff, customer)
    assert (entry["description"], entry["metadata"]["fields"]) == ("Changed email", ["email"])
    kept = await given.value(
        "SELECT before::text || after::text FROM kernel.audit_entry WHERE action = 'user.profile_updated'"
    )
    assert "example.com" not in kept


async def test_bookings_payments_reviews_and_disputes_stand_in_the_log_by_themselves(
    path: Path, staff_of: StaffOf
) -> None:
    customer, booking, payment = await path.done(50_000)
    review = await path.post("reviews", external_id="r1", booking_id=booking["id"], rating=5)
    dispute = await path.dispute(customer, booking)
    staff = await staff_of()

    entries = {entry["activity_type"]: entry for entry in await log_of(staff, customer)}

    assert set(entries) == {"booking_created", "payment", "review", "dispute"}
    assert entries["booking_created"]["description"] == (
        f"Created booking {booking['booking_reference']} for Wedding Photography"
    )
    assert entries["booking_created"]["metadata"]["booking_id"] == booking["id"]
    assert entries["payment"]["metadata"]["payment_id"] == payment["id"]
    assert entries["payment"]["description"] == "Payment of 500.00 INR: success"
    assert entries["review"]["metadata"]["review_id"] == review["id"]
    assert entries["dispute"]["metadata"]["dispute_id"] == dispute["id"]
    assert len({entry["id"] for entry in entries.values()}) == 4
    assert all(entry["id"] < 2**53 for entry in entries.values())


async def test_the_log_of_nobody_is_not_found(staff_of: StaffOf) -> None:
    staff = await staff_of()

    for what in ("activity", "sessions", "bookings", "reviews", "payments"):
        answer = await staff.get(f"/api/v1/admin/users/987654/{what}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "USER_NOT_FOUND"), what
