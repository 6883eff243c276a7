"""Random staff, jobs and returns walk payouts about: no illegal state, never a cent more than was approved."""

import random
from datetime import UTC, datetime

import httpx
import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.shield.payout import jobs
from backoffice.shield.payout.clearing import take_returns, write_files
from tests.shield.conftest import AdminOf
from tests.shield.making import Claim, Given
from tests.shield.payout.conftest import Approved
from tests.shield.payout.test_clearing import returned

PAYOUTS = "/v1/admin/payouts"
ANY_PAYOUT = "SELECT id FROM shield.payout ORDER BY md5(id || %(salt)s::text) LIMIT 1"
ANY_ATTEMPT = """SELECT id FROM shield.payout_attempt WHERE rail = 'nacha' ORDER BY md5(id || %(salt)s::text) LIMIT 1"""
BROKEN = """
    SELECT format('%%s %%s', c.status, c.amount_paid_minor)
      FROM shield.claim c
      LEFT JOIN LATERAL (SELECT coalesce(sum(amount_minor) FILTER (WHERE status = 'completed'), 0) AS completed,
                                coalesce(sum(amount_minor) FILTER (WHERE status NOT IN ('failed', 'cancelled')), 0)
                                    AS live
                           FROM shield.payout WHERE claim_id = c.id) p ON true
     WHERE p.live > c.amount_approved_minor OR p.completed <> c.amount_paid_minor
        OR (c.status = 'paid') <> (p.completed = c.amount_approved_minor)
    UNION ALL
    SELECT format('%%s %%s', p.status, a.status)
      FROM shield.payout p JOIN LATERAL (SELECT status FROM shield.payout_attempt WHERE payout_id = p.id
                                          ORDER BY number DESC LIMIT 1) a ON true
     WHERE (p.status, a.status) NOT IN (('processing', 'sent'), ('completed', 'settled'), ('failed', 'returned'),
                                        ('pending', 'returned'), ('cancelled', 'returned'))
     LIMIT 1
"""


async def step(
    given: Given, by_file: House, people: list[httpx.AsyncClient], *, claim: Claim, rolls: random.Random
) -> None:
    client, salt = rolls.choice(people), rolls.random()
    match rolls.choice(["create", "create", "cancel", "retry", "mark_completed", "file", "settle", "return"]):
        case "create":
            amount = rolls.choice([100.00, 250.50, 0.01])
            await client.post(PAYOUTS, json={"claim_id": claim.id, "amount": amount, "method": "ach"})
        case "file":
            await write_files(by_file, datetime.now(UTC).date())
        case "settle":
            attempt_id = await given.value(ANY_ATTEMPT, salt=salt)
            await jobs.settle_payout(
                JobRun(by_file, system("shield", "walk"), Context(), 0), attempt_id=str(attempt_id)
            )
        case "return":
            attempt_id = await given.value(ANY_ATTEMPT, salt=salt)
            if attempt_id is not None:
                facts = "SELECT trace_number || ' ' || amount_minor FROM shield.payout_attempt a JOIN shield.payout p"
                trace, cents = (
                    await given.value(f"{facts} ON p.id = a.payout_id WHERE a.id = %(id)s", id=attempt_id)
                ).split()
                await take_returns(by_file, returned(trace, code="R06", cents=int(cents)))
        case action:
            payout_id = await given.value(ANY_PAYOUT, salt=salt)
            await client.patch(f"{PAYOUTS}/{payout_id}", json={"action": action, "reason": "The walk"})


@pytest.mark.parametrize("seed", range(4))
async def test_no_walk_leads_to_an_illegal_state_or_a_cent_too_much(
    admin_of: AdminOf, approved: Approved, given: Given, by_file: House, seed: int
) -> None:
    rolls, claim = random.Random(seed), await approved(60_000)
    people = [await admin_of("finance") for _ in range(3)]
    for place in range(60):
        await step(given, by_file, people, claim=claim, rolls=rolls)
        assert await given.value(BROKEN, unused=0) is None, f"step {place}"

    assert await given.value("SELECT count(*) FROM shield.payout") > 0
