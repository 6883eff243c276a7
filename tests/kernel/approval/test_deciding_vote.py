"""Whose vote completes an approval has proved their second factor just now, and is a person of their own."""

from datetime import timedelta

import pytest

from backoffice.kernel.approval import NotIndependent, Proposal, Standing, agree
from backoffice.kernel.identity.step_up import MfaRequired, StepUpRequired
from tests.making import Make, Member

PROPOSAL = Proposal("refund.approved", "1", {"amount_minor": 5})


async def vote(make: Make, member: Member, proposal: Proposal = PROPOSAL) -> Standing:
    async with make.write(member.actor) as tx:
        return await agree(tx, proposal)


async def change(make: Make, sql: str, member: Member, **params: object) -> None:
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.run(sql, id=member.id, **params)  # type: ignore[arg-type]


async def test_the_first_vote_asks_for_no_code_and_the_last_does(make: Make) -> None:
    first, second = await make.admin(), await make.admin()
    await change(make, "UPDATE kernel.session SET proved_at = NULL WHERE staff_id = %(id)s", first)
    old = "UPDATE kernel.session SET proved_at = now() - interval '601 seconds' WHERE staff_id = %(id)s"
    await change(make, old, second)

    assert (await vote(make, first)).received == 1
    with pytest.raises(MfaRequired):
        await vote(make, second)
    await change(
        make,
        "INSERT INTO kernel.totp (staff_id, key_id, sealed, confirmed_at) VALUES (%(id)s, 'k', 'secret', now())",
        second,
    )
    with pytest.raises(StepUpRequired):
        await vote(make, second)
    await change(make, "UPDATE kernel.session SET proved_at = now() WHERE staff_id = %(id)s", second)

    assert (await vote(make, second)).is_reached


@pytest.mark.parametrize("creator_is_first", [True, False])
async def test_who_saw_the_others_first_password_does_not_complete_it_with_them(
    make: Make, creator_is_first: bool
) -> None:
    creator, made, third = await make.admin(), await make.admin(), await make.admin()
    await change(make, "UPDATE kernel.staff SET opened_by = %(by)s WHERE id = %(id)s", made, by=creator.id)
    first, second = (creator, made) if creator_is_first else (made, creator)

    await vote(make, first)
    with pytest.raises(NotIndependent, match="30 days"):
        await vote(make, second)

    assert (await vote(make, third)).is_reached


@pytest.mark.parametrize("by_way_of_the_other", [True, False])
async def test_two_whose_accounts_one_person_opened_are_one_person(make: Make, by_way_of_the_other: bool) -> None:
    opened = "UPDATE kernel.staff SET opened_by = %(by)s WHERE id = %(id)s"
    boss, made, also, third = [await make.admin() for _ in range(4)]
    await change(make, opened, made, by=boss.id)
    await change(make, opened, also, by=made.id if by_way_of_the_other else boss.id)
    first = boss if by_way_of_the_other else made

    await vote(make, first)
    with pytest.raises(NotIndependent):
        await vote(make, also)

    assert (await vote(make, third)).is_reached


async def test_a_month_later_they_are_two_people(make: Make) -> None:
    creator, made = await make.admin(), await make.admin()
    await change(
        make,
        "UPDATE kernel.staff SET opened_by = %(by)s, created_at = now() - %(ago)s WHERE id = %(id)s",
        made,
        by=creator.id,
        ago=timedelta(days=30),
    )
    await vote(make, creator)

    assert (await vote(make, made)).is_reached
