"""Bulk acts on bookings."""

from tests.marketplace.bulk.conftest import Bulk
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
