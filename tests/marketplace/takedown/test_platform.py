"""What vendors ask for through the platform, and what they are answered."""

import asyncio
from typing import Any

import httpx

from tests.marketplace.conftest import Platform
from tests.marketplace.making import Given, Path
from tests.marketplace.takedown.acting import REASON, Moderator

PLATFORM = "/api/v1/platform/takedown-requests"


def body(review: dict[str, Any], external_id: str = "t1", **facts: Any) -> dict[str, Any]:
    asked = {"reason_code": "spam", "reason_description": "It advertises another shop"}
    return {"external_id": external_id, "review_id": review["id"], **asked, **facts}


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_request_sent_again_is_the_same_one(platform: Platform, review: dict[str, Any], given: Given) -> None:
    client = await platform("reviews:write")

    answers = await asyncio.gather(*(client.post(PLATFORM, json=body(review)) for _ in range(4)))
    other = await client.post(PLATFORM, json=body(review, reason_code="abuse"))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    assert error_of(other) == (409, "REQUEST_EXISTS")
    assert await given.value("SELECT count(*) FROM marketplace.takedown_request") == 1


async def test_a_review_has_one_request_at_a_time_and_none_after_a_rejection(
    path: Path, moderator: Moderator, review: dict[str, Any], request_: dict[str, Any]
) -> None:
    waiting = await path.platform.post(PLATFORM, json=body(review, "another"))
    await moderator.reject(request_)
    late = await path.platform.post(PLATFORM, json=body(review, "once more"))

    assert error_of(waiting) == (409, "REQUEST_OPEN")
    assert error_of(late) == (409, "DECIDED_ALREADY")
    assert late.json()["error"]["request_number"] == request_["request_number"]


async def test_what_nobody_sees_can_not_be_taken_down(path: Path, moderator: Moderator, review: dict[str, Any]) -> None:
    await moderator.client.post(f"/api/v1/admin/reviews/{review['id']}/hide", json={})

    hidden = await path.platform.post(PLATFORM, json=body(review))
    unknown = await path.platform.post(PLATFORM, json=body({"id": 987654321}))

    assert error_of(hidden) == (409, "NOT_PUBLISHED")
    assert error_of(unknown) == (404, "REVIEW_NOT_FOUND")


async def test_the_platform_is_told_the_reason_and_never_the_notes(
    path: Path, moderator: Moderator, request_: dict[str, Any]
) -> None:
    await moderator.accept(request_, "remove", admin_notes="canary")

    answer = await path.platform.get(f"{PLATFORM}/{request_['id']}")

    found = answer.json()["data"]
    assert (found["status"], found["action"], found["review_status"]) == ("accepted", "remove", "removed")
    assert found["resolution"] == REASON
    assert "canary" not in answer.text
