"""Placing the queue, assigning by hand, reopening: who ends up with which ticket."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backoffice.helpdesk.assignment.actions import assign_ticket, place_queue
from backoffice.helpdesk.ticket import rules
from backoffice.helpdesk.ticket import store as tickets
from backoffice.helpdesk.ticket.actions import move_ticket, open_ticket, recategorise_ticket
from backoffice.helpdesk.ticket.rules import Category, Status
from tests.making import Make, Member, Ticket

NOW = datetime.now(UTC)


async def owners(make: Make) -> dict[int, int | None]:
    """Ticket id -> agent id."""
    async with make.read() as db:
        rows = await db.connection.execute("SELECT id, assigned_agent_id FROM helpdesk.ticket")
        return dict(await rows.fetchall())


async def place(make: Make) -> None:
    async with make.write() as tx:
        await tickets.lock_dispatch(tx)
        await place_queue(tx)


async def assign(make: Make, ticket: Ticket, agent: Member) -> Any:
    async with make.write((await make.admin()).actor) as tx:
        return await assign_ticket(tx, ticket.id, agent.id, reason=None)


async def move(make: Make, ticket: Ticket, to: Status) -> Any:
    async with make.write((await make.admin()).actor) as tx:
        return await move_ticket(tx, ticket.id, to=to)


async def test_the_ticket_that_waits_longest_is_placed_first(make: Make) -> None:
    younger = await make.ticket(created_at=NOW - timedelta(minutes=5))
    older = await make.ticket(created_at=NOW - timedelta(minutes=9))
    agent = await make.agent(capacity=1)

    await place(make)

    assert await owners(make) == {older.id: agent.id, younger.id: None}


async def test_unavailable_inactive_and_full_agents_get_nothing(make: Make) -> None:
    await make.agent(is_available=False)
    await make.agent(is_active=False)
    full = await make.agent(capacity=1)
    held = await make.ticket(assigned_to=full)
    waiting = await make.ticket()

    await place(make)

    assert await owners(make) == {held.id: full.id, waiting.id: None}


async def test_the_agent_with_the_smaller_share_of_their_capacity_taken_comes_first(make: Make) -> None:
    small, large = await make.agent(capacity=2), await make.agent(capacity=10)
    await make.ticket(assigned_to=small)
    for _ in range(4):
        await make.ticket(assigned_to=large)
    waiting = await make.ticket()

    await place(make)

    assert (await owners(make))[waiting.id] == large.id


async def test_among_equally_busy_agents_whoever_just_got_one_comes_last(make: Make) -> None:
    """The first of two goes to the less busy agent, who then is as busy as the other."""
    roomy, small = await make.agent(capacity=4), await make.agent(capacity=2)
    await make.ticket(assigned_to=roomy)
    await make.ticket(assigned_to=small)
    await assigned_long_ago(make, roomy, days=2)
    await assigned_long_ago(make, small, days=1)
    first, second = [await make.ticket(created_at=NOW - timedelta(minutes=9 - number)) for number in range(2)]

    await place(make)

    placed = await owners(make)
    assert (placed[first.id], placed[second.id]) == (roomy.id, small.id)


async def assigned_long_ago(make: Make, agent: Member, *, days: int) -> None:
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            """
            UPDATE helpdesk.team_member SET last_assigned_at = now() - make_interval(days => %(days)s::int)
             WHERE staff_id = %(id)s
            """,
            id=agent.id,
            days=days,
        )


async def test_a_general_agent_takes_what_no_department_has_room_for(make: Make) -> None:
    payer, general = await make.agent(department="payment", capacity=1), await make.agent(department="general")
    loan = await make.ticket(category=Category.LOAN, created_at=NOW - timedelta(minutes=9))
    first = await make.ticket(created_at=NOW - timedelta(minutes=8))
    second = await make.ticket(created_at=NOW - timedelta(minutes=7))

    await place(make)

    assert await owners(make) == {loan.id: general.id, first.id: payer.id, second.id: general.id}


async def test_older_tickets_that_nobody_may_take_do_not_hold_up_younger_ones(make: Make) -> None:
    payer, general = await make.agent(department="payment", capacity=1), await make.agent("general", capacity=1)
    loans = [
        await make.ticket(category=Category.LOAN, created_at=NOW - timedelta(hours=hours)) for hours in (9, 8, 7)
    ]
    payment = await make.ticket()

    await place(make)

    placed = await owners(make)
    assert placed[payment.id] == payer.id
    assert [placed[loan.id] for loan in loans] == [general.id, None, None]


async def test_by_hand_an_agent_may_get_more_than_their_capacity_but_then_nothing_more_by_itself(make: Make) -> None:
    agent = await make.agent(capacity=1)
    await make.ticket(assigned_to=agent)
    by_hand, waiting = await make.ticket(), await make.ticket()

    ticket, _ = await assign(make, by_hand, agent)
    await place(make)

    assert (ticket.status, ticket.assigned_agent_id) == (Status.IN_PROGRESS, agent.id)
    assert (await owners(make))[waiting.id] is None


async def test_an_unavailable_agent_may_be_given_a_ticket_by_hand(make: Make) -> None:
    agent, ticket = await make.agent(is_available=False), await make.ticket()

    await assign(make, ticket, agent)

    assert await owners(make) == {ticket.id: agent.id}


async def test_inactive_agents_and_people_who_are_no_agents_get_nothing_by_hand(make: Make) -> None:
    gone, ticket = await make.agent(is_active=False), await make.ticket()

    with pytest.raises(rules.AgentInactive):
        await assign(make, ticket, gone)
    with pytest.raises(rules.AgentNotFound):
        await assign(make, ticket, await make.admin())
    assert await owners(make) == {ticket.id: None}


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
async def test_a_finished_ticket_is_not_assigned(make: Make, status: Status) -> None:
    agent = await make.agent()
    ticket = await make.ticket(assigned_to=agent, status=status)

    with pytest.raises(rules.TicketFinished):
        await assign(make, ticket, await make.agent())


async def resolve(make: Make, ticket: Ticket, agent: Member) -> None:
    await move(make, ticket, Status.RESOLVED)


async def reassign(make: Make, ticket: Ticket, agent: Member) -> None:
    await assign(make, ticket, await make.agent(is_available=False))


async def reopen_elsewhere(make: Make, ticket: Ticket, agent: Member) -> None:
    """The agent went away meanwhile: the reopened ticket waits again, behind who waits already."""
    await move(make, ticket, Status.RESOLVED)


@pytest.mark.parametrize("free", [resolve, reassign])
async def test_whatever_frees_a_place_gives_it_to_the_queue(make: Make, free: Any) -> None:
    agent = await make.agent(capacity=1)
    held, waiting = await make.ticket(assigned_to=agent), await make.ticket()

    await free(make, held, agent)

    assert (await owners(make))[waiting.id] == agent.id


async def test_a_queued_ticket_whose_category_is_corrected_finds_its_agent(make: Make) -> None:
    agent = await make.agent(department="technical")
    ticket = await make.ticket(category=Category.LOAN)

    async with make.write((await make.admin()).actor) as tx:
        await recategorise_ticket(tx, ticket.id, to=Category.TECHNICAL)

    assert await owners(make) == {ticket.id: agent.id}


async def test_a_ticket_opened_while_nobody_has_room_waits(make: Make) -> None:
    await make.agent(is_available=False)
    customer = await make.customer()

    async with make.write() as tx:
        ticket, agent = await open_ticket(tx, customer.id, category=Category.PAYMENT, reason="Asked for a person")

    assert (ticket.status, ticket.assigned_agent_id, agent) == (Status.OPEN, None, None)
