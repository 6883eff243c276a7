"""The threshold counts what one person approved and promised for one member in 30 days, not one claim at a time."""

import asyncio

from tests.shield.conftest import AdminOf
from tests.shield.making import AdminClient, Given, Member

PAYOUTS = "/v1/admin/payouts"


async def pay(client: AdminClient, claim_id: str, amount: float) -> int:
    wanted = {"claim_id": claim_id, "amount": amount, "method": "ach"}
    return (await client.post(PAYOUTS, json=wanted)).status_code


async def five(given: Given, approver: AdminClient, member: Member) -> list[str]:
    await given.account(member)
    made = [
        await given.claim(member, status="approved", requested_minor=40_000, approved_by=approver.admin.id)
        for _ in range(5)
    ]
    return [claim.id for claim in made]


async def test_five_claims_under_the_threshold_are_not_one_persons_to_approve_and_pay(
    given: Given, admin_of: AdminOf
) -> None:
    one, other = await admin_of("super_admin"), await admin_of("super_admin")
    claims = await five(given, one, await given.member())

    assert [await pay(one, claim, 400.00) for claim in claims] == [201, 201, 403, 403, 403]
    assert await pay(one, claims[2], 200.00) == 201
    assert await pay(one, claims[2], 0.01) == 403
    assert [await pay(other, claim, 400.00) for claim in claims[3:]] == [201, 201]


async def test_two_tabs_at_once_are_one_person(given: Given, admin_of: AdminOf) -> None:
    one = await admin_of("super_admin")
    claims = await five(given, one, await given.member())

    answers = await asyncio.gather(*(pay(one, claim, 400.00) for claim in claims))

    assert sorted(answers) == [201, 201, 403, 403, 403]


async def test_what_is_older_than_30_days_or_another_members_does_not_count(given: Given, admin_of: AdminOf) -> None:
    one = await admin_of("super_admin")
    mine, others = await five(given, one, await given.member()), await five(given, one, await given.member())
    assert [await pay(one, claim, 400.00) for claim in mine[:2]] == [201, 201]

    assert await pay(one, others[0], 400.00) == 201
    await given._one("UPDATE shield.payout SET promised_at = now() - interval '31 days' RETURNING id")
    assert [await pay(one, claim, 400.00) for claim in mine[2:]] == [201, 201, 403]


async def test_an_old_payout_that_is_tried_again_counts_from_that_day(given: Given, admin_of: AdminOf) -> None:
    one = await admin_of("super_admin")
    claims = await five(given, one, await given.member())
    for claim in claims[:2]:
        await pay(one, claim, 400.00)
    old = "UPDATE shield.payout SET promised_at = now() - interval '31 days', status = %(to)s RETURNING id"
    for to in ("processing", "failed"):
        await given._one(old, to=to)
    failed = await given.value("SELECT array_agg(id) FROM shield.payout")
    retries = [
        (await one.patch(f"{PAYOUTS}/{one_id}", json={"action": "retry", "reason": "Again"})).status_code
        for one_id in failed
    ]

    assert retries == [200, 200]
    assert await pay(one, claims[2], 400.00) == 403
