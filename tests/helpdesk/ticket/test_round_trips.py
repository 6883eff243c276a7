"""How often a write of tickets waits for PostgreSQL: under the dispatch row, whoever comes next waits with it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from backoffice.helpdesk.team.actions import set_availability
from backoffice.helpdesk.ticket.actions import move_ticket, open_ticket, recategorise_ticket
from backoffice.helpdesk.ticket.placing import assign_ticket
from backoffice.helpdesk.ticket.rules import Category, Status
from backoffice.kernel.actor import Actor, system
from backoffice.kernel.write import Database, Tx
from tests.making import Make
from tests.wire import on_the_wire


@pytest.fixture
async def database(make: Make) -> AsyncIterator[Database]:
    """One connection."""
    database = Database(make.house.settings.database_url.get_secret_value(), keys=make.house.keys, size=1)
    await database.open()
    yield database
    await database.close()


async def counted(database: Database, actor: Actor, work: Callable[[Tx], Awaitable[Any]]) -> int:
    """Round trips of a write, from its BEGIN to its COMMIT."""
    async with database.pool.connection() as connection:
        pass
    with on_the_wire(connection) as heard:
        async with database.write(actor) as tx:
            assert tx.connection is connection
            await work(tx)
    return heard.round_trips


async def test_a_ticket_is_opened_and_placed_in_two(make: Make, database: Database) -> None:
    """The row, the ticket and the queue; the agent and the commit."""
    await make.agent()
    customer = await make.customer()

    async def work(tx: Tx) -> None:
        _, agent = await open_ticket(tx, customer.id, category=Category.PAYMENT, reason="Asked for a person")
        assert agent is not None

    assert await counted(database, system("helpdesk", "tests"), work) == 2


async def test_a_ticket_is_resolved_in_four(make: Make, database: Database) -> None:
    """The row and the ticket; the move and the queue; the key of the person in its entry; the commit."""
    admin, agent = await make.admin(), await make.agent(capacity=1)
    ticket = await make.ticket(assigned_to=agent)

    async def work(tx: Tx) -> None:
        await move_ticket(tx, ticket.id, to=Status.RESOLVED, notes="Solved")

    assert await counted(database, admin.actor, work) == 4


async def test_telling_who_takes_over_a_ticket_costs_one_more(make: Make, database: Database) -> None:
    """The notice goes with the placing; the job that sends it goes with the commit."""
    admin, agent = await make.admin(), await make.agent(capacity=1)
    ticket = await make.ticket(assigned_to=agent)
    await make.ticket()

    async def work(tx: Tx) -> None:
        await move_ticket(tx, ticket.id, to=Status.RESOLVED, notes="Solved")

    assert await counted(database, admin.actor, work) == 4 + 1


async def test_a_category_is_changed_in_three(make: Make, database: Database) -> None:
    """The row and the ticket; the change and the queue; the commit."""
    admin = await make.admin()
    ticket = await make.ticket()

    async def work(tx: Tx) -> None:
        await recategorise_ticket(tx, ticket.id, to=Category.LOAN)

    assert await counted(database, admin.actor, work) == 3


async def test_a_ticket_is_assigned_by_hand_in_three(make: Make, database: Database) -> None:
    admin, agent, other = await make.admin(), await make.agent(), await make.agent()
    ticket = await make.ticket(assigned_to=other)

    async def work(tx: Tx) -> None:
        await assign_ticket(tx, ticket.id, agent.id, reason=None)

    assert await counted(database, admin.actor, work) == 3


async def test_an_agent_comes_back_in_three(make: Make, database: Database) -> None:
    admin, agent = await make.admin(), await make.agent(is_available=False)

    async def work(tx: Tx) -> None:
        await set_availability(tx, agent.id, to=True)

    assert await counted(database, admin.actor, work) == 3
