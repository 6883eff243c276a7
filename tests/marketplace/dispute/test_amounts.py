"""What a resolution says of money fits its kind, or is refused with the reason."""

import pytest

from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import approve, refund, said, send
from tests.marketplace.test_path import change


@pytest.mark.parametrize(
    ("resolution", "amount", "says"),
    [
        ("no_refund", 100, "A no_refund gives nothing back"),
        ("full_refund", 100, "A full_refund gives back 50000 paise"),
        ("partial_refund", None, "A partial_refund needs a refund_amount"),
    ],
)
async def test_an_amount_that_does_not_fit_its_resolution_is_refused_with_the_reason(
    path: Path, staff_of: StaffOf, resolution: str, amount: int | None, says: str
) -> None:
    customer, booking, _ = await path.done(50_000)
    dispute, staff = await path.dispute(customer, booking), await staff_of()
    await change(staff, dispute, status="in_progress")
    money = {} if amount is None else {"refund_amount": amount}

    refused = await change(staff, dispute, status="resolved", resolution_type=resolution, **money)

    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "REFUND_AMOUNT_MISMATCH"
    assert refused.json()["error"]["message"] == says
    left = {"refund_amount": 50_000} if resolution == "full_refund" else {}
    assert refused.json()["error"]["details"] == {"resolution_type": resolution, **left}


async def test_a_full_refund_of_money_that_a_request_holds_is_refused_with_the_name_of_the_request(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    customer, booking, payment = await path.done(50_000)
    dispute, staff = await path.dispute(customer, booking), await staff_of()
    request = await path.post(
        "refunds", external_id="held", payment_id=payment["id"], amount_cents=50_000, reason="other"
    )
    await change(staff, dispute, status="in_progress")

    refused = await change(staff, dispute, status="resolved", resolution_type="full_refund")

    number = await given.value("SELECT number FROM marketplace.refund")
    assert said(refused) == (409, "REFUND_EXCEEDS_BALANCE")
    assert refused.json()["error"]["details"] == {"left_cents": 0, "held_by": [number]}
    assert number in refused.json()["error"]["message"]
    assert await given.value("SELECT status FROM marketplace.dispute") == "in_progress"
    assert await given.value("SELECT status FROM marketplace.booking") == "disputed"
    assert (await approve(staff, request["id"])).status_code == 200


async def test_a_full_refund_of_money_that_is_back_already_is_refused_and_the_dispute_ends_without_one(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    customer, booking, payment = await path.done(50_000)
    dispute, staff = await path.dispute(customer, booking), await staff_of()
    back = await refund(staff, payment, amount_cents=50_000)
    await send(given.house, back.json()["data"]["id"])
    await change(staff, dispute, status="in_progress")

    refused = await change(staff, dispute, status="resolved", resolution_type="full_refund")
    ended = await change(staff, dispute, status="resolved", resolution_type="no_refund")

    assert said(refused) == (409, "REFUND_EXCEEDS_BALANCE")
    assert refused.json()["error"]["details"] == {"left_cents": 0, "held_by": []}
    assert ended.json()["data"]["status"] == "resolved", ended.text
