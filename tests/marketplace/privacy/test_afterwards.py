"""Nothing that is said of a customer after they were forgotten is kept: by no door, and of no kind."""

import json

from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.privacy.conftest import THEIRS, Whole
from tests.marketplace.privacy.test_anonymizing import everything, forget, settle


async def test_why_a_payment_failed_comes_in_with_no_batch(
    whole: Whole, path: Path, staff_of: StaffOf, given: Given
) -> None:
    staff = await staff_of()
    await settle(staff, whole)
    await forget(staff, whole)
    failed = {
        "external_id": "late",
        "booking_id": whole.booking["external_id"],
        "amount_cents": 50_000,
        "method": "upi",
        "gateway_payment_id": "gw_late",
        "status": "failed",
        "failure_reason": f"The card of {THEIRS} was declined",
    }

    answer = await path.platform.post(
        "/api/v1/platform/payments/batch", files={"file": ("a.jsonl", json.dumps(failed))}
    )

    assert answer.json()["data"] == {"imported": 1, "known": 0, "refused": []}
    assert THEIRS not in await everything(given)
