"""Deciding claims: the moves, the limits of an approval, what payouts make of it, many approvals at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from backoffice.kernel.actor import Actor
from backoffice.shield.claim import actions, rules
from backoffice.shield.claim.actions import ClaimUpdate
from backoffice.shield.claim.rules import Status
from backoffice.shield.permissions import Shield
from tests.shield.making import AdminClient, Claim, Given

Change = Callable[..., Awaitable[httpx.Response]]
Settle = Callable[[Claim, str, str], Awaitable[None]]


async def facts(given: Given, claim: Claim) -> tuple[Any, ...]:
    """(status, amount_approved_minor, amount_paid_minor)"""
    sql = (
        "SELECT jsonb_build_array(status, amount_approved_minor, amount_paid_minor) FROM shield.claim WHERE id = %(id)s"
    )
    return tuple(await given.value(sql, id=claim.id))


def sentence(answer: httpx.Response) -> str:
    assert answer.json()["error"]["code"] in {"CONFLICT", "VALIDATION_ERROR"}
    return answer.json()["error"]["message"]  # type: ignore[no-any-return]


async def test_a_claim_walks_from_submission_to_denial_and_is_reopened(
    handler: AdminClient, given: Given, change: Change
) -> None:
    claim = await given.claim()

    for to in ("under_review", "denied", "under_review"):
        assert (await change(handler, claim, status=to)).status_code == 200
        assert (await facts(given, claim))[0] == to


@pytest.mark.parametrize(
    ("status", "to"),
    [
        ("pending", "approved"),
        ("denied", "approved"),
        ("pending", "paid"),
        ("approved", "denied"),
        ("denied", "pending"),
    ],
)
async def test_a_move_outside_the_machine_is_a_conflict(
    handler: AdminClient, given: Given, change: Change, status: str, to: str
) -> None:
    claim = await given.claim(status=status)

    answer = await change(handler, claim, status=to, amount_approved=1)

    assert (answer.status_code, (await facts(given, claim))[0]) == (409, status)


async def test_nobody_makes_a_claim_paid_by_hand_or_takes_that_back(
    handler: AdminClient, given: Given, change: Change
) -> None:
    approved, paid = await given.claim(status="approved"), await given.claim(status="paid")

    for claim, to in ((approved, "paid"), (paid, "approved")):
        answer = await change(handler, claim, status=to)
        assert answer.status_code == 409
        assert "Only completed payouts" in sentence(answer)


async def test_an_approval_needs_its_amount(handler: AdminClient, given: Given, change: Change) -> None:
    claim = await given.claim(status="under_review")

    assert (await change(handler, claim, status="approved")).status_code == 400
    for wrong in (0, -1, 10.001, "100", None):
        assert (await change(handler, claim, status="approved", amount_approved=wrong)).status_code == 400


async def test_an_approval_is_at_most_what_was_requested(handler: AdminClient, given: Given, change: Change) -> None:
    claim = await given.claim(status="under_review", requested_minor=100_000)

    answer = await change(handler, claim, status="approved", amount_approved=1000.01)

    assert (answer.status_code, sentence(answer)) == (409, "No more than the requested $1,000.00 can be approved")
    assert (await change(handler, claim, status="approved", amount_approved=1000.00)).status_code == 200


async def test_an_approval_is_at_most_what_the_period_has_left(
    handler: AdminClient, given: Given, change: Change
) -> None:
    first = await given.claim(status="approved", requested_minor=300_000)
    await given.claim(first.member, status="paid", requested_minor=150_000)
    claim = await given.claim(first.member, status="under_review")

    answer = await change(handler, claim, status="approved", amount_approved=500.01)

    assert (answer.status_code, sentence(answer)) == (
        409,
        "No more than the remaining coverage of $500.00 can be approved",
    )
    assert (await handler.get(f"/v1/admin/claims/{claim.id}")).json()["data"]["remaining_coverage"] == 500.0
    assert (await change(handler, claim, status="approved", amount_approved=500)).status_code == 200


async def test_a_new_coverage_period_begins_with_the_first_approval_after_the_one_before(
    handler: AdminClient, given: Given, change: Change
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=200)
    first = await given.claim(status="under_review", requested_minor=500_000)
    async with given.write() as tx:
        await tx.run(
            """
            UPDATE shield.claim SET status = 'approved', amount_approved_minor = 500000, approved_at = %(at)s
             WHERE id = %(id)s
            """,
            at=long_ago,
            id=first.id,
        )
        tx.record("approved", first.id)
    claim = await given.claim(first.member, status="under_review", requested_minor=500_000)
    url = f"/v1/admin/claims/{claim.id}"

    before = (await handler.get(url)).json()["data"]
    answer = await change(handler, claim, status="approved", amount_approved=5000)
    after = (await handler.get(url)).json()["data"]

    assert (before["coverage_window"]["inside"], before["remaining_coverage"]) == (False, 5000.0)
    assert answer.status_code == 200
    assert after["coverage_window"]["from"] > before["coverage_window"]["to"]
    assert after["coverage_window"]["inside"] is True


async def test_an_approval_taken_back_frees_its_coverage(handler: AdminClient, given: Given, change: Change) -> None:
    first = await given.claim(status="approved", requested_minor=500_000)
    second = await given.claim(first.member, status="under_review", requested_minor=500_000)
    assert (await change(handler, second, status="approved", amount_approved=1)).status_code == 409

    back = await change(handler, first, status="under_review")

    assert back.json()["data"]["amount_approved"] is None
    assert (await change(handler, second, status="approved", amount_approved=5000)).status_code == 200


async def test_while_approved_the_amount_may_change_but_never_below_live_payouts(
    handler: AdminClient, given: Given, change: Change
) -> None:
    claim = await given.claim(status="approved", requested_minor=100_000, approved_minor=80_000)
    await given.payout(claim, 50_000)

    raised = await change(handler, claim, amount_approved=1000)
    too_low = await change(handler, claim, amount_approved=499.99)
    lowered = await change(handler, claim, amount_approved=500)

    assert raised.json()["data"]["audit_entry"]["action"] == "claim_amount_update"
    assert (too_low.status_code, lowered.status_code) == (409, 200)
    assert await facts(given, claim) == ("approved", 50_000, 0)


async def test_an_approval_is_not_taken_back_from_under_a_live_payout(
    handler: AdminClient, given: Given, change: Change
) -> None:
    claim = await given.claim(status="approved", requested_minor=100_000)
    payout_id = await given.payout(claim, 50_000)

    assert (await change(handler, claim, status="under_review")).status_code == 409
    async with given.write() as tx:
        await tx.run("UPDATE shield.payout SET status = 'cancelled' WHERE id = %(id)s", id=payout_id)
        tx.record("cancelled", payout_id)
    assert (await change(handler, claim, status="under_review")).status_code == 200


@pytest.mark.parametrize("status", ["pending", "under_review", "denied", "paid"])
async def test_only_an_approved_claim_has_an_amount_to_change(
    handler: AdminClient, given: Given, change: Change, status: str
) -> None:
    claim = await given.claim(status=status)

    assert (await change(handler, claim, amount_approved=1)).status_code == 409


async def test_the_database_itself_keeps_an_approved_amount_above_its_payouts(given: Given) -> None:
    claim = await given.claim(status="approved", requested_minor=100_000)
    await given.payout(claim, 50_000)
    failed = await given.payout(claim, 50_000)

    async def lower(cents: int) -> None:
        async with given.write() as tx:
            tx.record("past the rules", claim.id)
            await tx.run(
                "UPDATE shield.claim SET amount_approved_minor = %(to)s WHERE id = %(id)s", to=cents, id=claim.id
            )

    async with given.write() as tx:
        tx.record("failed", failed)
        await tx.run("UPDATE shield.payout SET status = 'failed' WHERE id = %(id)s", id=failed)
    await lower(50_000)
    with pytest.raises(psycopg.errors.CheckViolation, match="below its payouts"):
        await lower(49_999)


async def test_approving_needs_more_than_writing(given: Given) -> None:
    claim = await given.claim(status="under_review")
    writer: Actor = (await given.admin("claims_handler")).actor
    writer = replace(writer, permissions=writer.permissions - {Shield.CLAIMS_APPROVE})

    with pytest.raises(rules.MayNotApprove):
        async with given.write(writer) as tx:
            await actions.update_claim(tx, claim.id, ClaimUpdate(status=Status.APPROVED, amount_minor=1))


async def test_completed_payouts_make_a_claim_paid_and_a_returned_one_approved_again(
    handler: AdminClient, given: Given, pay_out: Settle
) -> None:
    claim = await given.claim(status="approved", requested_minor=100_000)
    one, other = await given.payout(claim, 60_000), await given.payout(claim, 40_000)

    await pay_out(claim, one, "completed")
    assert await facts(given, claim) == ("approved", 100_000, 60_000)
    await pay_out(claim, other, "completed")
    assert await facts(given, claim) == ("paid", 100_000, 100_000)
    await pay_out(claim, one, "failed")
    assert await facts(given, claim) == ("approved", 100_000, 40_000)

    shown = (await handler.get(f"/v1/admin/claims/{claim.id}")).json()["data"]
    moves = [(move["status"], move["changed_by"]) for move in shown["status_history"][1:]]
    assert moves == [("paid", None), ("approved", None)]
    assert shown["amount_paid"] == 400.0


async def test_an_amount_lowered_to_what_is_paid_makes_the_claim_paid(
    handler: AdminClient, given: Given, change: Change, pay_out: Settle
) -> None:
    claim = await given.claim(status="approved", requested_minor=100_000)
    await pay_out(claim, await given.payout(claim, 60_000), "completed")

    answer = await change(handler, claim, amount_approved=600)

    assert answer.json()["data"]["status"] == "paid"
    fields = [changed["field"] for changed in answer.json()["data"]["audit_entry"]["changes"]]
    assert fields == ["amount_approved", "status"]
    assert await facts(given, claim) == ("paid", 60_000, 60_000)


async def test_many_approvals_at_once_never_exceed_the_coverage(given: Given) -> None:
    member, actor = await given.member(), (await given.admin("claims_handler")).actor
    claims = [await given.claim(member, status="under_review", requested_minor=90_000) for _ in range(12)]

    async def approve(claim: Claim) -> bool:
        try:
            async with given.write(actor) as tx:
                await actions.update_claim(tx, claim.id, ClaimUpdate(status=Status.APPROVED, amount_minor=90_000))
        except rules.AboveCoverage:
            return False
        return True

    approved = await asyncio.gather(*(approve(claim) for claim in claims))

    assert approved.count(True) == 500_000 // 90_000
    assert await given.value("SELECT sum(amount_approved_minor)::bigint FROM shield.claim") == 450_000
    assert await given.value("SELECT count(*) FROM shield.coverage") == 1


async def test_the_database_itself_refuses_a_cent_over_the_coverage(given: Given) -> None:
    claim = await given.claim(status="approved", requested_minor=500_000)
    other = await given.claim(claim.member, status="under_review", requested_minor=1)

    with pytest.raises(psycopg.errors.CheckViolation, match="coverage"):
        async with given.write() as tx:
            tx.record("past the rules", other.id)
            await tx.run(
                "UPDATE shield.claim SET status = 'approved', amount_approved_minor = 1 WHERE id = %(id)s", id=other.id
            )
