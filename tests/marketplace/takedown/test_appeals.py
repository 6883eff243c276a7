"""One appeal, by whom the decision went against, decided by somebody else: the second decision holds."""

from typing import Any

import httpx
import pytest

from tests.marketplace.conftest import StaffOf
from tests.marketplace.dispute.acting import mails
from tests.marketplace.making import Given, Path
from tests.marketplace.takedown.acting import Moderator
from tests.marketplace.takedown.conftest import ModeratorOf

PLATFORM = "/api/v1/platform/takedown-requests"
RATINGS = "SELECT reviews || ' ' || ratings FROM marketplace.vendor WHERE id = {}"


async def appeal(path: Path, request: dict[str, Any], by: str, reason: str = "Look again") -> httpx.Response:
    return await path.platform.post(f"{PLATFORM}/{request['id']}/appeal", json={"by": by, "reason": reason})


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
async def second(moderator_of: ModeratorOf) -> Moderator:
    return await moderator_of()


async def test_an_appeal_opens_the_request_again_and_shows_how_it_was_decided(
    path: Path, moderator: Moderator, request_: dict[str, Any]
) -> None:
    await moderator.reject(request_, admin_notes="First look")

    answer = await appeal(path, request_, "vendor", "The invoice is signed")

    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "open")
    found = await moderator.get(request_)
    assert (found["status"], found["resolution"], found["resolved_by"]) == ("open", None, None)
    assert (found["appeal"]["by"], found["appeal"]["reason"]) == ("vendor", "The invoice is signed")
    assert [one["admin_notes"] for one in found["resolution_history"]] == ["First look"]
    assert await moderator.numbers() == [request_["request_number"]]


async def test_whoever_decided_before_does_not_decide_after_the_appeal_whatever_their_role(
    path: Path, moderator_of: ModeratorOf, second: Moderator, request_: dict[str, Any]
) -> None:
    admin = await moderator_of("super_admin")
    await admin.reject(request_)
    await appeal(path, request_, "vendor")

    same, other = await admin.accept(request_), await second.accept(request_)

    assert error_of(same) == (403, "ANOTHER_MODERATOR")
    assert other.json()["data"]["request"]["status"] == "accepted"


FIRST_AND_SECOND = {
    "hidden, then not": ("hide", None, "published"),
    "removed, then not": ("remove", None, "published"),
    "removed, then only hidden": ("remove", "hide", "hidden"),
    "hidden, then removed": ("hide", "remove", "removed"),
    "hidden both times": ("hide", "hide", "hidden"),
}


@pytest.mark.parametrize("case", FIRST_AND_SECOND.values(), ids=FIRST_AND_SECOND)
async def test_the_second_decision_holds_for_the_review_and_the_rating(
    path: Path, moderator: Moderator, second: Moderator, given: Given, case: tuple[str, str | None, str]
) -> None:
    (first, then, status), review = case, await path.reviewed(3)
    request = await path.takedown(review)
    await moderator.accept(request, first)
    await appeal(path, request, "reviewer")

    answer = await (second.accept(request, then) if then else second.reject(request))

    assert answer.json()["data"]["review"]["status"] == status
    counted = "1 3" if status == "published" else "0 0"
    assert await given.value(RATINGS.format(review["vendor_id"])) == counted


async def test_what_somebody_removed_by_another_door_stays_removed(
    path: Path, moderator: Moderator, second: Moderator, review: dict[str, Any], request_: dict[str, Any]
) -> None:
    await moderator.accept(request_, "hide")
    await moderator.client.delete(f"/api/v1/admin/reviews/{review['id']}")
    await appeal(path, request_, "reviewer")

    answer = await second.reject(request_)

    assert answer.json()["data"]["review"] == {"id": review["id"], "status": "removed", "remains_visible": False}


async def test_only_whom_it_went_against_may_appeal_and_only_once(
    path: Path, moderator: Moderator, second: Moderator, request_: dict[str, Any], given: Given
) -> None:
    early = await appeal(path, request_, "vendor")
    await moderator.reject(request_)
    wrong = await appeal(path, request_, "reviewer")
    once = await appeal(path, request_, "vendor")
    again = await appeal(path, request_, "vendor")
    await second.reject(request_)
    twice = await appeal(path, request_, "vendor")

    assert error_of(early) == (409, "NOT_RESOLVED")
    assert error_of(wrong) == (409, "NOT_THEIRS_TO_APPEAL")
    assert (once.status_code, again.json()) == (200, once.json())
    assert error_of(twice) == (409, "APPEALED_ALREADY")
    appealed = "SELECT count(*) FROM kernel.audit_entry WHERE action = 'takedown.appealed'"
    assert await given.value(appealed) == 1


async def test_what_a_reviewer_said_in_an_appeal_is_in_their_record_and_what_a_vendor_said_is_not(
    path: Path, moderator: Moderator, request_: dict[str, Any], staff_of: StaffOf
) -> None:
    other = await path.takedown(await path.reviewed(2))
    await moderator.accept(request_, "hide")
    await appeal(path, request_, "reviewer", "I was there")
    await moderator.reject(other)
    await appeal(path, other, "vendor", "They were not")
    found = [(await moderator.get(one))["review"]["reviewer"]["id"] for one in (request_, other)]
    staff = await staff_of()

    records = [await staff.get(f"/api/v1/admin/users/{one}/record") for one in found]

    said = [[one["appeal"] for one in record.json()["data"]["takedown_appeals"]] for record in records]
    assert said == [["I was there"], []]


async def test_an_appeal_must_come_within_thirty_days(
    path: Path, moderator: Moderator, request_: dict[str, Any], given: Given
) -> None:
    await moderator.reject(request_)
    async with given.write() as tx:
        tx.record("time passed", request_["id"])
        await tx.run("UPDATE marketplace.takedown_request SET resolved_at = now() - interval '31 days'")

    late = await appeal(path, request_, "vendor")

    assert error_of(late) == (409, "APPEAL_TOO_LATE")
    assert late.json()["error"]["days"] == 30


async def test_whoever_appeals_hears_that_somebody_else_looks_at_it(
    path: Path, moderator: Moderator, request_: dict[str, Any], given: Given
) -> None:
    await moderator.accept(request_)
    await mails(given)

    await appeal(path, request_, "reviewer")

    [(address, text)] = await mails(given)
    assert address.startswith("asha")
    assert "Somebody who did not decide before" in text


@pytest.mark.parametrize("then", [None, "hide"])
async def test_a_reviewer_who_appealed_hears_what_came_of_it(
    path: Path, moderator: Moderator, second: Moderator, given: Given, then: str | None
) -> None:
    """They were promised an answer; before, a review that is only hidden is told them where that is wished."""
    request = await path.takedown(await path.reviewed(3))
    first = await moderator.accept(request, "hide")
    await appeal(path, request, "reviewer")
    await mails(given)

    answer = await (second.accept(request, then) if then else second.reject(request))

    told = [one.json()["data"]["notifications_sent"]["reviewer"]["email"] for one in (first, answer)]
    assert told == [False, True]
    (written,) = [text for _, text in await mails(given) if text.startswith("About your review")]
    assert ("is no longer shown" if then else "is shown as it was written") in written
