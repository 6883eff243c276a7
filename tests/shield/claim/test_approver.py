"""Who answers for an approved amount, where a second person changes it: above a threshold they do not pay it."""

from collections.abc import Awaitable, Callable

import httpx

from tests.shield.conftest import AdminOf
from tests.shield.making import Given

Change = Callable[..., Awaitable[httpx.Response]]


async def test_who_raises_the_amount_is_who_approved_it(admin_of: AdminOf, given: Given, change: Change) -> None:
    one, other = await admin_of("claims_handler"), await admin_of("claims_handler")
    claim = await given.claim(status="under_review")
    approver = "SELECT approved_by FROM shield.claim WHERE id = %(id)s"

    await change(one, claim, status="approved", amount_approved=100)
    assert await given.value(approver, id=claim.id) == one.admin.id
    await change(other, claim, amount_approved=2000)
    assert await given.value(approver, id=claim.id) == other.admin.id


async def test_who_only_trims_the_amount_does_not_become_its_approver(
    admin_of: AdminOf, given: Given, change: Change
) -> None:
    one, other = await admin_of("super_admin"), await admin_of("super_admin")
    claim = await given.claim(status="under_review", requested_minor=500_000)
    await given.account(claim.member)
    await change(one, claim, status="approved", amount_approved=5000)

    trimmed = await change(other, claim, amount_approved=4999.99)

    paid = {"claim_id": claim.id, "amount": 4999.99, "method": "ach"}
    answers = [(await who.post("/v1/admin/payouts", json=paid)).status_code for who in (one, other)]
    assert (trimmed.status_code, answers) == (200, [403, 201])


async def test_an_approval_taken_back_and_given_anew_is_the_second_persons(
    admin_of: AdminOf, given: Given, change: Change
) -> None:
    one, other = await admin_of("claims_handler"), await admin_of("claims_handler")
    claim = await given.claim(status="under_review")

    await change(one, claim, status="approved", amount_approved=2000)
    await change(other, claim, status="under_review")
    await change(other, claim, status="approved", amount_approved=100)

    approver = "SELECT approved_by FROM shield.claim WHERE id = %(id)s"
    assert await given.value(approver, id=claim.id) == other.admin.id
