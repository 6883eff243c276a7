"""A request with everything about it: reviewer, booking, vendor, history, timeline; personal data masked."""

from typing import Any

from tests.marketplace.making import Path
from tests.marketplace.takedown.acting import REASON, Moderator
from tests.marketplace.takedown.conftest import ModeratorOf


async def test_a_request_shows_review_booking_vendor_and_timeline(
    moderator: Moderator, request_: dict[str, Any], review: dict[str, Any]
) -> None:
    found = await moderator.get(request_)

    about, booking = found["review"], found["review"]["booking"]
    assert (about["id"], about["reviewer"]["total_bookings"], about["moderation_history"]) == (review["id"], 1, [])
    assert (booking["status"], booking["payment_status"], booking["amount_cents"]) == ("completed", "paid", 50_000)
    assert (found["vendor"]["rating"], found["vendor"]["total_takedown_requests"]) == (1.0, 1)
    assert [one["event"] for one in found["timeline"]] == ["booking_completed", "review_posted", "takedown_requested"]
    names = [found["vendor"]["name"], about["reviewer"]["name"], found["vendor"]["name"]]
    assert [one["actor_name"] for one in found["timeline"]] == names
    assert (found["resolution"], found["resolved_by"]) == (None, None)


async def test_a_resolved_request_shows_how_it_was_decided(
    moderator: Moderator, request_: dict[str, Any], review: dict[str, Any]
) -> None:
    await moderator.accept(request_, "hide", admin_notes="For us")
    restored = await moderator.client.post(f"/api/v1/admin/reviews/{review['id']}/restore", json={"reason": "Changed"})

    found = await moderator.get(request_)

    assert restored.status_code == 200
    assert (found["status"], found["resolution"]["review_status_after"]) == ("accepted", "hidden")
    assert (found["resolution_notes"], found["admin_notes"]) == (REASON, "For us")
    assert [one["admin_notes"] for one in found["resolution_history"]] == ["For us"]
    history = found["review"]["moderation_history"]
    assert [(one["status"], one["request_number"], one["reason"]) for one in history] == [
        ("hidden", request_["request_number"], REASON),
        ("published", None, "Changed"),
    ]
    assert [one["event"] for one in found["timeline"]][-2:] == ["takedown_accepted", "review_published"]
    assert found["vendor"]["accepted_takedowns"] == 1


async def test_addresses_are_masked_for_whoever_may_not_see_them(
    moderator: Moderator, moderator_of: ModeratorOf, request_: dict[str, Any]
) -> None:
    admin = await moderator_of("super_admin")

    masked, plain = await moderator.get(request_), await admin.get(request_)

    for who in ("vendor", "reviewer"):
        shown = [one["vendor"] if who == "vendor" else one["review"]["reviewer"] for one in (masked, plain)]
        assert shown[0]["email"] == f"{shown[1]['email'][0]}***@example.com"
    assert masked["review"]["reviewer"]["phone"].startswith("****")
    assert plain["review"]["reviewer"]["phone"].startswith("+91")


async def test_no_such_request_is_said_so(moderator: Moderator, path: Path) -> None:
    unknown = "01900000-0000-7000-8000-000000000000"

    answer = await moderator.client.get(f"/api/v1/admin/reviews/takedown-requests/{unknown}")

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["request_id"]) == (404, "REQUEST_NOT_FOUND", unknown)
