"""Nothing that is said of a customer after they were forgotten is kept: by no door, and of no kind."""

import json
from typing import Any

from backoffice.marketplace.chargeback import actions as chargebacks
from backoffice.marketplace.chargeback.store import Told
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.referral import store as referrals
from backoffice.marketplace.referral.rules import Decision
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.privacy.conftest import THEIRS, Whole
from tests.marketplace.privacy.test_anonymizing import KEYS, everything, forget, settle

DIFFERS = """
    INSERT INTO marketplace.refund_difference (refund_id, kind, our_status, said)
    SELECT id, 'not_at_gateway', status, 'nothing' FROM marketplace.refund ORDER BY requested_at DESC LIMIT 1
 RETURNING id
"""


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


async def test_no_words_come_with_what_staff_still_decide_and_none_are_taken_alone(
    whole: Whole, path: Path, staff_of: StaffOf, given: Given
) -> None:
    staff, payment = await staff_of(), await given.value("SELECT id FROM marketplace.payment")
    await settle(staff, whole)
    await forget(staff, whole)
    dispute, review = f"disputes/{whole.dispute['id']}", await given.value("SELECT id FROM marketplace.review")
    resolved = {"status": "resolved", "resolution_type": "no_refund", "resolution_details": THEIRS}

    async def code(method: str, place: str, **body: Any) -> str:
        key = {"Idempotency-Key": f"afterwards {next(KEYS)}"}
        answer = await staff.request(method, f"/api/v1/admin/{place}", json=body, headers=key)
        return "" if answer.is_success else str(answer.json()["error"]["code"])

    decided = [
        await code("PATCH", dispute, status="in_progress"),
        await code("PATCH", dispute, **resolved),
        await code("PATCH", dispute, status="in_progress"),
        await code("PATCH", dispute, status="rejected", resolution_details=THEIRS),
        await code("POST", f"payments/{payment}/refund", amount_cents=1, reason=THEIRS),
    ]
    difference = await given.value(DIFFERS)
    decided.append(await code("POST", f"refund-differences/{difference}/close", reason=THEIRS))
    said = [
        await code("PATCH", dispute, admin_notes=THEIRS),
        await code("POST", f"{dispute}/messages", message=THEIRS),
        await code("POST", f"{dispute}/messages", message=THEIRS, is_internal=False),
        await code("POST", f"{dispute}/assign", admin_user_id=staff.staff.id, notes=THEIRS),
    ]
    answered = await path.platform.post(f"/api/v1/platform/reviews/{review}/response", json={"response": THEIRS})

    assert set(decided) == {""}, decided
    assert set(said) == {"USER_DELETED"} == {answered.json()["error"]["code"]}, said
    assert THEIRS not in await everything(given)


async def test_no_words_come_of_a_bank_that_takes_back_nor_where_a_referral_is_decided(
    whole: Whole, staff_of: StaffOf, given: Given
) -> None:
    staff = await staff_of()
    await settle(staff, whole)
    await forget(staff, whole)
    payment = await given.value("SELECT gateway_payment_id FROM marketplace.payment")
    referral = await given.value("UPDATE marketplace.referral SET decision = NULL, decided_at = NULL RETURNING id")

    async with given.write() as tx:
        tx.record("told", "by a test")
        told = Told(Gateway.SANDBOX, "cb", payment, amount_minor=50_000, reason=THEIRS)
        taken = await chargebacks.chargeback_told(tx, told)
        held = await referrals.lock_referral(tx, referral)
        await referrals.set_decided(tx, held, Decision.REJECTED, reason=THEIRS)

    assert taken.dispute_id is not None
    assert THEIRS not in await everything(given)
