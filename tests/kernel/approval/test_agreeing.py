"""Different people agree to exactly the same, in time; what waits for somebody is a list of their own."""

from datetime import timedelta
from typing import LiteralString

import pytest
from psycopg.errors import LockNotAvailable

from backoffice.kernel.actor import Context, system
from backoffice.kernel.approval import AgreedAlready, Proposal, Standing, agree, withdraw
from backoffice.kernel.approval import listing as approvals
from backoffice.kernel.approval.jobs import expire_approvals
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from tests.making import Make, Member


class ThingAct(Act):
    ASKED = "thing.asked"


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


@pytest.mark.parametrize("change", ["is_active = false", "role = 'agent'"])
async def test_who_lost_the_permission_or_was_shut_out_takes_their_vote_along(
    make: Make, change: LiteralString
) -> None:
    first, second, third = await make.admin(), await make.admin(), await make.admin()
    proposal = Proposal("team.changed", "team-1", OF, permission="team:manage")
    await voted(make, first, proposal)
    await changed(make, change, first)

    one = await voted(make, second, proposal)
    await changed(make, "is_active = true, role = 'admin'", first)
    two = await voted(make, third, proposal)

    assert (one.received, one.is_reached) == (1, False)
    assert (two.received, two.is_reached) == (2, True), "what was taken back is agreed to anew, not by itself"
    lapsed = "SELECT after -> 'lapsed' FROM kernel.audit_entry WHERE after ? 'lapsed'"
    assert await make.value(lapsed) == [first.id]


async def test_who_gets_the_permission_back_agrees_anew(make: Make) -> None:
    first, second = await make.admin(), await make.admin()
    proposal = Proposal("team.changed", "team-1", OF, quorum=3, permission="team:manage")
    await voted(make, first, proposal)
    await changed(make, "role = 'agent'", first)
    await voted(make, second, proposal)
    await changed(make, "role = 'admin'", first)

    assert (await voted(make, first, proposal)).received == 2


async def test_who_asks_without_the_permission_has_not_agreed(make: Make) -> None:
    agent, first, second = await make.agent(), await make.admin(), await make.admin()
    proposal = Proposal("team.changed", "team-1", OF, permission="team:manage")

    asked = [await voted(make, agent, proposal) for _ in range(2)]
    (row,) = await waiting(make, first)
    one, two = await voted(make, first, proposal), await voted(make, second, proposal)

    assert [(one.received, one.is_reached) for one in asked] == [(0, False)] * 2
    assert (row.received, row.required) == (0, 2)
    assert (one.received, one.is_reached, two.is_reached) == (1, False, True)


async def test_nobody_whose_vote_was_counted_is_demoted_before_the_act_is_done(make: Make) -> None:
    first, second = await make.admin(), await make.admin()
    proposal = Proposal("team.changed", "team-1", OF, permission="team:manage")
    await voted(make, first, proposal)

    async with make.write(second.actor) as tx:
        assert (await agree(tx, proposal)).is_reached
        with pytest.raises(LockNotAvailable):
            async with make.write() as other:
                await other.run("SET LOCAL lock_timeout = '20ms'")
                await other.run("UPDATE kernel.membership SET role = 'agent' WHERE staff_id = %(id)s", id=first.id)


async def test_a_role_that_staff_made_counts_as_long_as_it_may_and_is_not_changed_before_the_act_is_done(
    make: Make,
) -> None:
    first, second, third = await make.admin(), await make.admin(), await make.admin()
    proposal = Proposal("team.changed", "team-1", OF, quorum=2, permission="team:manage")
    async with make.write() as tx:
        tx.record("made", "lead")
        await tx.run(
            "INSERT INTO kernel.role (product, name, title, permissions)"
            " VALUES ('helpdesk', 'lead', 'Lead', '{team:manage}')"
        )
    await changed(make, "role = 'lead'", first)
    await voted(make, first, proposal)
    take = "UPDATE kernel.role SET permissions = '{}' WHERE name = 'lead'"

    async with make.write(second.actor) as tx:
        assert (await agree(tx, proposal)).is_reached
        with pytest.raises(LockNotAvailable):
            async with make.write() as other:
                await other.run("SET LOCAL lock_timeout = '20ms'")
                await other.run(take)
    await voted(make, first, proposal)
    async with make.write() as tx:
        tx.record("changed", "lead")
        await tx.run(take)

    assert (await voted(make, third, proposal)).received == 1


async def voted(make: Make, who: Member, proposal: Proposal) -> Standing:
    async with make.write(who.actor) as tx:
        tx.audit(ThingAct.ASKED, proposal.subject)
        return await agree(tx, proposal)


async def changed(make: Make, change: LiteralString, who: Member) -> None:
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.run(f"UPDATE kernel.membership SET {change} WHERE staff_id = %(id)s", id=who.id)
