"""The list of reviews and one of them, as staff see them."""

from typing import Any

from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Path, StaffClient

REVIEWS = "/api/v1/admin/reviews"


async def ids(client: StaffClient, **asked: Any) -> list[int]:
    answer = await client.get(REVIEWS, params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json()["meta"]["total_items"] == len(answer.json()["data"])
    return [one["id"] for one in answer.json()["data"]]


async def test_reviews_are_found_by_what_they_are_and_say(path: Path, staff_of: StaffOf) -> None:
    good = await path.reviewed(5, title="Wonderful", comment="On time and very friendly")
    bad = await path.reviewed(1)
    hidden = await path.reviewed(2)
    client = await staff_of("content_moderator")
    await client.post(f"{REVIEWS}/{hidden['id']}/hide", json={})
    await path.takedown(bad)
    await path.post(f"reviews/{good['id']}/response", response="Thank you!")

    assert await ids(client) == [hidden["id"], bad["id"], good["id"]]
    assert await ids(client, sort_by="rating") == [good["id"], hidden["id"], bad["id"]]
    assert await ids(client, sort="rating", order="asc") == [bad["id"], hidden["id"], good["id"]]
    assert await ids(client, status="hidden") == [hidden["id"]]
    assert await ids(client, status="published") == [bad["id"], good["id"]]
    assert await ids(client, rating=5) == [good["id"]]
    assert await ids(client, vendor_id=bad["vendor_id"]) == [bad["id"]]
    assert await ids(client, user_id=good["user_id"]) == [good["id"]]
    assert await ids(client, has_takedown=True) == [bad["id"]]
    assert await ids(client, has_takedown=False) == [hidden["id"], good["id"]]
    assert await ids(client, has_response=True) == [good["id"]]
    assert await ids(client, search="friend") == [good["id"]]
    assert await ids(client, to_date="2020-01-01") == []


async def test_addresses_of_reviewers_are_masked_for_whoever_may_not_see_them(path: Path, staff_of: StaffOf) -> None:
    review = await path.reviewed(5)
    moderator, agent = await staff_of("content_moderator"), await staff_of("support_agent")

    masked, plain = [(await one.get(f"{REVIEWS}/{review['id']}")).json()["data"]["user"] for one in (moderator, agent)]

    assert masked["email"].startswith("a***@")
    assert masked["phone"].startswith("****")
    assert (plain["email"][:4], plain["phone"][:3]) == ("asha", "+91")


async def test_no_such_review_is_said_so(staff_of: StaffOf) -> None:
    client = await staff_of("super_admin")

    answers = [await client.get(f"{REVIEWS}/987654321"), await client.post(f"{REVIEWS}/987654321/hide", json={})]

    assert [(one.status_code, one.json()["error"]["code"]) for one in answers] == [(404, "REVIEW_NOT_FOUND")] * 2
