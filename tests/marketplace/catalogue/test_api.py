"""Services are read: the list under its filters, and one with how it was booked and rated."""

from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Path


async def test_services_are_listed_and_shown(path: Path, staff_of: StaffOf) -> None:
    _, booking, _ = await path.done()
    await path.post("reviews", external_id="r1", booking_id=booking["id"], rating=5)
    cheap = await path.service(name="Street food", category="catering", base_price_cents=900)
    staff = await staff_of("vendor_admin")

    by_price = (await staff.get("/api/v1/admin/services", params={"sort": "price", "order": "asc"})).json()
    catering = (await staff.get("/api/v1/admin/services", params={"category": "catering"})).json()
    found = (await staff.get("/api/v1/admin/services", params={"search": "phot wed"})).json()
    detail = (await staff.get(f"/api/v1/admin/services/{booking['service_id']}")).json()["data"]

    assert [row["id"] for row in by_price["data"]] == [cheap["id"], booking["service_id"]]
    assert [row["id"] for row in catering["data"]] == [cheap["id"]]
    assert [row["id"] for row in found["data"]] == [booking["service_id"]]
    assert (detail["total_bookings"], detail["total_reviews"], detail["rating"]) == (1, 1, 5.0)
    assert (await staff.get("/api/v1/admin/services/svc_nothing")).json()["error"]["code"] == "SERVICE_NOT_FOUND"
