"""One booking with everything: history, price, payments, refunds, dispute, review, timeline."""

from tests.marketplace.conftest import StaffOf
from tests.marketplace.handling.handled import BOOKINGS, cancel, change, paid, whole
from tests.marketplace.handling.test_list import HOME
from tests.marketplace.making import Path
from tests.marketplace.money import said
from tests.waits import Waits

IMAGE = {"url": "https://cdn.example.com/leak.jpg", "uploaded_at": "2026-01-09T08:28:00Z", "uploaded_by": "user"}


async def test_it_shows_what_the_platform_told_of_it(path: Path, staff_of: StaffOf) -> None:
    customer = await path.customer(profile_picture_url="https://cdn.example.com/asha.jpg")
    service = await path.service(subcategory="weddings", description="Two people, a whole day")
    pricing = {"base_amount_cents": 250_000, "tax_cents": 45_000, "platform_fee_cents": 25_000, "discount_cents": 5_000}
    booking = await path.booking(
        customer["id"],
        service["id"],
        address=HOME,
        pricing=pricing,
        customer_requirements=["Bring a second camera"],
        images=[IMAGE],
        estimated_duration_minutes=120,
        prepaid=True,
    )

    found = await whole(await staff_of(), booking)

    assert found["user"]["profile_image"] == "https://cdn.example.com/asha.jpg"
    assert (found["user"]["total_bookings"], found["user"]["trust_score"]) == (1, 73)
    assert (found["vendor"]["email"], found["vendor"]["total_bookings"]) == ("studio2@example.com", 1)
    assert (found["vendor"]["verification_status"], found["vendor"]["rating"]) == ("pending", None)
    assert (found["service"]["subcategory"], found["service"]["description"]) == ("weddings", "Two people, a whole day")
    assert (found["service"]["pricing_type"], found["service"]["base_price_cents"]) == ("fixed", 50_000)
    assert (found["address"]["apartment"], found["address"]["coordinates"]) == ("4B", {"lat": 19.076, "lng": 72.8777})
    assert (found["estimated_duration_minutes"], found["prepaid"]) == (120, True)
    assert (found["customer_requirements"], found["images"]) == (["Bring a second camera"], [IMAGE])
    assert found["pricing"] == {
        **pricing,
        "total_amount_cents": 315_000,
        "currency": "INR",
        "breakdown": [
            {"description": "Service charge", "amount_cents": 250_000},
            {"description": "GST (18%)", "amount_cents": 45_000},
            {"description": "Platform fee", "amount_cents": 25_000},
            {"description": "Discount", "amount_cents": -5_000},
        ],
    }
    assert [found[name] for name in ("dispute", "cancellation", "completion", "review", "admin_notes")] == [None] * 5


async def test_its_history_and_timeline_say_who_did_what_in_the_order_of_time(path: Path, staff_of: StaffOf) -> None:
    customer, booking, payment = await path.done()
    await path.post("reviews", external_id="r1", booking_id=booking["id"], rating=4, title="Good", comment="On time")
    await path.dispute(customer, booking)
    staff = await staff_of("super_admin")
    await change(staff, booking, admin_notes="Asked the vendor")

    found = await whole(staff, booking)

    vendor = str(booking["vendor_id"])
    assert [(one["status"], one["changed_by"], one["changed_by_kind"]) for one in found["status_history"]] == [
        ("pending", str(customer["id"]), "user"),
        ("confirmed", vendor, "vendor"),
        ("in_progress", vendor, "vendor"),
        ("completed", vendor, "vendor"),
        ("disputed", "system", "system"),
    ]
    told = [(one["event"], one["actor"]) for one in found["timeline"]]
    assert told[0] == ("booking_created", "user")
    assert set(told) == {
        ("booking_created", "user"),
        ("payment_completed", "system"),
        ("booking_confirmed", "vendor"),
        ("booking_started", "vendor"),
        ("booking_completed", "vendor"),
        ("review_written", "user"),
        ("dispute_opened", "user"),
        ("booking_disputed", "system"),
        ("notes_changed", "admin"),
    }
    assert told[-1] == ("notes_changed", "admin")
    assert found["timeline"][-1]["actor_id"] == staff.staff.id
    times = [one["timestamp"] for one in found["timeline"]]
    assert times == sorted(times)
    assert "Asked the vendor" not in str(found["timeline"])
    assert found["payments"][0]["id"] == payment["id"]
    assert (found["payment"]["transaction_id"], found["payment"]["refund_status"]) == ("gw_4", None)


async def test_its_dispute_and_its_review_stand_in_it(path: Path, staff_of: StaffOf) -> None:
    customer, booking, _ = await path.done()
    await path.post("reviews", external_id="r1", booking_id=booking["id"], rating=4, title="Good", comment="On time")
    dispute = await path.dispute(customer, booking)

    found = await whole(await staff_of(), booking)

    assert (found["dispute"]["id"], found["dispute"]["raised_by"]) == (dispute["id"], "user")
    assert (found["dispute"]["reason"], found["dispute"]["description"]) == (
        "service_quality",
        "Booked a photographer who never arrived",
    )
    assert (found["review"]["rating"], found["review"]["comment"]) == (4, "On time")


async def test_a_finished_one_says_when_and_by_whom_it_was_done(path: Path, staff_of: StaffOf) -> None:
    _, booking, _ = await path.done()

    found = await whole(await staff_of(), booking)

    assert found["completion"]["completed_by"] == booking["vendor_id"]
    assert (found["completion"]["completed_by_kind"], found["completion"]["duration_minutes"]) == ("vendor", 0)


async def test_what_its_cancellation_gave_back_stands_with_it(path: Path, staff_of: StaffOf) -> None:
    booking = await paid(path)
    staff = await staff_of()
    await cancel(staff, booking)

    found = await whole(staff, booking)

    assert found["status"] == "cancelled"
    assert found["cancellation"] == {
        "reason": found["cancellation_reason"],
        "cancelled_by": staff.staff.id,
        "cancelled_by_kind": "admin",
        "cancelled_at": found["cancelled_at"],
        "refund_issued": True,
        "refund_amount_cents": 50_000,
    }
    assert [(one["status"], one["amount_cents"]) for one in found["refunds"]] == [("approved", 50_000)]
    assert found["payment"]["refund_status"] == "approved"
    assert {"refund_requested", "refund_approved", "booking_cancelled"} <= {one["event"] for one in found["timeline"]}


async def test_one_that_is_not_there_is_not_found_by_its_id(staff_of: StaffOf) -> None:
    answer = await (await staff_of()).get(f"{BOOKINGS}/bkg_nothing")

    assert said(answer) == (404, "BOOKING_NOT_FOUND")
    assert answer.json()["error"]["booking_id"] == "bkg_nothing"


async def test_it_waits_once_however_much_there_is_of_it(path: Path, staff_of: StaffOf, waits: Waits) -> None:
    customer, booking, _ = await path.done()
    await path.dispute(customer, booking)
    staff = await staff_of()

    with waits.counted() as seen:
        await whole(staff, booking)

    assert seen == [1]
