"""The payout doors: who may pay what to whom, and every move of a payout."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.shield.conftest import AdminOf
from tests.shield.making import Given
from tests.shield.paying import Approved

PAYOUTS = "/v1/admin/payouts"


def wanted(claim_id: str, amount: float = 500.00, method: str = "ach") -> dict[str, object]:
    return {"claim_id": claim_id, "amount": amount, "method": method, "notes": "Standard payout"}


async def test_a_payout_of_an_approved_claim_is_pending_with_its_destination_and_arrival(
    admin_of: AdminOf, approved: Approved
) -> None:
    client, claim = await admin_of("finance"), await approved()
    answer = await client.post(PAYOUTS, json=wanted(claim.id))
    data = answer.json()["data"]

    assert answer.status_code == 201
    assert '"amount":500.00' in answer.text
    assert (data["status"], data["claim_id"], data["user_id"]) == ("pending", claim.id, claim.member.id)
    assert data["destination"] == {
        "bank_name": "Chase Bank",
        "account_last_four": "5678",
        "routing_last_four": "0021",
    }
    assert data["initiated_by"]["admin_id"] == client.admin.shown_id
    assert datetime.fromisoformat(data["estimated_arrival"]).weekday() < 5
    assert "000123455678" not in answer.text


async def test_every_move_is_audited_about_the_member(admin_of: AdminOf, approved: Approved, given: Given) -> None:
    client, claim = await admin_of("finance"), await approved()
    payout_id = (await client.post(PAYOUTS, json=wanted(claim.id))).json()["data"]["id"]
    await client.patch(f"{PAYOUTS}/{payout_id}", json={"action": "cancel", "reason": "Wrong amount"})

    assert await given.audited() == [
        ("payout.created", f"payout:{payout_id}", client.admin.id),
        ("payout.cancelled", f"payout:{payout_id}", client.admin.id),
    ]
    about = await given.value("SELECT array_agg(DISTINCT data_subject) FROM kernel.audit_entry")
    assert about == [f"shield:{claim.member.id}"]


async def test_payouts_never_promise_more_than_was_approved(admin_of: AdminOf, approved: Approved) -> None:
    client, claim = await admin_of("finance"), await approved(50_000)
    assert (await client.post(PAYOUTS, json=wanted(claim.id, 300))).status_code == 201
    answer = await client.post(PAYOUTS, json=wanted(claim.id, 200.01))

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
    assert "200.00 is left" in answer.json()["error"]["message"]
    assert (await client.post(PAYOUTS, json=wanted(claim.id, 200))).status_code == 201


async def test_what_was_cancelled_can_be_promised_again(admin_of: AdminOf, approved: Approved) -> None:
    client, claim = await admin_of("finance"), await approved()
    first = (await client.post(PAYOUTS, json=wanted(claim.id))).json()["data"]["id"]
    assert (await client.post(PAYOUTS, json=wanted(claim.id))).status_code == 409
    cancelled = await client.patch(f"{PAYOUTS}/{first}", json={"action": "cancel", "reason": "Twice"})

    assert cancelled.json()["data"]["status"] == "cancelled"
    assert (await client.post(PAYOUTS, json=wanted(claim.id))).status_code == 201


@pytest.mark.parametrize("status", ["pending", "under_review", "denied", "paid"])
async def test_only_an_approved_claim_is_paid(admin_of: AdminOf, given: Given, status: str) -> None:
    client, claim = await admin_of("finance"), await given.claim(status=status)
    await given.account(claim.member)

    assert (await client.post(PAYOUTS, json=wanted(claim.id))).status_code == 409


@pytest.mark.parametrize("amount", [0, -1, 10.001, "500", None])
async def test_an_amount_that_is_none_is_refused(admin_of: AdminOf, approved: Approved, amount: object) -> None:
    client, claim = await admin_of("finance"), await approved()
    answer = await client.post(PAYOUTS, json={**wanted(claim.id), "amount": amount})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")


async def test_nothing_is_paid_to_an_unverified_account_except_by_check(admin_of: AdminOf, approved: Approved) -> None:
    client, claim = await admin_of("finance"), await approved(verified=False)
    refused = [await client.post(PAYOUTS, json=wanted(claim.id, method=method)) for method in ("ach", "wire")]

    assert [answer.status_code for answer in refused] == [409, 409]
    assert "not verified" in refused[0].json()["error"]["message"]
    by_check = await client.post(PAYOUTS, json=wanted(claim.id, method="check"))
    assert (by_check.status_code, by_check.json()["data"]["destination"]) == (201, None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("hold_until = now() + interval '1 hour'", "was changed"),
        ("correction_pending = true", "correction"),
    ],
)
async def test_an_account_that_waits_for_something_is_not_paid(
    admin_of: AdminOf, approved: Approved, given: Given, change: str, says: str
) -> None:
    client, claim = await admin_of("finance"), await approved()
    await given._one(f"UPDATE shield.bank_account SET {change} RETURNING id")
    answer = await client.post(PAYOUTS, json=wanted(claim.id))

    assert answer.status_code == 409
    assert says in answer.json()["error"]["message"]


async def test_a_member_without_an_account_is_not_paid_into_one(admin_of: AdminOf, given: Given) -> None:
    client, claim = await admin_of("finance"), await given.claim(status="approved", requested_minor=50_000)

    assert "no bank account" in (await client.post(PAYOUTS, json=wanted(claim.id))).json()["error"]["message"]


@pytest.mark.parametrize(("days_ago", "status"), [(0, 403), (29, 403), (31, 201)])
async def test_nobody_pays_to_an_account_they_changed_lately_not_even_a_super_admin(
    admin_of: AdminOf, approved: Approved, given: Given, days_ago: int, status: int
) -> None:
    client, other, claim = await admin_of("super_admin"), await admin_of("super_admin"), await approved()
    await given._one(
        "UPDATE shield.bank_account SET changed_by = %(by)s, changed_at = %(at)s RETURNING id",
        by=client.admin.id,
        at=datetime.now(UTC) - timedelta(days=days_ago),
    )
    await given._one("UPDATE shield.claim SET account_version = (SELECT version FROM shield.bank_account) RETURNING id")

    assert (await client.post(PAYOUTS, json=wanted(claim.id, 1))).status_code == status
    assert (await other.post(PAYOUTS, json=wanted(claim.id, 1))).status_code == 201


async def test_above_the_threshold_the_approver_does_not_pay_in_one_piece_or_in_many(
    admin_of: AdminOf, approved: Approved, given: Given
) -> None:
    client, other = await admin_of("super_admin"), await admin_of("super_admin")
    claim = await approved(200_000, approved_by=client.admin.id)

    assert (await client.post(PAYOUTS, json=wanted(claim.id, 1000.01))).status_code == 403
    assert (await client.post(PAYOUTS, json=wanted(claim.id, 1000.00))).status_code == 201
    refused = await client.post(PAYOUTS, json=wanted(claim.id, 0.01))
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert (await other.post(PAYOUTS, json=wanted(claim.id, 1000.00))).status_code == 201


async def test_whoever_created_a_payout_does_not_complete_it(admin_of: AdminOf, approved: Approved) -> None:
    maker, checker, claim = await admin_of("super_admin"), await admin_of("finance"), await approved()
    payout_id = (await maker.post(PAYOUTS, json=wanted(claim.id, method="wire"))).json()["data"]["id"]
    arrived = {"action": "mark_completed", "reason": "Seen on the statement"}

    assert (await maker.patch(f"{PAYOUTS}/{payout_id}", json=arrived)).status_code == 403
    data = (await checker.patch(f"{PAYOUTS}/{payout_id}", json=arrived)).json()["data"]
    assert (data["status"], data["completed_by"]["admin_id"]) == ("completed", checker.admin.shown_id)
    assert [(one["rail"], one["status"]) for one in data["attempts"]] == [("by_hand", "settled")]


async def test_who_tried_a_payout_again_does_not_complete_it_either(
    admin_of: AdminOf, approved: Approved, given: Given
) -> None:
    retrier, checker, claim = await admin_of("finance"), await admin_of("finance"), await approved()
    path = f"{PAYOUTS}/{await given.payout(claim, 50_000, status='failed')}"
    arrived = {"action": "mark_completed", "reason": "Seen on the statement"}
    await retrier.patch(path, json={"action": "retry", "reason": "Once more"})

    assert (await retrier.patch(path, json=arrived)).status_code == 403
    assert (await checker.patch(path, json=arrived)).status_code == 200


async def test_completed_payouts_that_reach_the_approved_amount_make_the_claim_paid(
    admin_of: AdminOf, approved: Approved, given: Given
) -> None:
    maker, checker, claim = await admin_of("finance"), await admin_of("finance"), await approved(50_000)
    for amount, status in ((200, "approved"), (300, "paid")):
        payout_id = (await maker.post(PAYOUTS, json=wanted(claim.id, amount))).json()["data"]["id"]
        await checker.patch(f"{PAYOUTS}/{payout_id}", json={"action": "mark_completed", "reason": "Arrived"})
        assert await given.value("SELECT status FROM shield.claim") == status


@pytest.mark.parametrize(
    ("status", "action"),
    [
        ("processing", "cancel"),
        ("completed", "cancel"),
        ("failed", "cancel"),
        ("cancelled", "cancel"),
        ("pending", "retry"),
        ("processing", "retry"),
        ("completed", "retry"),
        ("cancelled", "retry"),
        ("completed", "mark_completed"),
        ("failed", "mark_completed"),
        ("cancelled", "mark_completed"),
    ],
)
async def test_a_move_that_is_none_is_a_conflict(
    admin_of: AdminOf, approved: Approved, given: Given, status: str, action: str
) -> None:
    client, claim = await admin_of("finance"), await approved()
    payout_id = await given.payout(claim, 50_000, status=status)
    answer = await client.patch(f"{PAYOUTS}/{payout_id}", json={"action": action, "reason": "Because"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")


async def test_a_failed_payout_is_retried_while_the_claim_has_room_for_it(
    admin_of: AdminOf, approved: Approved, given: Given
) -> None:
    client, claim = await admin_of("finance"), await approved(50_000)
    failed = await given.payout(claim, 30_000, status="failed")
    other = (await client.post(PAYOUTS, json=wanted(claim.id, 300))).json()["data"]["id"]
    retry = {"action": "retry", "reason": "Bank details updated by user"}
    assert (await client.patch(f"{PAYOUTS}/{failed}", json=retry)).status_code == 409
    await client.patch(f"{PAYOUTS}/{other}", json={"action": "cancel", "reason": "Retry instead"})

    assert (await client.patch(f"{PAYOUTS}/{failed}", json=retry)).json()["data"]["status"] == "pending"


async def test_a_reason_is_needed_for_every_action(admin_of: AdminOf, approved: Approved, given: Given) -> None:
    client, claim = await admin_of("finance"), await approved()
    payout_id = await given.payout(claim, 1)

    for action in ("cancel", "retry", "mark_completed"):
        for body in ({"action": action}, {"action": action, "reason": " "}):
            assert (await client.patch(f"{PAYOUTS}/{payout_id}", json=body)).status_code == 400


@pytest.mark.parametrize("role", ["claims_handler", "support", "auditor"])
async def test_only_finance_and_super_admins_pay(admin_of: AdminOf, approved: Approved, role: str) -> None:
    client, claim = await admin_of(role), await approved()

    assert (await client.post(PAYOUTS, json=wanted(claim.id))).status_code == 403


async def test_nobody_who_left_for_fraud_is_paid(admin_of: AdminOf, approved: Approved, given: Given) -> None:
    client, claim = await admin_of("finance"), await approved()
    await given._one(
        """
        INSERT INTO shield.deactivation (id, member_id, reason, effective_at, notifies_member, decided_by,
                                         took_effect_at)
             VALUES ('deact_' || replace(uuidv7()::text, '-', ''), %(member_id)s, 'fraud', now(), false, %(by)s, now())
          RETURNING id
        """,
        member_id=claim.member.id,
        by=client.admin.id,
    )

    assert "fraud" in (await client.post(PAYOUTS, json=wanted(claim.id))).json()["error"]["message"]
