"""How often tickets wait for PostgreSQL: under the dispatch row, whoever comes next waits with a write."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backoffice.helpdesk.team.actions import set_availability
from backoffice.helpdesk.ticket.actions import move_ticket, open_ticket, recategorise_ticket
from backoffice.helpdesk.ticket.placing import assign_ticket
from backoffice.helpdesk.ticket.rules import Category, Status
from backoffice.kernel.actor import Actor, system
from backoffice.kernel.write import Tx
from tests.making import Make
from tests.waits import Waits

Write = Callable[[Actor, Callable[[Tx], Awaitable[Any]]], Awaitable[list[int]]]


@pytest.fixture
def write(make: Make, waits: Waits) -> Write:
    """Round trips of a write, from its BEGIN to its COMMIT."""

    async def counted(actor: Actor, work: Callable[[Tx], Awaitable[Any]]) -> list[int]:
        with waits.counted() as seen:
            async with make.house.database.write(actor) as tx:
                await work(tx)
            return list(seen)

    return counted


async def test_a_ticket_is_opened_and_placed_in_two(make: Make, write: Write) -> None:
    """The row, the ticket and the queue; the agent and the commit."""
    await make.agent()
    customer = await make.customer()

    async def work(tx: Tx) -> None:
        _, agent = await open_ticket(tx, customer.id, category=Category.PAYMENT, reason="Asked for a person")
        assert agent is not None

    assert await write(system("helpdesk", "tests"), work) == [2]


async def test_a_ticket_is_resolved_in_four(make: Make, write: Write) -> None:
    """The ticket; the row, the move and the queue; the key of the person in its entry; the commit."""
    admin, agent = await make.admin(), await make.agent(capacity=1)
    ticket = await make.ticket(assigned_to=agent)

    async def work(tx: Tx) -> None:
        await move_ticket(tx, ticket.id, to=Status.RESOLVED, notes="Solved")

    assert await write(admin.actor, work) == [4]


async def test_telling_who_takes_over_a_ticket_costs_no_more(make: Make, write: Write) -> None:
    """The notice and the job that sends it go with the placing and the commit."""
    admin, agent = await make.admin(), await make.agent(capacity=1)
    ticket = await make.ticket(assigned_to=agent)
    await make.ticket()

    async def work(tx: Tx) -> None:
        await move_ticket(tx, ticket.id, to=Status.RESOLVED, notes="Solved")

    assert await write(admin.actor, work) == [4]


async def test_a_category_is_changed_in_three(make: Make, write: Write) -> None:
    """The row and the ticket; the change and the queue; the commit."""
    admin = await make.admin()
    ticket = await make.ticket()

    async def work(tx: Tx) -> None:
        await recategorise_ticket(tx, ticket.id, to=Category.LOAN)

    assert await write(admin.actor, work) == [3]


async def test_a_ticket_is_assigned_by_hand_in_three(make: Make, write: Write) -> None:
    admin, agent, other = await make.admin(), await make.agent(), await make.agent()
    ticket = await make.ticket(assigned_to=other)

    async def work(tx: Tx) -> None:
        await assign_ticket(tx, ticket.id, agent.id, reason=None)

    assert await write(admin.actor, work) == [3]


async def test_an_agent_comes_back_in_three(make: Make, write: Write) -> None:
    admin, agent = await make.admin(), await make.agent(is_available=False)

    async def work(tx: Tx) -> None:
        await set_availability(tx, agent.id, to=True)

    assert await write(admin.actor, work) == [3]


async def test_a_list_and_a_detail_wait_once(make: Make, signed_in: Any, waits: Waits) -> None:
    client = await signed_in(await make.admin())
    ticket = await make.ticket(customer=await make.customer())

    for path in ("", "?status=open&page_size=50", f"/{ticket.id}", f"/{ticket.id}/activities", "/unassigned"):
        with waits.counted() as seen:
            answer = await client.get(f"/api/v1/tickets{path}")
        assert (answer.status_code, seen) == (200, [1]), path


async def test_a_write_waits_for_its_key_for_what_its_action_asks_and_for_its_commit(
    make: Make, signed_in: Any, waits: Waits
) -> None:
    client = await signed_in(await make.admin())
    ticket = await make.ticket()

    with waits.counted() as seen:
        for _ in range(2):
            answer = await client.post(
                f"/api/v1/tickets/{ticket.id}/notes", json={"note": "Checking"}, headers={"Idempotency-Key": "note-1"}
            )
            assert answer.status_code == 200

    assert seen == [5, 2], "the second is a replay"
