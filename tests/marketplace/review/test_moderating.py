"""Staff hide, restore and remove reviews: the vendor's rating is exact afterwards, the customer's stays."""

import asyncio
import random
from typing import Any

import pytest

from tests.marketplace.conftest import StaffOf
from tests.marketplace.dispute.acting import BODIES
from tests.marketplace.making import Given, Path, StaffClient

REVIEWS = "/api/v1/admin/reviews"
KEPT = "SELECT string_agg(reviews || ' ' || ratings, ', ' ORDER BY id) FROM marketplace.vendor"
ACTS = """
    SELECT array_agg(action ORDER BY id) FROM kernel.audit_entry
     WHERE actor_kind = 'staff' AND starts_with(action, 'review.')
"""
COUNTED = """
    SELECT string_agg(n || ' ' || stars, ', ' ORDER BY id) FROM (
        SELECT v.id, count(r.id) AS n, coalesce(sum(r.rating), 0) AS stars FROM marketplace.vendor v
          LEFT JOIN marketplace.review r ON r.vendor_id = v.id AND r.status = 'published' GROUP BY v.id) counted
"""


@pytest.fixture
async def moderator(staff_of: StaffOf) -> StaffClient:
    return await staff_of("content_moderator")


async def act(client: StaffClient, review: dict[str, Any], what: str, reason: str = "Because") -> dict[str, Any]:
    url = f"{REVIEWS}/{review['id']}"
    if what == "remove":
        answer = await client.delete(url, params={"reason": reason})
    else:
        answer = await client.post(f"{url}/{what}", json={"reason": reason})
    assert answer.status_code in (200, 409), answer.text
    return answer.json().get("data") or answer.json()["error"]  # type: ignore[no-any-return]


async def test_what_is_hidden_or_removed_does_not_count_for_the_vendor_until_it_is_restored(
    path: Path, moderator: StaffClient, given: Given
) -> None:
    review = await path.reviewed(4)
    counted = []
    for what in ("hide", "restore", "remove", "restore"):
        await act(moderator, review, what)
        counted.append(await given.value(KEPT))

    assert counted == ["0 0", "1 4", "0 0", "1 4"]
    assert await given.value("SELECT reviews || ' ' || ratings FROM marketplace.customer") == "1 4"


async def test_every_act_stands_in_the_history_of_the_review_and_in_the_record(
    path: Path, moderator: StaffClient, given: Given
) -> None:
    review = await path.reviewed(4)
    for what in ("hide", "remove", "restore"):
        await act(moderator, review, what, reason=f"To {what}")

    found = (await moderator.get(f"{REVIEWS}/{review['id']}")).json()["data"]

    history = [(one["status"], one["reason"], one["moderated_by"]) for one in found["moderation_history"]]
    by = moderator.staff.id
    assert history == [("hidden", "To hide", by), ("removed", "To remove", by), ("published", "To restore", by)]
    assert found["moderated"]["reason"] == "To restore"
    assert await given.value(ACTS) == ["review.hidden", "review.removed", "review.restored"]


async def test_what_is_so_already_stays_so_and_what_is_removed_is_not_hidden(
    path: Path, moderator: StaffClient, given: Given
) -> None:
    review = await path.reviewed(4)

    for what in ("hide", "hide", "remove", "remove"):
        last = await act(moderator, review, what)
    refused = await act(moderator, review, "hide")

    assert last["status"] == "removed"
    assert refused["code"] == "REVIEW_IS_REMOVED"
    assert await given.value("SELECT count(*) FROM marketplace.review_moderation") == 2


@pytest.mark.usefixtures("listening")
async def test_other_systems_hear_of_every_act(path: Path, moderator: StaffClient, given: Given) -> None:
    review = await path.reviewed(4)
    for what in ("hide", "restore", "remove"):
        await act(moderator, review, what)

    events = await given.value(BODIES)

    assert [one["event"] for one in events] == ["review.hidden", "review.restored", "review.removed"]
    assert {one["data"]["external_id"] for one in events} == {review["external_id"]}
    assert "Because" not in str(events)


async def test_each_act_needs_its_permission(path: Path, staff_of: StaffOf) -> None:
    review, agent = await path.reviewed(4), await staff_of("support_agent")
    url = f"{REVIEWS}/{review['id']}"

    answers = [
        await agent.post(f"{url}/hide", json={}),
        await agent.post(f"{url}/restore", json={}),
        await agent.delete(url),
    ]

    needed = [one.json()["error"]["required_permission"] for one in answers]
    assert needed == ["reviews:hide", "reviews:moderate", "reviews:remove"]
    assert (await agent.get(url)).status_code == 200


async def test_whatever_is_done_at_once_the_ratings_equal_what_is_published(
    path: Path, moderator: StaffClient, given: Given
) -> None:
    services = [await path.service() for _ in range(2)]
    reviews = []
    for number in range(8):
        booking = await path.booking((await path.customer())["id"], services[number % 2]["id"])
        await path.move(booking, "confirmed", "in_progress", "completed")
        reviews.append(await path.review(booking, rating=number % 5 + 1))
    chance = random.Random(7)

    for _ in range(6):
        acts = ((chance.choice(reviews), chance.choice(("hide", "restore", "remove"))) for _ in range(10))
        await asyncio.gather(*(act(moderator, review, what) for review, what in acts))
        assert await given.value(KEPT) == await given.value(COUNTED)
