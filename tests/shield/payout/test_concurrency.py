"""Many calls on one claim at once never promise, and never pay, more than was approved."""

import asyncio
import random

import httpx

from tests.shield.conftest import AdminOf
from tests.shield.making import Given
from tests.shield.paying import Approved

CALLS = 200
PAYOUTS = "/v1/admin/payouts"


async def test_200_payouts_and_approvals_at_once_never_pay_more_than_was_approved(
    admin_of: AdminOf, approved: Approved, given: Given
) -> None:
    claim = await approved(90_000)
    people = [await admin_of("super_admin") for _ in range(4)]
    rolls = random.Random(7)

    async def call(number: int) -> httpx.Response:
        client = people[number % len(people)]
        if number % 5 == 0:
            body = {"amount_approved": rolls.choice([700, 900]), "change_reason": "Looked at again"}
            return await client.patch(f"/v1/admin/claims/{claim.id}", json=body)
        if number % 10 == 1:
            body = {"action": rolls.choice(["cancel", "mark_completed", "mark_completed"]), "reason": "At once"}
            known = await given.value("SELECT id FROM shield.payout WHERE status = 'pending' ORDER BY random() LIMIT 1")
            return await client.patch(f"{PAYOUTS}/{known or 'payout_nothing'}", json=body)
        amount = rolls.choice([0.01, 20, 60.5, 150])
        return await client.post(PAYOUTS, json={"claim_id": claim.id, "amount": amount, "method": "ach"})

    answers = await asyncio.gather(*(call(number) for number in range(CALLS)))
    live, approved_minor, paid, completed = [
        await given.value(sql)
        for sql in (
            "SELECT coalesce(sum(amount_minor), 0)::bigint FROM shield.payout"
            " WHERE status NOT IN ('failed', 'cancelled')",
            "SELECT amount_approved_minor FROM shield.claim",
            "SELECT amount_paid_minor FROM shield.claim",
            "SELECT coalesce(sum(amount_minor), 0)::bigint FROM shield.payout WHERE status = 'completed'",
        )
    ]

    assert {answer.status_code for answer in answers} <= {200, 201, 403, 404, 409, 503}
    assert sum(answer.status_code == 503 for answer in answers) < CALLS / 4
    assert live <= approved_minor
    assert any("would exceed" in answer.text for answer in answers), "the calls should press against what was approved"
    assert paid == completed
