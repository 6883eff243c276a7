"""Bulk acts on bookings."""

from tests.marketplace.bulk.conftest import Bulk
from tests.marketplace.conftest import StaffOf
from tests.marketplace.handling.handled import REASON, paid
from tests.marketplace.making import Given, Path

CANCEL = {"act": "bookings.cancel", "cancellation_reason": REASON, "notify_user": False, "notify_vendor": False}
UNKNOWN = "bkg_" + "0" * 32


async def test_bookings_are_cancelled_each_by_the_policy_and_others_say_why_not(
    bulk: Bulk, path: Path, given: Given
) -> None:
    early, late = await paid(path, hours=100), await paid(path, hours=1)
    _, done, _ = await path.done()
    ids = [early["id"], late["id"], done["id"], UNKNOWN]

    foreseen = await bulk.preview("bookings", do=CANCEL, ids=ids)
    job_id = await bulk.do("bookings", do=CANCEL, ids=ids)

    codes = [line["code"] or line["outcome"] for line in await bulk.file(job_id)]
    assert codes == ["done", "done", "INVALID_STATUS_TRANSITION", "BOOKING_NOT_FOUND"]
    assert (foreseen["would"], foreseen["would_not"]) == (2, 2)
    asked = "SELECT array_agg(booking_id) FROM marketplace.refund"
    assert await given.value(asked) == [early["id"]], "the other was too late for anything to go back"
    with_undo = await bulk.post(f"bulk/{job_id}/undo")
    assert with_undo.json()["error"]["code"] == "CANNOT_UNDO"


async def test_a_filter_of_the_list_chooses_the_bookings_that_are_noted(bulk: Bulk, path: Path, given: Given) -> None:
    await path.done()
    booking = await paid(path)
    do = {"act": "bookings.note", "admin_notes": "Hall is flooded"}

    for filters in ({"booking_status": "confirmed"}, {"search": booking["id"]}):
        job_id = await bulk.do("bookings", do=do, filter=filters, expected_count=1)
        assert [line["id"] for line in await bulk.file(job_id)] == [booking["id"]]
    assert await given.value("SELECT count(*) FROM marketplace.booking WHERE admin_notes = 'Hall is flooded'") == 1


async def test_nothing_is_noted_of_somebody_who_was_erased_as_the_preview_says(
    bulk: Bulk, path: Path, given: Given, staff_of: StaffOf
) -> None:
    customer, booking, _ = await path.done()
    other = await paid(path)
    admin = await staff_of()
    assert (await admin.post(f"/api/v1/admin/users/{customer['id']}/anonymize")).status_code == 200
    asked = {"do": {"act": "bookings.note", "admin_notes": "Hall is flooded"}, "ids": [booking["id"], other["id"]]}

    foreseen = await bulk.preview("bookings", **asked)
    job_id = await bulk.do("bookings", **asked)

    assert [line["code"] or line["outcome"] for line in await bulk.file(job_id)] == ["USER_DELETED", "done"]
    assert (foreseen["would"], [one["code"] for one in foreseen["reasons"]]) == (1, ["USER_DELETED"])
