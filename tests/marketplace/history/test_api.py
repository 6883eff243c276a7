"""One customer's bookings, reviews and payments, with their summaries."""

from typing import Any

from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.waits import Waits


async def page_of(staff: Any, customer: dict[str, Any], what: str, **asked: Any) -> dict[str, Any]:
    answer = await staff.get(f"/api/v1/admin/users/{customer['id']}/{what}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


async def test_a_booking_whose_money_is_all_back_shows_as_refunded_and_is_found_as_that(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    customer, booking, payment = await path.done(50_000)
    other = await path.booking(customer["id"], booking["service_id"], 30_000)
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            "UPDATE marketplace.payment SET status = 'refunded', refunded_minor = captured_minor WHERE id = %(id)s",
            id=payment["id"],
        )
    staff = await staff_of()

    page = await page_of(staff, customer, "bookings")
    refunded = await page_of(staff, customer, "bookings", status="refunded")
    completed = await page_of(staff, customer, "bookings", status="completed")

    assert [(row["id"], row["status"]) for row in page["items"]] == [
        (other["id"], "pending"),
        (booking["id"], "refunded"),
    ]
    assert [row["id"] for row in refunded["items"]] == [booking["id"]]
    assert (refunded["total"], completed["total"]) == (1, 0)
    assert page["summary"] == {
        "total": 2,
        "pending": 1,
        "confirmed": 0,
        "in_progress": 0,
        "completed": 0,
        "cancelled": 0,
        "disputed": 0,
        "refunded": 1,
        "total_amount": 80_000,
    }


async def test_bookings_are_sorted_and_filtered_by_their_day(path: Path, staff_of: StaffOf) -> None:
    customer, service = await path.customer(), await path.service()
    early = await path.booking(customer["id"], service["id"], 20_000, scheduled_at="2026-01-10T10:00:00Z")
    late = await path.booking(customer["id"], service["id"], 10_000, scheduled_at="2026-02-10T10:00:00Z")
    staff = await staff_of()

    async def ids(**asked: Any) -> list[str]:
        return [row["id"] for row in (await page_of(staff, customer, "bookings", **asked))["items"]]

    assert await ids(sort="booking_date", order="asc") == [early["id"], late["id"]]
    assert await ids(sort_by="amount", sort_order="asc") == [late["id"], early["id"]]
    assert await ids(from_date="2026-02-01", to_date="2026-02-10") == [late["id"]]


async def test_a_booking_says_whether_it_was_reviewed_and_disputed(path: Path, staff_of: StaffOf) -> None:
    customer, booking, _ = await path.done()
    await path.post("reviews", external_id="r1", booking_id=booking["id"], rating=5)
    await path.dispute(customer, booking)

    [row] = (await page_of(await staff_of(), customer, "bookings"))["items"]

    assert (row["has_review"], row["review_rating"], row["has_dispute"]) == (True, 5, True)
    assert (row["payment_status"], row["payment_method"], row["vendor_name"]) == ("paid", "upi", "ABC Studios")


async def test_reviews_are_filtered_by_stars_and_response(path: Path, staff_of: StaffOf) -> None:
    customer, booking, _ = await path.done()
    second = await path.booking(customer["id"], booking["service_id"])
    await path.move(second, "confirmed", "in_progress", "completed")
    answered = await path.post("reviews", external_id="r1", booking_id=booking["id"], rating=5, title="Excellent!")
    silent = await path.post("reviews", external_id="r2", booking_id=second["id"], rating=2)
    await path.post(f"reviews/{answered['id']}/response", response="Thank you!")
    await path.post(f"reviews/{answered['id']}/helpful", helpful_count=12)
    staff = await staff_of()

    [row] = (await page_of(staff, customer, "reviews", has_response=True))["items"]
    assert (row["id"], row["vendor_response"], row["helpful_count"]) == (answered["id"], "Thank you!", 12)
    assert [one["id"] for one in (await page_of(staff, customer, "reviews", rating=2))["items"]] == [silent["id"]]
    assert (await page_of(staff, customer, "reviews"))["summary"] == {"total_reviews": 2, "average_rating": 3.5}


async def test_payments_have_a_summary_of_them_all(path: Path, staff_of: StaffOf) -> None:
    customer, booking, payment = await path.done(50_000)
    await path.payment(booking, status="failed", failure_reason="Card declined")
    staff = await staff_of()

    page = await page_of(staff, customer, "payments", status="success")

    assert [row["id"] for row in page["items"]] == [payment["id"]]
    assert page["summary"] == {"total_paid": 50_000, "total_refunded": 0, "success_rate": 0.5, "failed_count": 1}
    [failed] = (await page_of(staff, customer, "payments", status="failed"))["items"]
    assert failed["failure_reason"] == "Card declined"


async def test_each_list_waits_once(path: Path, staff_of: StaffOf, waits: Waits) -> None:
    customer, _, _ = await path.done()
    staff = await staff_of()

    for what in ("bookings", "bookings?status=completed&sort=amount", "reviews", "payments", "activity", "sessions"):
        with waits.counted() as seen:
            answer = await staff.get(f"/api/v1/admin/users/{customer['id']}/{what}")
        assert (answer.status_code, seen) == (200, [1]), what
