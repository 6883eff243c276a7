"""What a resolution says of money fits its kind, or is refused with the reason."""

import pytest

from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Path
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
