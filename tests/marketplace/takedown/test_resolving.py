"""Deciding a request moves the review and the vendor's rating with it, once, and says who was told."""

import asyncio
from typing import Any

import pytest

from tests.marketplace.conftest import StaffOf
from tests.marketplace.dispute.acting import mails
from tests.marketplace.making import Given, Path
from tests.marketplace.takedown.acting import REASON, REQUESTS, Moderator
from tests.marketplace.takedown.conftest import ModeratorOf

VENDOR = "SELECT reviews || ' ' || ratings FROM marketplace.vendor WHERE id = {}"
CUSTOMER = "SELECT reviews || ' ' || ratings FROM marketplace.customer WHERE id = {}"


async def test_accepting_hides_the_review_and_its_stars_no_longer_count_for_the_vendor(
    moderator: Moderator, review: dict[str, Any], request_: dict[str, Any], given: Given
) -> None:
    answer = await moderator.accept(request_, admin_notes="Clear evidence")

    assert answer.status_code == 200, answer.text
    found = answer.json()["data"]
    assert (found["request"]["status"], found["review"]["status"]) == ("accepted", "hidden")
    assert found["request"]["resolution"] == {
        "decision": "accept",
        "action_taken": "hide",
        "reason": REASON,
        "admin_notes": "Clear evidence",
        "review_status_after": "hidden",
        "vendor_notified": True,
        "reviewer_notified": False,
    }
    assert found["request"]["resolved_by"]["id"] == moderator.id
    assert (found["review"]["removed_by"], found["review"]["removal_reason"]) == (moderator.id, REASON)
    assert await given.value(VENDOR.format(review["vendor_id"])) == "0 0"
    assert await given.value(CUSTOMER.format(review["user_id"])) == "1 1"


async def test_rejecting_leaves_the_review_as_it_is(
    moderator: Moderator, review: dict[str, Any], request_: dict[str, Any], given: Given
) -> None:
    found = (await moderator.reject(request_)).json()["data"]

    assert (found["request"]["status"], found["request"]["resolution"]["action_taken"]) == ("rejected", None)
    assert found["review"] == {"id": review["id"], "status": "published", "remains_visible": True}
    assert await given.value(VENDOR.format(review["vendor_id"])) == "1 1"


async def test_the_admin_app_may_say_it_in_its_own_words(
    moderator: Moderator, path: Path, request_: dict[str, Any]
) -> None:
    other = await path.takedown(await path.reviewed())

    removed = await moderator.send(request_, approve=True, action_if_approve="remove", admin_notes="Retaliation")
    kept = await moderator.send(other, approve=False, admin_notes="Not proved")

    assert removed.json()["data"]["review"]["status"] == "removed"
    assert removed.json()["data"]["request"]["resolution"]["admin_notes"] == "Retaliation"
    assert kept.json()["data"]["request"]["status"] == "rejected"


WRONG = {
    "accepting without an action": ({"decision": "accept", "reason": REASON}, "action"),
    "rejecting with an action": ({"decision": "reject", "action": "hide", "reason": REASON}, "action"),
    "approving without an action": ({"approve": True}, "action"),
    "nothing decided": ({"reason": REASON}, "decision"),
    "decided in both spellings": ({"decision": "reject", "approve": False, "reason": REASON}, "decision"),
    "no reason": ({"decision": "reject"}, "reason"),
    "too short a reason": ({"decision": "reject", "reason": "No."}, "reason"),
    "a reason of one word again and again": ({"decision": "reject", "reason": "test " * 20}, "reason"),
    "a reason of one letter": ({"decision": "reject", "reason": "x" * 60}, "reason"),
    "a reason of hands on keys": (
        {"decision": "reject", "reason": "asdf jkl asdf jkl fdsa lkj asdf jkl fdsa jkl asdf"},
        "reason",
    ),
}


@pytest.mark.parametrize(("body", "field"), WRONG.values(), ids=WRONG)
async def test_a_decision_that_does_not_go_together_is_refused_by_its_field(
    moderator: Moderator, request_: dict[str, Any], body: dict[str, Any], field: str
) -> None:
    answer = await moderator.send(request_, **body)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], list(error["details"])) == (400, "VALIDATION_ERROR", [field])
    assert (await moderator.get(request_))["status"] == "open"


async def test_of_two_moderators_at_once_one_wins_and_the_other_hears_of_it(
    moderator_of: ModeratorOf, request_: dict[str, Any], review: dict[str, Any], given: Given
) -> None:
    moderators = [await moderator_of() for _ in range(4)]

    answers = await asyncio.gather(
        *(one.accept(request_, "remove") if place % 2 else one.reject(request_) for place, one in enumerate(moderators))
    )

    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    [winner] = [one for one, answer in zip(moderators, answers, strict=True) if answer.status_code == 200]
    found = await winner.get(request_)
    for answer in answers:
        if answer.status_code == 409:
            error = answer.json()["error"]
            assert (error["code"], error["current_status"]) == ("ALREADY_RESOLVED", found["status"])
            assert (error["resolved_by"], error["resolved_at"]) == (winner.id, found["resolved_at"])
    assert await given.value("SELECT count(*) FROM marketplace.takedown_decision") == 1
    is_removed = found["status"] == "accepted"
    assert await given.value("SELECT count(*) FROM marketplace.review_moderation") == int(is_removed)
    assert await given.value(VENDOR.format(review["vendor_id"])) == ("0 0" if is_removed else "1 1")


async def test_deciding_needs_a_key_and_is_done_once_under_it(moderator: Moderator, request_: dict[str, Any]) -> None:
    url, body = f"{REQUESTS}/{request_['id']}/resolve", {"decision": "reject", "reason": REASON}

    without = await moderator.client.post(url, json=body)
    first = await moderator.client.post(url, json=body, headers={"Idempotency-Key": "once"})
    again = await moderator.client.post(url, json=body, headers={"Idempotency-Key": "once"})
    other = await moderator.client.post(url, json={**body, "notify_vendor": False}, headers={"Idempotency-Key": "once"})

    assert (without.status_code, without.json()["error"]["code"]) == (400, "IDEMPOTENCY_KEY_REQUIRED")
    assert (first.status_code, again.content) == (200, first.content)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "IDEMPOTENCY_CONFLICT")


async def test_only_moderators_decide(staff_of: StaffOf, request_: dict[str, Any]) -> None:
    agent = Moderator(await staff_of("support_agent"))

    answers = [await agent.reject(request_), await agent.client.get(REQUESTS)]

    for answer in answers:
        error = answer.json()["error"]
        assert (answer.status_code, error["required_permission"]) == (403, "reviews:moderate")


async def test_what_staff_removed_meanwhile_is_not_shown_again_by_hiding_it(
    staff_of: StaffOf, moderator: Moderator, review: dict[str, Any], request_: dict[str, Any]
) -> None:
    client = await staff_of("content_moderator")
    await client.delete(f"/api/v1/admin/reviews/{review['id']}", params={"reason": "Advertises a shop"})

    found = (await moderator.accept(request_, "hide")).json()["data"]

    assert (found["review"]["status"], found["request"]["status"]) == ("removed", "accepted")


async def test_vendor_and_reviewer_are_told_as_the_moderator_wishes(
    moderator: Moderator, path: Path, request_: dict[str, Any], given: Given
) -> None:
    quiet = await path.takedown(await path.reviewed())
    await mails(given)

    removed = (await moderator.accept(request_, "remove")).json()["data"]["notifications_sent"]
    told = await mails(given)
    silent = (await moderator.reject(quiet, notify_vendor=False)).json()["data"]["notifications_sent"]

    assert removed == {"vendor": {"email": True, "in_app": True}, "reviewer": {"email": True, "in_app": True}}
    assert silent == {"vendor": {"email": False, "in_app": False}, "reviewer": {"email": False, "in_app": False}}
    assert sorted(address[:4] for address, _ in told) == ["asha", "stud"]
    assert all("The review has been removed." in text and REASON in text for _, text in told)
    assert await mails(given) == []


async def test_the_app_shows_what_was_told_to_vendor_and_reviewer(
    moderator: Moderator, path: Path, review: dict[str, Any], request_: dict[str, Any]
) -> None:
    await moderator.accept(request_, "remove")

    vendor = await path.platform.get(f"/api/v1/platform/vendors/{review['vendor_id']}/messages")
    customer = await path.platform.get(f"/api/v1/platform/customers/{review['user_id']}/messages")
    nobody = await path.platform.get("/api/v1/platform/vendors/987654321/messages")

    number = request_["request_number"]
    assert [one["subject"] for one in vendor.json()["data"]["items"]] == [
        f"Your request {number} was accepted",
        f"We have received your request {number}",
    ]
    assert [one["subject"] for one in customer.json()["data"]["items"]] == ["About your review of Wedding Photography"]
    assert nobody.status_code == 404
