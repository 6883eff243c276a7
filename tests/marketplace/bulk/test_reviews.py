"""Bulk acts on reviews."""

from typing import Any

from tests.marketplace.bulk.conftest import Bulk, BulkOf
from tests.marketplace.making import Given, Path


async def reviews(path: Path, count: int) -> list[int]:
    made = []
    for _ in range(count):
        _, booking, _ = await path.done()
        path.count += 1
        new = {"external_id": f"r{path.count}", "booking_id": booking["id"], "rating": 1}
        made.append(int((await path.post("reviews", **new))["id"]))
    return made


async def statuses(given: Given) -> list[str]:
    return await given.value("SELECT array_agg(status ORDER BY id) FROM marketplace.review")  # type: ignore[no-any-return]


async def test_reviews_are_hidden_and_shown_again_where_nobody_moderated_them_since(
    bulk: Bulk, path: Path, given: Given
) -> None:
    same, removed = await reviews(path, 2)
    do: dict[str, Any] = {"act": "reviews.hide", "reason": "Written by a competitor"}

    foreseen = await bulk.preview("reviews", do=do, filter={"rating": 1})
    job_id = await bulk.do("reviews", do=do, filter={"rating": 1}, expected_count=2)
    hidden = await statuses(given)
    await bulk.staff.delete(f"/api/v1/admin/reviews/{removed}")
    undo_id = await bulk.undo(job_id)

    assert (foreseen["would"], hidden) == (2, ["hidden", "hidden"])
    assert [line["code"] or line["outcome"] for line in await bulk.file(undo_id)] == ["done", "CHANGED_SINCE"]
    assert await statuses(given) == ["published", "removed"]
    assert ("review.hidden", f"review:{same}", bulk.staff.staff.id) in await given.audited()


async def test_what_is_removed_is_not_hidden_but_restored(bulk: Bulk, path: Path, given: Given) -> None:
    ids = await reviews(path, 2)
    await bulk.staff.delete(f"/api/v1/admin/reviews/{ids[0]}")

    foreseen = await bulk.preview("reviews", do={"act": "reviews.hide"}, ids=[*ids, 999_999])
    job_id = await bulk.do("reviews", do={"act": "reviews.hide"}, ids=[*ids, 999_999])
    restored = await bulk.do("reviews", do={"act": "reviews.restore"}, ids=ids)

    codes = [line["code"] or line["outcome"] for line in await bulk.file(job_id)]
    assert codes == ["REVIEW_IS_REMOVED", "done", "REVIEW_NOT_FOUND"]
    assert sorted(reason["code"] for reason in foreseen["reasons"]) == ["REVIEW_IS_REMOVED", "REVIEW_NOT_FOUND"]
    assert [line["outcome"] for line in await bulk.file(restored)] == ["done", "done"]
    assert await statuses(given) == ["published", "published"]


async def test_each_act_on_reviews_needs_its_own_permission(bulk_of: BulkOf, path: Path) -> None:
    agent = await bulk_of("support_agent")
    ids = await reviews(path, 1)

    for act, needed in (("reviews.hide", "reviews:hide"), ("reviews.restore", "reviews:moderate")):
        answer = await agent.post("reviews/bulk", do={"act": act}, ids=ids)
        assert (answer.status_code, answer.json()["error"]["required_permission"]) == (403, needed)
