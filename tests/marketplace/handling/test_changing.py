"""Staff move bookings, cancel them with the money that goes back, and note something; who is told of it."""

from typing import Any

import pytest

from backoffice.settings import Settings
from tests.marketplace.conftest import StaffOf
from tests.marketplace.dispute.acting import mails
from tests.marketplace.handling.handled import BOOKINGS, REASON, cancel, change, ids, in_hours, paid, whole
from tests.marketplace.making import Given, Path
from tests.marketplace.money import LARGE, REFUNDS, approve, refund, said, send

MOVES = {
    "pending": ["confirmed", "cancelled"],
    "confirmed": ["in_progress", "cancelled"],
    "in_progress": ["completed", "cancelled", "disputed"],
    "completed": ["disputed"],
    "disputed": ["completed", "cancelled"],
    "cancelled": [],
}
WAY = ("confirmed", "in_progress", "completed", "disputed")


async def at(path: Path, staff: Any, status: str) -> dict[str, Any]:
    """A booking that came to this status."""
    booking = await path.booking((await path.customer())["id"], (await path.service())["id"], scheduled_at=in_hours(99))
    if status == "cancelled":
        assert (await cancel(staff, booking)).status_code == 200
    for step in WAY[: WAY.index(status) + 1] if status in WAY else ():
        assert (await change(staff, booking, status=step)).status_code == 200
    return booking


@pytest.mark.parametrize("status", MOVES)
async def test_it_moves_along_its_table_and_no_other_way(path: Path, staff_of: StaffOf, status: str) -> None:
    staff = await staff_of()

    for to in MOVES:
        booking = await at(path, staff, status)
        answer = await (cancel(staff, booking) if to == "cancelled" else change(staff, booking, status=to))
        if to in MOVES[status] or (to == status != "cancelled"):
            assert answer.json()["data"]["status"] == to, (status, to)
        else:
            error = answer.json()["error"]
            assert said(answer) == (400, "INVALID_STATUS_TRANSITION"), (status, to)
            assert (error["current_status"], error["requested_status"]) == (status, to)
            assert error["allowed_transitions"] == sorted(MOVES[status])


async def test_a_move_stands_in_the_history_in_the_record_and_in_the_sums(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    staff = await staff_of()
    booking = await at(path, staff, "confirmed")

    answer = (await change(staff, booking, status="in_progress", admin_notes="Vendor called")).json()["data"]

    assert (answer["id"], answer["booking_number"]) == (booking["id"], booking["booking_number"])
    assert (answer["status"], answer["admin_notes"], answer["cancellation"]) == ("in_progress", "Vendor called", None)
    assert answer["updated_by"] == staff.staff.id
    found = await whole(staff, booking)
    assert (found["status_history"][-1]["changed_by"], found["updated_at"]) == (
        str(staff.staff.id),
        answer["updated_at"],
    )
    assert [entry[0] for entry in await given.audited() if entry[0].startswith("booking.")][-2:] == [
        "booking.noted",
        "booking.moved",
    ]


async def test_what_is_noted_is_kept_as_personal_and_no_customer_hears_it(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    staff = await staff_of()
    booking = await paid(path)

    await change(staff, booking, admin_notes="Calls himself a prince")
    await cancel(staff, booking)

    assert "prince" not in str(await given.audited())
    assert "prince" not in str(await mails(given))


@pytest.mark.parametrize(
    "case",
    [(48.05, 50_000, "full"), (47.95, 25_000, "part"), (24.05, 25_000, "part"), (23.95, 0, "none")],
)
async def test_cancelled_it_gives_back_by_notice(path: Path, staff_of: StaffOf, given: Given, case: Any) -> None:
    hours, back, rule = case
    booking = await paid(path, hours=hours)
    staff = await staff_of()

    found = (await cancel(staff, booking)).json()["data"]

    cancellation = found["cancellation"]
    assert (found["status"], cancellation["reason"], cancellation["cancelled_by"]) == (
        "cancelled",
        REASON,
        staff.staff.id,
    )
    assert (cancellation["refund_issued"], cancellation["refund_amount_cents"]) == (back > 0, back)
    assert (cancellation["rule"], cancellation["fee_cents"]) == (rule, 50_000 - back)
    for one in cancellation["refunds"]:
        await send(given.house, one["id"])
    assert await given.value("SELECT refunded_minor FROM marketplace.payment") == back
    shown = "refunded" if back == 50_000 else "cancelled"
    assert await ids(staff, status=shown) == [booking["id"]]


async def test_forced_it_gives_everything_back_whenever_it_is(path: Path, staff_of: StaffOf) -> None:
    booking = await paid(path, hours=1)

    found = (await cancel(await staff_of(), booking, force_refund=True)).json()["data"]["cancellation"]

    assert (found["refund_issued"], found["refund_amount_cents"], found["rule"]) == (True, 50_000, "forced")


async def test_what_went_back_before_is_not_given_again(path: Path, staff_of: StaffOf, given: Given) -> None:
    customer, service = await path.customer(), await path.service()
    booking = await path.booking(customer["id"], service["id"], scheduled_at=in_hours(99))
    payment = await path.payment(booking)
    staff = await staff_of()
    await refund(staff, payment, amount_cents=20_000)

    found = (await cancel(staff, booking)).json()["data"]["cancellation"]

    assert found["refund_amount_cents"] == 30_000
    assert await given.value("SELECT reserved_minor + refunded_minor FROM marketplace.payment") == 50_000


async def test_one_that_nobody_paid_for_gives_nothing_back(path: Path, staff_of: StaffOf, given: Given) -> None:
    staff = await staff_of()
    booking = await at(path, staff, "pending")

    found = (await cancel(staff, booking, force_refund=True)).json()["data"]["cancellation"]

    assert (found["refund_issued"], found["refund_amount_cents"], found["fee_cents"]) == (False, 0, 0)
    assert await given.value("SELECT count(*) FROM marketplace.refund") == 0


async def test_much_money_waits_for_a_second_person_and_the_booking_is_off_meanwhile(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    booking = await paid(path, amount=LARGE)
    first, second = await staff_of(), await staff_of()

    found = (await cancel(first, booking)).json()["data"]
    [waiting] = found["cancellation"]["refunds"]
    told = dict(await mails(given))
    again = await approve(first, waiting["id"])
    other = await approve(second, waiting["id"])

    assert (found["status"], found["cancellation"]["refund_issued"]) == ("cancelled", False)
    assert (waiting["status"], waiting["approvals_required"], waiting["approvals_received"]) == ("pending", 2, 1)
    assert "A refund of INR 200,000.00 is being looked at" in told["asha1@example.com"]
    assert said(again) == (409, "AGREED_ALREADY")
    assert other.json()["data"]["status"] == "approved"
    assert (await whole(first, booking))["cancellation"]["refund_issued"]
    assert (await first.get(REFUNDS)).json()["data"][0]["origin"] == "booking"


@pytest.mark.parametrize(("user", "vendor"), [(True, True), (True, False), (False, True), (False, False)])
async def test_customer_and_vendor_are_told_as_is_wished(
    path: Path, staff_of: StaffOf, given: Given, user: bool, vendor: bool
) -> None:
    booking = await paid(path)

    await cancel(await staff_of(), booking, notify_user=user, notify_vendor=vendor)

    found = dict(await mails(given))
    assert sorted(found) == ["asha1@example.com"] * user + ["studio2@example.com"] * vendor
    assert all(REASON in text and booking["booking_number"] in text for text in found.values())
    assert all(("INR 500.00" in text) == (address == "asha1@example.com") for address, text in found.items())


async def test_they_read_the_time_of_day_that_was_agreed_on(path: Path, staff_of: StaffOf, given: Given) -> None:
    for zone, shown in (
        ("Asia/Kolkata", "14 December 2026, 10:00 (Asia/Kolkata)"),
        (None, "14 December 2026, 10:00 (+05:30)"),
    ):
        booking = await path.booking((await path.customer())["id"], (await path.service())["id"], time_zone=zone)
        await change(await staff_of(), booking, status="confirmed")
        assert all(shown in text and "is confirmed" in text for _, text in await mails(given))


async def test_it_may_come_as_query_parameters_and_in_the_other_spelling(path: Path, staff_of: StaffOf) -> None:
    booking = await paid(path)
    staff = await staff_of()
    wanted = {"status": "canceled", "cancellation_reason": REASON, "force_refund": "true", "notify_user": "false"}

    missing = await staff.patch(f"{BOOKINGS}/{booking['id']}", params=wanted)
    key = {"Idempotency-Key": "by query"}
    first = await staff.patch(f"{BOOKINGS}/{booking['id']}", params=wanted, headers=key)
    again = await staff.patch(f"{BOOKINGS}/{booking['id']}", params=wanted, headers=key)
    other = await staff.patch(f"{BOOKINGS}/{booking['id']}", params={**wanted, "force_refund": "false"}, headers=key)

    assert said(missing) == (400, "IDEMPOTENCY_KEY_REQUIRED")
    assert (first.status_code, first.json()["data"]["status"]) == (200, "cancelled")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert said(other) == (409, "IDEMPOTENCY_CONFLICT")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"status": "cancelled"}, "cancellation_reason"),
        ({"status": "cancelled", "cancellation_reason": "too short"}, "cancellation_reason"),
        ({"status": "cancelled", "cancellation_reason": "x" * 501}, "cancellation_reason"),
        ({"admin_notes": "x" * 2001}, "admin_notes"),
        ({"status": "lost"}, "status"),
        ({}, "status"),
        ({"status": "confirmed", "force_refund": True}, "force_refund"),
        ({"status": "confirmed", "cancellation_reason": REASON}, "cancellation_reason"),
        ({"status": "confirmed", "price": 5}, "price"),
    ],
)
async def test_what_is_no_change_is_refused_by_its_name_and_changes_nothing(
    path: Path, staff_of: StaffOf, wanted: dict[str, Any], field: str
) -> None:
    staff = await staff_of()
    booking = await at(path, staff, "pending")

    answer = await change(staff, booking, **wanted)

    assert said(answer) == (400, "VALIDATION_ERROR")
    assert list(answer.json()["error"]["details"]) == [field]
    assert (await whole(staff, booking))["status"] == "pending"


async def test_disputed_by_hand_opens_no_dispute_and_one_that_is_opened_settles_it(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    customer, booking, _ = await path.done()
    staff = await staff_of()
    await change(staff, booking, status="disputed")
    assert await given.value("SELECT count(*) FROM marketplace.dispute") == 0

    dispute = await path.dispute(customer, booking)
    for wanted in ({"status": "in_progress"}, {"status": "resolved", "resolution_type": "no_refund"}):
        key = {"Idempotency-Key": str(wanted)}
        answer = await staff.patch(f"/api/v1/admin/disputes/{dispute['id']}", json=wanted, headers=key)
        assert answer.status_code == 200, answer.text

    assert (await whole(staff, booking))["status"] == "completed"


async def test_without_the_permission_nothing_changes(path: Path, staff_of: StaffOf) -> None:
    booking = await paid(path)

    answer = await cancel(await staff_of("support_agent"), booking)

    assert (answer.status_code, answer.json()["error"]["required_permission"]) == (403, "bookings:update")


async def test_one_that_is_not_there_is_not_found(staff_of: StaffOf) -> None:
    assert said(await change(await staff_of(), {"id": "bkg_nothing"}, status="confirmed")) == (404, "BOOKING_NOT_FOUND")


class TestAnotherPolicy:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"cancellation_refund_percent": {12: 90}})

    async def test_the_policy_is_that_of_the_settings(self, path: Path, staff_of: StaffOf) -> None:
        booking = await paid(path, hours=13)

        found = (await cancel(await staff_of(), booking)).json()["data"]["cancellation"]

        assert (found["refund_amount_cents"], found["fee_cents"], found["rule"]) == (45_000, 5_000, "part")
