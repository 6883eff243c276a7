"""Vendors and services are read: lists and details, so that no id leads nowhere."""

from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Path


async def test_a_vendor_is_listed_and_shown_with_what_they_did(path: Path, staff_of: StaffOf) -> None:
    _, booking, _ = await path.done()
    await path.post("reviews", external_id="r1", booking_id=booking["id"], rating=4)
    await path.post("vendors", external_id="v99", name="Zeta Caterers", city="Pune")
    staff = await staff_of("vendor_admin")

    page = (await staff.get("/api/v1/admin/vendors", params={"sort_by": "rating"})).json()
    found = (await staff.get("/api/v1/admin/vendors", params={"search": "zet", "city": "PUNE"})).json()
    detail = (await staff.get(f"/api/v1/admin/vendors/{booking['vendor_id']}")).json()["data"]

    assert [row["rating"] for row in page["data"]] == [4.0, None]
    assert (page["meta"]["page_size"], page["meta"]["total_items"]) == (25, 2)
    assert [row["name"] for row in found["data"]] == ["Zeta Caterers"]
    assert (detail["total_bookings"], detail["completed_bookings"], detail["total_services"]) == (1, 1, 1)
    assert (await staff.get("/api/v1/admin/vendors/987654")).json()["error"]["code"] == "VENDOR_NOT_FOUND"


async def test_who_may_not_see_vendors_is_told_what_is_missing(staff_of: StaffOf) -> None:
    staff = await staff_of("finance_admin")

    refused = await staff.get("/api/v1/admin/vendors")

    assert (refused.status_code, refused.json()["error"]["required_permission"]) == (403, "vendors:list")
