"""Different people agree to exactly the same, in time; what waits for somebody is a list of their own."""

from datetime import timedelta

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.approval import AgreedAlready, Proposal, Standing, agree, withdraw
from backoffice.kernel.approval import listing as approvals
from backoffice.kernel.approval.jobs import expire_approvals
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from tests.making import Make, Member

OF = {"to": "pay_1", "amount_minor": 500}
ENDED = "SELECT string_agg(status, ' ' ORDER BY opened_at) FROM kernel.approval"


async def agreed(make: Make, who: Member, payload: dict[str, object] | None = None, quorum: int = 2) -> Standing:
    proposal = Proposal("thing.done", "thing-1", payload or OF, quorum=quorum, permission="tickets:work")
    async with make.write(who.actor) as tx:
        return await agree(tx, proposal)


async def waiting(make: Make, who: Member) -> list[approvals.ListedRow]:
    async with make.read() as db:
        return await approvals.APPROVALS.rows(db, approvals.of(who.actor, is_waiting=True), limit=20)


async def test_two_different_people_reach_it_and_the_same_one_twice_does_not(make: Make) -> None:
    first, second = await make.member(), await make.member("super_admin")

    one = await agreed(make, first)
    with pytest.raises(AgreedAlready):
        await agreed(make, first)
    two = await agreed(make, second)

    assert (one.is_reached, two.is_reached) == (False, True)
    assert await make.value(ENDED) == "used"


async def test_a_super_admin_alone_reaches_nothing(make: Make) -> None:
    boss = await make.member("super_admin")

    assert not (await agreed(make, boss)).is_reached
    with pytest.raises(AgreedAlready):
        await agreed(make, boss)


@pytest.mark.parametrize("other", [{**OF, "amount_minor": 501}, {**OF, "to": "pay_2"}, {**OF, "more": True}])
async def test_who_agrees_to_anything_else_begins_anew(make: Make, other: dict[str, object]) -> None:
    first, second = await make.member(), await make.member()
    await agreed(make, first)

    standing = await agreed(make, second, other)

    assert (standing.received, standing.is_reached) == (1, False)
    assert await make.value(ENDED) == "void open"


async def test_what_is_withdrawn_counts_no_more(make: Make) -> None:
    first, second = await make.member(), await make.member()
    await agreed(make, first)
    async with make.write(first.actor) as tx:
        await withdraw(tx, "thing.done", "thing-1")

    assert not (await agreed(make, second)).is_reached


async def test_what_nobody_completed_in_time_expires_and_its_product_is_told(make: Make, house: House) -> None:
    first, second = await make.member(), await make.member()
    proposal = Proposal("thing.done", "thing-1", OF, lasts=timedelta(0))
    async with make.write(first.actor) as tx:
        await agree(tx, proposal)

    await expire_approvals(JobRun(house, system("kernel", "tests"), Context(), 0))
    later = await agreed(make, second)

    assert not later.is_reached
    assert await make.value(ENDED) == "expired open"
    told = "SELECT product || ' ' || (after ->> 'why') FROM kernel.audit_entry WHERE action = 'approval.voided'"
    assert await make.value(told) == "helpdesk expired"


async def test_somebody_sees_what_waits_for_them_and_not_what_they_agreed_to_or_may_not(make: Make) -> None:
    first, second, third = await make.member(), await make.member(), await make.member()
    boss = await make.member("super_admin")
    async with make.write(boss.actor) as tx:
        await agree(tx, Proposal("team.changed", "team-1", OF, permission="team:manage"))
    await agreed(make, first, quorum=3)
    await agreed(make, second, quorum=3)

    (row,) = await waiting(make, third)

    assert (row.act, row.payload, row.required, row.received) == ("thing.done", OF, 3, 2)
    assert row.people == [await name_of(make, first), await name_of(make, second)]
    assert await waiting(make, first) == []
    assert [one.act for one in await waiting(make, boss)] == ["thing.done"]
    assert [one.act for one in await waiting(make, await make.member("admin"))] == ["thing.done", "team.changed"]


async def name_of(make: Make, who: Member) -> str:
    return str(await make.value("SELECT full_name FROM kernel.staff WHERE id = %(id)s", id=who.id))
