"""What the analysis of a request finds around its review: words used before, complaints of others, disputes lost."""

from typing import Any

from tests.marketplace.making import Given, Path
from tests.marketplace.takedown.acting import Moderator

SAID = "The photographer came two hours late and was rude to all of our guests at the wedding"


async def another(path: Path, customer_id: int, service_id: str, **facts: Any) -> dict[str, Any]:
    """One more review by this customer of this service."""
    booking = await path.booking(customer_id, service_id)
    await path.move(booking, "confirmed", "in_progress", "completed")
    return await path.review(booking, **facts)


async def analysis(moderator: Moderator, request: dict[str, Any]) -> dict[str, Any]:
    return (await moderator.get(request))["internal_analysis"]  # type: ignore[no-any-return]


async def test_reviews_of_much_the_same_words_are_found_with_how_alike_they_are(
    path: Path, moderator: Moderator
) -> None:
    review = await path.reviewed(1, title=None, comment=SAID)
    user = review["user_id"]
    alike = await another(path, user, (await path.service())["id"], title=None, comment=f"{SAID} again!")
    await another(path, user, (await path.service())["id"], title=None, comment="Wonderful cake, thank you")

    found = await analysis(moderator, await path.takedown(review))

    [one] = found["similar_reviews_by_user"]
    assert (one["review_id"], one["body"]) == (alike["id"], f"{SAID} again!")
    assert 0.9 < one["similarity"] < 1
    assert found["same_words_by_others"] == []
    assert "repeats_own_words" in found["user_behavior_flags"]


async def test_the_very_same_words_of_somebody_else_are_found_whatever_their_order_and_case(
    path: Path, moderator: Moderator
) -> None:
    review = await path.reviewed(5, title=None, comment="Great work, on time!")
    copy = await path.reviewed(5, title=None, comment="ON TIME... great work")
    await path.reviewed(5, title=None, comment="Great work, but late")

    found = await analysis(moderator, await path.takedown(review, reason_code="fake_review"))

    assert [one["review_id"] for one in found["same_words_by_others"]] == [copy["id"]]
    assert found["similar_reviews_by_user"] == []
    assert "same_words_as_others" in found["user_behavior_flags"]


async def test_complaints_of_others_about_the_same_are_counted(path: Path, moderator: Moderator) -> None:
    service = await path.service()
    for comment, rating in (
        ("Two hours late, and rude to our guests", 1),
        ("He was rude and came late to the wedding", 2),
        ("Came late, was rude, but lovely pictures of the wedding", 5),
        ("Cake was stale", 1),
    ):
        await another(path, (await path.customer())["id"], service["id"], rating=rating, title=None, comment=comment)
    review = await another(path, (await path.customer())["id"], service["id"], title=None, comment=SAID)

    found = await analysis(moderator, await path.takedown(review))

    assert found["similar_complaints_against_vendor"] == 2


async def test_a_new_account_with_one_booking_shows_as_it_is(
    path: Path, moderator: Moderator, given: Given, request_: dict[str, Any]
) -> None:
    fresh = await moderator.get(request_)
    async with given.write() as tx:
        tx.record("time passed", "customers")
        await tx.run("UPDATE marketplace.customer SET registered_at = now() - interval '2 years', logins = 50")
        await tx.run("UPDATE marketplace.booking SET completed_at = now() - interval '3 days'")
    old = await moderator.get(request_)

    assert fresh["review"]["reviewer"]["risk_flags"] == ["new_account", "low_activity"]
    assert fresh["internal_analysis"]["user_behavior_flags"] == ["new_account", "single_booking"]
    assert fresh["internal_analysis"]["review_timing_suspicious"] is True
    assert fresh["internal_analysis"]["timing_signs"] == ["account_just_opened", "right_after_completion"]
    assert old["review"]["reviewer"]["risk_flags"] == []
    assert old["internal_analysis"]["user_behavior_flags"] == ["single_booking"]
    assert (old["internal_analysis"]["review_timing_suspicious"], old["internal_analysis"]["timing_signs"]) == (
        False,
        [],
    )


async def test_a_review_without_words_is_like_nothing(path: Path, moderator: Moderator) -> None:
    first = await path.reviewed(1, title=None, comment=None)
    await path.reviewed(1, title=None, comment=None)

    found = await analysis(moderator, await path.takedown(first))

    assert (found["similar_reviews_by_user"], found["same_words_by_others"]) == ([], [])
    assert found["similar_complaints_against_vendor"] == 0
