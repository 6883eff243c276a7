"""Placing the queue, assigning by hand, reopening: who ends up with which ticket."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backoffice.helpdesk.ticket import rules
from backoffice.helpdesk.ticket import store as tickets
from backoffice.helpdesk.ticket.actions import move_ticket, open_ticket, recategorise_ticket
from backoffice.helpdesk.ticket.placing import assign_ticket, place_queue
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
    payer = await make.agent(department="payment", capacity=1)
    general = await make.agent(department="general", capacity=1)
    loans = [await make.ticket(category=Category.LOAN, created_at=NOW - timedelta(hours=hours)) for hours in (9, 8, 7)]
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


async def test_giving_a_reopened_ticket_to_the_agent_who_has_it_takes_it_up_again(make: Make) -> None:
    agent = await make.agent()
    ticket = await make.ticket(assigned_to=agent, status=Status.OPEN)

    taken_up, _ = await assign(make, ticket, agent)
    again, _ = await assign(make, ticket, agent)

    assert (taken_up.status, taken_up.reassignment_count) == (Status.IN_PROGRESS, 0)
    assert again.updated_at == taken_up.updated_at
    assert len(await make.audited("ticket.assigned")) == 1


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


async def test_a_reopened_ticket_stays_open_with_its_agent_while_they_have_room(make: Make) -> None:
    agent = await make.agent(capacity=1)
    ticket = await make.ticket(assigned_to=agent, status=Status.RESOLVED)

    reopened = await move(make, ticket, Status.OPEN)

    assert (reopened.status, reopened.assigned_agent_id) == (Status.OPEN, agent.id)


@pytest.mark.parametrize("absent", [{"is_active": False}, {"is_available": False}, {"capacity": 1}])
async def test_a_reopened_ticket_whose_agent_cannot_take_it_goes_to_a_colleague(
    make: Make, absent: dict[str, Any]
) -> None:
    agent = await make.agent(**absent)
    await make.ticket(assigned_to=agent)
    ticket = await make.ticket(assigned_to=agent, status=Status.CLOSED)
    colleague = await make.agent()

    reopened = await move(make, ticket, Status.OPEN)

    assert (reopened.status, reopened.assigned_agent_id) == (Status.IN_PROGRESS, colleague.id)


async def test_a_reopened_ticket_waits_behind_those_that_wait_already(make: Make) -> None:
    away = await make.agent(is_available=False)
    ticket = await make.ticket(assigned_to=away, status=Status.CLOSED, created_at=NOW - timedelta(days=3))
    waiting = await make.ticket(created_at=NOW - timedelta(minutes=1))
    await move(make, ticket, Status.OPEN)
    agent = await make.agent(capacity=1)

    await place(make)

    assert await owners(make) == {ticket.id: None, waiting.id: agent.id}


async def test_a_ticket_is_not_reopened_beside_another_unresolved_one_of_its_customer(make: Make) -> None:
    customer = await make.customer()
    ticket = await make.ticket(customer=customer, status=Status.CLOSED)
    other = await make.ticket(customer=customer)

    with pytest.raises(rules.HasUnresolvedTicket, match=other.code):
        await move(make, ticket, Status.OPEN)


async def test_two_placings_in_one_write_see_each_other(make: Make) -> None:
    """What a placing decided is sent ahead of whatever the write asks next."""
    agent = await make.agent(capacity=1)
    first, second = await make.ticket(created_at=NOW - timedelta(minutes=9)), await make.ticket()

    async with make.write() as tx:
        await tickets.lock_dispatch(tx)
        placed = [list(await place_queue(tx)), list(await place_queue(tx))]

    assert placed == [[first.id], []]
    assert await owners(make) == {first.id: agent.id, second.id: None}


async def test_a_waiting_customer_is_told_even_where_a_new_ticket_was_to_have_their_code(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, customer = await make.ticket(), await make.customer()
    await make.agent()
    codes = iter([waiting.code, "TKTFRESH"])
    monkeypatch.setattr(rules, "new_code", lambda: next(codes))

    async with make.write() as tx:
        opened, _ = await open_ticket(tx, customer.id, category=Category.PAYMENT, reason="Asked for a person")

    async with make.read() as db:
        told = await db.values(int, "SELECT whatsapp_user_id FROM helpdesk.outbound")
    assert (opened.code, told) == ("TKTFRESH", [waiting.customer.id])
