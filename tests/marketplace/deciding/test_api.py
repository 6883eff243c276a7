"""Refunds are asked for, listed, approved and rejected; large ones need two people, and no door gives more back."""

from typing import Any

import pytest

from backoffice.kernel.house import House
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import LARGE, REFUNDS, approve, refund, reject, said, send

SENDS = "SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE task_name = 'marketplace.send_refund'"
PROOF = [{"type": "image", "url": "https://cdn.example.com/proof.jpg"}]


async def asked(path: Path, payment: dict[str, Any], **facts: Any) -> dict[str, Any]:
    path.count += 1
    new = {"external_id": f"r{path.count}", "payment_id": payment["id"], "reason": "service_not_provided"}
    return await path.post("refunds", **{**new, **facts})


async def test_a_customers_request_stands_in_the_queue_with_its_evidence(path: Path, staff_of: StaffOf) -> None:
    customer, booking, payment = await path.done(50_000)
    request = await asked(
        path, payment, amount_cents=20_000, evidence=PROOF, priority="high", description="Nobody came"
    )
    staff = await staff_of("finance_admin")

    listed = (await staff.get(REFUNDS, params={"status": "pending"})).json()

    row = listed["data"][0]
    assert (row["id"], row["evidence"], row["requested_amount_cents"]) == (request["id"], PROOF, 20_000)
    assert (row["user"]["id"], row["booking"]["id"]) == (customer["id"], booking["id"])
    assert listed["meta"]["summary"]["total_amount_pending_cents"] == 20_000
    assert (listed["meta"]["total_items"], listed["meta"]["total"], listed["meta"]["page_size"]) == (1, 1, 25)
    assert (await staff.get(f"{REFUNDS}/{request['id']}")).json()["data"] == row


@pytest.mark.parametrize(("role", "shown"), [("finance_admin", "a***@example.com"), ("super_admin", None)])
async def test_whoever_may_not_see_personal_data_sees_no_address_in_the_queue(
    path: Path, staff_of: StaffOf, role: str, shown: str | None
) -> None:
    await asked(path, (await path.done(50_000))[2])
    staff = await staff_of(role)

    listed = (await staff.get(REFUNDS)).json()["data"][0]

    told = (await staff.get(f"{REFUNDS}/{listed['id']}")).json()["data"]["user"]["email"]
    assert listed["user"]["email"] == told == (shown or "asha1@example.com")


@pytest.mark.parametrize(
    ("filters", "found"),
    [({"min_amount": 20_001}, 0), ({"min_amount": 20_000}, 1), ({"status": "approved"}, 0), ({"user_id": 999_999}, 0)],
)
async def test_the_queue_has_its_filters(path: Path, staff_of: StaffOf, filters: dict[str, Any], found: int) -> None:
    _, _, payment = await path.done(50_000)
    await asked(path, payment, amount_cents=20_000)

    listed = (await (await staff_of()).get(REFUNDS, params=filters)).json()

    assert len(listed["data"]) == listed["meta"]["total"] == found


async def test_a_request_sent_again_is_the_same_one_and_another_under_its_name_is_refused(path: Path) -> None:
    _, _, payment = await path.done(50_000)

    first = await asked(path, payment, external_id="same", amount_cents=20_000)
    again = await asked(path, payment, external_id="same", amount_cents=20_000)
    other = await path.platform.post(
        "/api/v1/platform/refunds",
        json={"external_id": "same", "payment_id": payment["id"], "amount_cents": 1, "reason": "other"},
    )

    assert first == again
    assert said(other) == (409, "REFUND_EXISTS")


async def test_notes_alone_approve_a_request_and_the_gateway_is_asked_after(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    _, _, payment = await path.done(50_000)
    request = await asked(path, payment)
    staff = await staff_of("finance_admin")

    answer = await approve(staff, request["id"], notes="As agreed")
    await send(house, request["id"])

    data = answer.json()["data"]
    assert (data["status"], data["refund_processed"], data["approved_by"]) == ("approved", False, staff.staff.id)
    row = (await staff.get(f"{REFUNDS}/{request['id']}")).json()["data"]
    assert (row["status"], row["refund_processed"], row["admin_notes"]) == ("processed", True, "As agreed")
    assert row["transaction_id"] == f"rfnd_{request['id']}"
    assert await given.value("SELECT status FROM marketplace.payment") == "refunded"


async def test_the_answer_to_the_same_key_shows_what_came_of_the_refund(
    path: Path, staff_of: StaffOf, house: House
) -> None:
    _, _, payment = await path.done(50_000)
    request = await asked(path, payment)
    staff, key = await staff_of(), {"Idempotency-Key": "once"}
    first = await staff.post(f"{REFUNDS}/{request['id']}/approve", json={}, headers=key)
    await send(house, request["id"])

    again = await staff.post(f"{REFUNDS}/{request['id']}/approve", json={}, headers=key)

    assert (first.json()["data"]["status"], again.json()["data"]["status"]) == ("approved", "processed")
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_less_can_be_approved_and_the_rest_is_free_again(path: Path, staff_of: StaffOf, given: Given) -> None:
    _, _, payment = await path.done(50_000)
    request = await asked(path, payment)
    staff = await staff_of()

    too_much = await approve(staff, request["id"], approved_amount_cents=50_001)
    part = await approve(staff, request["id"], approved_amount_cents=20_000)

    assert said(too_much) == (409, "REFUND_EXCEEDS_REQUEST")
    assert part.json()["data"]["approved_amount_cents"] == 20_000
    assert await given.value("SELECT reserved_minor FROM marketplace.payment") == 20_000


async def test_a_rejected_request_frees_what_it_reserved_and_is_decided_for_good(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    _, _, payment = await path.done(50_000)
    request = await asked(path, payment)
    staff = await staff_of()

    answer = await reject(staff, request["id"], reason="The service was given", offer_alternative="partial_credit")
    late = await approve(staff, request["id"])

    data = answer.json()["data"]
    assert (data["status"], data["rejected_by"], data["approved_by"]) == ("rejected", staff.staff.id, None)
    assert said(late) == (409, "ALREADY_RESOLVED")
    assert late.json()["error"]["current_status"] == "rejected"
    assert await given.value("SELECT reserved_minor FROM marketplace.payment") == 0
    assert await given.value("SELECT offered_instead FROM marketplace.refund") == "partial_credit"
    assert await given.value("SELECT count(*) FROM marketplace.wallet_entry") == 0


async def test_a_payment_is_given_back_in_parts_and_never_more_than_it_brought(path: Path, staff_of: StaffOf) -> None:
    _, _, payment = await path.done(50_000)
    staff = await staff_of("finance_admin")

    part = await refund(staff, payment, amount_cents=20_000, reason="Came late")
    more = await refund(staff, payment, amount_cents=30_001)
    rest = await refund(staff, payment)
    none = await refund(staff, payment)

    assert part.json()["data"]["approved_amount_cents"] == 20_000
    assert said(more) == (409, "REFUND_EXCEEDS_BALANCE")
    assert more.json()["error"]["left_cents"] == 30_000
    assert rest.json()["data"]["approved_amount_cents"] == 30_000
    assert said(none) == (409, "REFUND_EXCEEDS_BALANCE")


async def test_the_first_of_two_approvals_answers_pending_and_nobody_counts_twice(
    path: Path, staff_of: StaffOf
) -> None:
    _, _, payment = await path.done(LARGE)
    request = await asked(path, payment)
    first, second = await staff_of("super_admin"), await staff_of("finance_admin")
    queued = (await first.get(f"{REFUNDS}/{request['id']}")).json()["data"]

    one = await approve(first, request["id"])
    again = await approve(first, request["id"])
    two = await approve(second, request["id"])

    standing = [(a["status"], a["approvals_required"], a["approvals_received"]) for a in (queued, one.json()["data"])]
    assert standing == [("pending", 2, 0), ("pending", 2, 1)]
    assert one.status_code == 200
    assert said(again) == (409, "AGREED_ALREADY")
    data = two.json()["data"]
    assert (data["status"], data["approvals_received"], data["approved_by"]) == ("approved", 2, second.staff.id)


async def test_another_amount_voids_what_was_agreed_before(path: Path, staff_of: StaffOf) -> None:
    _, _, payment = await path.done(LARGE)
    request = await asked(path, payment)
    first, second = await staff_of(), await staff_of()
    await approve(first, request["id"])

    other = await approve(second, request["id"], approved_amount_cents=LARGE - 1)
    same = await approve(first, request["id"], approved_amount_cents=LARGE - 1)

    assert (other.json()["data"]["status"], other.json()["data"]["approvals_received"]) == ("pending", 1)
    assert same.json()["data"]["status"] == "approved"
    assert same.json()["data"]["approved_amount_cents"] == LARGE - 1


async def test_whoever_refunds_a_large_payment_needs_somebody_else_however_they_part_it(
    path: Path, staff_of: StaffOf
) -> None:
    _, _, payment = await path.done(LARGE)
    staff, other = await staff_of("finance_admin"), await staff_of("finance_admin")
    half = LARGE // 2

    first = await refund(staff, payment, amount_cents=half)
    second = await refund(staff, payment, amount_cents=half)
    alone = await approve(staff, second.json()["data"]["id"])
    together = await approve(other, second.json()["data"]["id"])

    assert first.json()["data"]["status"] == "approved"
    assert second.json()["data"]["status"] == "pending"
    assert said(alone) == (409, "AGREED_ALREADY")
    assert together.json()["data"]["status"] == "approved"


async def test_the_second_approval_resolves_the_dispute_that_waited_for_it(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    dispute_id, refund_id = await waiting_dispute(path, await staff_of(), given)
    second = await staff_of("finance_admin")

    other = await approve(second, refund_id, approved_amount_cents=LARGE - 1)
    done = await approve(second, refund_id)

    assert said(other) == (409, "DECIDED_BY_DISPUTE")
    assert done.json()["data"]["status"] == "approved"
    assert await given.value("SELECT status FROM marketplace.dispute") == "resolved"
    assert await given.value("SELECT status FROM marketplace.booking") == "cancelled"
    assert await given.value(
        "SELECT count(*) FROM kernel.audit_entry WHERE subject = %(subject)s AND action = 'dispute.updated'",
        subject=f"dispute:{dispute_id}",
    )


async def test_a_rejected_second_approval_leaves_the_dispute_to_be_decided_anew(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    _, refund_id = await waiting_dispute(path, await staff_of(), given)

    await reject(await staff_of("finance_admin"), refund_id)

    assert await given.value("SELECT status FROM marketplace.dispute") == "in_progress"
    assert await given.value("SELECT status FROM marketplace.refund") == "rejected"


async def waiting_dispute(path: Path, staff: Any, given: Given) -> tuple[int, str]:
    """A dispute resolved with all of a large payment, and the refund that waits for a second person."""
    customer, booking, _ = await path.done(LARGE)
    dispute = await path.dispute(customer, booking)
    for number, wanted in enumerate(
        ({"status": "in_progress"}, {"status": "resolved", "resolution_type": "full_refund"})
    ):
        answer = await staff.patch(
            f"/api/v1/admin/disputes/{dispute['id']}", json=wanted, headers={"Idempotency-Key": f"resolve {number}"}
        )
        assert answer.status_code == 200, answer.text
    return dispute["id"], str(await given.value("SELECT id FROM marketplace.refund"))


async def test_what_was_paid_from_the_wallet_goes_back_there_at_once(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    customer = await path.customer()
    booking = await path.booking(customer["id"], (await path.service())["id"])
    payment = await path.payment(booking, method="wallet")

    answer = await refund(await staff_of("finance_admin"), payment, amount_cents=20_000)

    data = answer.json()["data"]
    assert (data["status"], data["refund_processed"]) == ("processed", True)
    assert await given.value("SELECT cause || ' ' || amount FROM marketplace.wallet_entry") == "refund 20000"
    assert await given.value("SELECT wallet_minor || '/' || refunded_minor FROM marketplace.customer") == "20000/20000"
    assert await given.value(SENDS) == 0


TOLD = "SELECT coalesce(string_agg(template, ' ' ORDER BY template), '') FROM kernel.notification"


async def test_customer_and_vendor_are_told_of_a_decision_and_nobody_of_half_of_one(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    _, _, payment = await path.done(LARGE)
    request = await asked(path, payment)
    await given._one("UPDATE marketplace.vendor SET email = 'studio@example.com' RETURNING id")

    await approve(await staff_of(), request["id"])
    half = await given.value(TOLD)
    await approve(await staff_of(), request["id"])

    assert half == ""
    assert await given.value(TOLD) == "marketplace.refund_approved marketplace.refund_told_to_vendor"


async def test_who_is_not_to_be_told_is_not(path: Path, staff_of: StaffOf, given: Given) -> None:
    _, _, payment = await path.done(50_000)
    first, second = await asked(path, payment, amount_cents=1), await asked(path, payment, amount_cents=2)

    await approve(await staff_of(), first["id"], notify_user=False, notify_vendor=False)
    before = await given.value(TOLD)
    await reject(await staff_of(), second["id"])

    assert (before, await given.value(TOLD)) == ("", "marketplace.refund_rejected")
