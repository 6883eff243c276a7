"""What staff do with tickets, on the real database."""

import pytest

from backoffice.helpdesk.ticket import rules
from backoffice.helpdesk.ticket.actions import add_note, move_ticket, open_ticket, recategorise_ticket
from backoffice.helpdesk.ticket.rules import Category, Status
from tests.making import Make


async def test_an_agent_cannot_move_a_colleagues_ticket(make: Make) -> None:
    ticket = await make.ticket(assigned_to=await make.agent())
    colleague = await make.agent()

    with pytest.raises(rules.NotYourTicketToUpdate):
        async with make.write(colleague.actor) as tx:
            await move_ticket(tx, ticket.id, to=Status.RESOLVED)


async def test_moving_a_ticket_to_where_it_is_changes_and_records_nothing(make: Make) -> None:
    agent = await make.agent()
    ticket = await make.ticket(assigned_to=agent)

    async with make.write(agent.actor) as tx:
        moved = await move_ticket(tx, ticket.id, to=Status.IN_PROGRESS)

    assert moved.status is Status.IN_PROGRESS
    assert await make.audited() == []


async def test_resolving_a_ticket_gives_its_place_to_the_one_that_waited_longest(make: Make) -> None:
    agent = await make.agent(capacity=1)
    held = await make.ticket(assigned_to=agent)
    first = await make.ticket()
    await make.ticket()

    async with make.write(agent.actor) as tx:
        resolved = await move_ticket(tx, held.id, to=Status.RESOLVED, notes="Refunded")

    assert resolved.status is Status.RESOLVED
    assert resolved.resolved_at is not None
    assert await agents_of(make) == {held.id: agent.id, first.id: agent.id}
    assert await make.audited("ticket.moved") == [("ticket.moved", f"ticket:{held.id}", agent.id)]


async def agents_of(make: Make) -> dict[int, int]:
    async with make.read() as db:
        rows = await db.connection.execute(
            "SELECT id, assigned_agent_id FROM helpdesk.ticket WHERE assigned_agent_id IS NOT NULL"
        )
        return dict(await rows.fetchall())


async def test_a_new_ticket_goes_to_an_agent_of_its_department(make: Make) -> None:
    await make.agent(department="loan")
    payer = await make.agent(department="payment")
    customer = await make.customer()

    async with make.write() as tx:
        ticket, agent = await open_ticket(tx, customer.id, category=Category.PAYMENT, reason="Asked for a person")

    assert agent is not None
    assert agent.staff_id == payer.id
    assert ticket.status is Status.IN_PROGRESS
    assert ticket.assigned_agent_id == payer.id


async def test_a_customer_with_an_unresolved_ticket_gets_it_back_instead_of_a_second(make: Make) -> None:
    customer = await make.customer()
    ticket = await make.ticket(customer=customer)

    async with make.write() as tx:
        again, _ = await open_ticket(tx, customer.id, category=Category.LOAN, reason="Asked again")

    assert again.id == ticket.id


async def test_reopening_returns_the_ticket_to_the_queue_when_its_agent_is_away(make: Make) -> None:
    agent = await make.agent(is_available=False)
    admin = await make.admin()
    ticket = await make.ticket(assigned_to=agent, status=Status.CLOSED)

    async with make.write(admin.actor) as tx:
        reopened = await move_ticket(tx, ticket.id, to=Status.OPEN)

    assert reopened.status is Status.OPEN
    assert reopened.assigned_agent_id is None
    assert reopened.closed_at is None


async def test_a_ticket_cannot_skip_from_open_to_closed(make: Make) -> None:
    admin = await make.admin()
    ticket = await make.ticket()

    with pytest.raises(rules.IllegalMove, match="Invalid status transition from 'open' to 'closed'"):
        async with make.write(admin.actor) as tx:
            await move_ticket(tx, ticket.id, to=Status.CLOSED)


async def test_a_recategorised_ticket_in_the_queue_finds_an_agent_of_its_new_department(make: Make) -> None:
    agent = await make.agent(department="technical")
    admin = await make.admin()
    ticket = await make.ticket(category=Category.LOAN)

    async with make.write(admin.actor) as tx:
        corrected = await recategorise_ticket(tx, ticket.id, to=Category.TECHNICAL)

    assert corrected.category is Category.TECHNICAL
    assert corrected.assigned_agent_id == agent.id


async def test_a_note_is_kept_readable_for_staff_and_encrypted_in_the_audit_log(make: Make) -> None:
    agent = await make.agent()
    ticket = await make.ticket(assigned_to=agent)

    async with make.write(agent.actor) as tx:
        await add_note(tx, ticket.id, "Called the customer")

    async with make.read() as db:
        entry = await (await db.connection.execute("SELECT after::text FROM kernel.audit_entry")).fetchone()
        note = await (await db.connection.execute("SELECT description FROM helpdesk.ticket_activity")).fetchone()
    assert note == ("Called the customer",)
    assert entry is not None
    assert "Called" not in entry[0]
    assert "sealed" in entry[0]
