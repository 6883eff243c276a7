"""The member row: held by whoever changes it, with the plan of its current subscription."""

import pytest

from backoffice.shield.member import rules, store
from tests.shield.making import Given


async def test_a_member_is_locked_with_their_facts(given: Given) -> None:
    member = await given.member()

    async with given.write() as tx:
        row = await store.lock_member(tx, member.id)

    assert (row.id, row.email, row.first_name, row.status) == (member.id, member.email, "John", "active")


async def test_who_was_never_there_is_not_found(given: Given) -> None:
    with pytest.raises(rules.MemberNotFound):
        async with given.write() as tx:
            await store.lock_member(tx, "user_unknown")


async def test_the_factory_makes_claims_accounts_and_payouts(given: Given) -> None:
    claim = await given.claim(status="approved", requested_minor=100_000)
    account = await given.account(claim.member)
    await given.payout(claim, 60_000, status="completed", account_id=account)
    await given.claim(claim.member, status="under_review")

    kept = "SELECT to_jsonb(c) - 'member_id' FROM shield.member_claims c WHERE member_id = %(id)s"

    assert await given.value(kept, id=claim.member.id) == {
        "total": 2,
        "pending": 1,
        "approved": 1,
        "denied": 0,
        "paid": 0,
        "paid_out_minor": 60_000,
    }
