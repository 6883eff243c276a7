"""Reviews come from completed bookings, once, and the ratings of customer and vendor follow."""

import asyncio

from tests.marketplace.conftest import Platform
from tests.marketplace.making import Given, Path


async def test_a_review_counts_for_its_customer_and_its_vendor(path: Path, given: Given) -> None:
    _, booking, _ = await path.done()
    told = {"external_id": "r1", "booking_id": booking["id"], "rating": 4, "photos": ["https://example.com/1.jpg"]}

    first = await path.post("reviews", **told)
    again = await path.post("reviews", **told)

    assert first == again
    assert await given.value("SELECT reviews || ' ' || ratings FROM marketplace.customer") == "1 4"
    assert await given.value("SELECT reviews || ' ' || ratings FROM marketplace.vendor") == "1 4"


async def test_only_a_completed_booking_is_reviewed_and_only_once(path: Path, platform: Platform) -> None:
    customer, done, _ = await path.done()
    pending = await path.booking(customer["id"], done["service_id"])
    await path.post("reviews", external_id="r1", booking_id=done["id"], rating=4)
    client = await platform("reviews:write")

    early = await client.post(
        "/api/v1/platform/reviews", json={"external_id": "r2", "booking_id": pending["id"], "rating": 1}
    )
    second = await client.post(
        "/api/v1/platform/reviews", json={"external_id": "r3", "booking_id": done["id"], "rating": 1}
    )

    assert (early.status_code, early.json()["error"]["code"]) == (400, "NOT_REVIEWABLE")
    assert (second.status_code, second.json()["error"]["code"]) == (409, "REVIEW_EXISTS")


async def test_reviews_at_once_of_one_vendor_are_all_counted(path: Path, given: Given) -> None:
    service = await path.service()
    bookings = []
    for _ in range(8):
        booking = await path.booking((await path.customer())["id"], service["id"])
        await path.move(booking, "confirmed", "in_progress", "completed")
        bookings.append(booking)

    await asyncio.gather(
        *(
            path.post("reviews", external_id=f"r{number}", booking_id=one["id"], rating=5)
            for number, one in enumerate(bookings)
        )
    )

    assert await given.value("SELECT reviews || ' ' || ratings FROM marketplace.vendor") == "8 40"
