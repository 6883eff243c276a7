"""Many writers at once: agents are never filled above their capacity, and nobody is overtaken in the queue.

Triggers of this test note every load an agent ever has and every ticket that is placed before an older one.
"""

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import pytest

from backoffice.helpdesk.team.actions import set_availability, update_member
from backoffice.helpdesk.team.rules import Details
from backoffice.helpdesk.ticket.actions import move_ticket, open_ticket, recategorise_ticket
from backoffice.helpdesk.ticket.placing import assign_ticket
from backoffice.helpdesk.ticket.rules import Category, NotYourTicketToUpdate, Status
from backoffice.helpdesk.ticket.store import lock_dispatch
from backoffice.kernel.database.embedded import EmbeddedServer
from tests.conftest import superuser
from tests.making import Customer, Make, Member

WRITERS, TICKETS = 8, 200
AGENTS = [("payment", 3), ("payment", 2), ("loan", 2), ("general", 2), ("general", 1)]
WATCH = """
CREATE TABLE tests.load_seen (agent_id bigint, active int, capacity int, grown boolean);
CREATE TABLE tests.overtaken (ticket_id bigint, older_id bigint);

CREATE FUNCTION tests.note_load() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO tests.load_seen
    VALUES (NEW.staff_id, NEW.active_tickets, NEW.capacity, NEW.active_tickets > OLD.active_tickets);
    RETURN NULL;
END $$;
CREATE TRIGGER note_load AFTER UPDATE ON helpdesk.team_member FOR EACH ROW EXECUTE FUNCTION tests.note_load();

CREATE FUNCTION tests.note_overtaking() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO tests.overtaken
    SELECT NEW.id, id FROM helpdesk.ticket
     WHERE status = 'open' AND assigned_agent_id IS NULL AND category = NEW.category
       AND (queued_at, id) < (NEW.queued_at, NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER note_overtaking AFTER UPDATE OF assigned_agent_id ON helpdesk.ticket
    FOR EACH ROW WHEN (OLD.assigned_agent_id IS NULL AND NEW.assigned_agent_id IS NOT NULL)
    EXECUTE FUNCTION tests.note_overtaking();
"""
UNWATCH = """
DROP TRIGGER note_load ON helpdesk.team_member;
DROP TRIGGER note_overtaking ON helpdesk.ticket;
DROP FUNCTION tests.note_load, tests.note_overtaking;
DROP TABLE tests.load_seen, tests.overtaken;
"""


@pytest.fixture
def watched(clean: EmbeddedServer) -> Iterator[EmbeddedServer]:
    with superuser(clean) as connection:
        connection.execute(WATCH)
    yield clean
    with superuser(clean) as connection:
        connection.execute(UNWATCH)


def rows(server: EmbeddedServer, sql: Any) -> list[tuple[Any, ...]]:
    with superuser(server) as connection:
        return connection.execute(sql).fetchall()


async def write_tickets(make: Make, admin: Member, *, customers: list[Customer], seed: int) -> None:
    """Open one ticket after the other, and now and then resolve one that is in progress, whoever opened it."""
    chance = random.Random(seed)
    for customer in customers:
        category = chance.choice([Category.PAYMENT, Category.LOAN, Category.TECHNICAL])
        async with make.write() as tx:
            await open_ticket(tx, customer.id, category=category, reason="Asked for a person")
        if chance.random() < 0.8:
            await resolve_one(make, admin)


async def resolve_one(make: Make, admin: Member) -> bool:
    async with make.read() as db:
        found = await db.find_value(
            int, "SELECT id FROM helpdesk.ticket WHERE status = 'in_progress' ORDER BY random() LIMIT 1"
        )
    if found is None:
        return False
    async with make.write(admin.actor) as tx:
        ticket = await move_ticket(tx, found, to=Status.RESOLVED)
    return ticket.status is Status.RESOLVED


async def test_whatever_runs_at_once_capacity_holds_and_nobody_is_overtaken(
    watched: EmbeddedServer, make: Make
) -> None:
    admin = await make.admin()
    for department, capacity in AGENTS:
        await make.agent(department=department, capacity=capacity)
    customers = [await make.customer() for _ in range(TICKETS)]

    await asyncio.gather(
        *(write_tickets(make, admin, customers=customers[one::WRITERS], seed=one) for one in range(WRITERS))
    )

    assert rows(watched, "SELECT count(*) FROM helpdesk.ticket") == [(TICKETS,)]
    assert rows(watched, "SELECT * FROM tests.load_seen WHERE active > capacity") == []
    assert rows(watched, "SELECT count(*) > 100 FROM tests.load_seen") == [(True,)]
    assert rows(watched, "SELECT * FROM tests.overtaken") == []
    assert counted_wrong(watched) == []
    assert waiting_in_vain(watched) == []
    while await resolve_one(make, admin):
        pass
    assert rows(watched, "SELECT DISTINCT status FROM helpdesk.ticket") == [("resolved",)]
    assert rows(watched, "SELECT * FROM tests.load_seen WHERE active > capacity") == []
    assert rows(watched, "SELECT * FROM tests.overtaken") == []


FULL_DEPARTMENT, LONG_QUEUE, ACTS = Category.PAYMENT, 60, 20


async def test_beside_a_full_department_with_a_long_queue_everything_may_change_at_once(
    watched: EmbeddedServer, make: Make
) -> None:
    """Opened, resolved, moved to another department, agents gone and back, capacities changed."""
    admin = await make.admin()
    stuck = await make.agent(department=FULL_DEPARTMENT, capacity=1)
    await make.ticket(assigned_to=stuck, category=FULL_DEPARTMENT)
    team = [await make.agent(department=department, capacity=2) for department in ("loan", "loan", "technical")]
    general = await make.agent(department="general", capacity=1)
    await make.ticket(assigned_to=general, category=Category.GENERAL)
    for _ in range(LONG_QUEUE):
        await make.ticket(category=FULL_DEPARTMENT)
    customers = [await make.customer() for _ in range(WRITERS * ACTS)]

    await asyncio.gather(
        *(act(make, admin, team, customers=customers[one::WRITERS], seed=one) for one in range(WRITERS))
    )

    assert rows(watched, "SELECT count(*) FROM helpdesk.ticket") > [(LONG_QUEUE + 2,)]
    assert rows(watched, "SELECT count(*) > 20 FROM tests.load_seen WHERE active > 0") == [(True,)]
    assert rows(watched, "SELECT * FROM tests.load_seen WHERE grown AND active > capacity") == []
    assert rows(watched, "SELECT * FROM tests.overtaken") == []
    assert counted_wrong(watched) == []
    assert waiting_in_vain(watched) == []


async def act(make: Make, admin: Member, team: list[Member], *, customers: list[Customer], seed: int) -> None:
    chance = random.Random(seed)
    for customer in customers:
        what = chance.randrange(5)
        if what == 0:
            await resolve_one(make, admin)
        elif what == 1:
            await recategorise_one(make, admin, to=chance.choice([Category.LOAN, Category.TECHNICAL]))
        elif what == 2:
            async with make.write(admin.actor) as tx:
                await set_availability(tx, chance.choice(team).id, to=None)
        elif what == 3:
            async with make.write(admin.actor) as tx:
                await update_member(tx, chance.choice(team).id, Details(agent_capacity=chance.randint(1, 4)))
        else:
            async with make.write() as tx:
                category = chance.choice([FULL_DEPARTMENT, Category.LOAN, Category.TECHNICAL])
                await open_ticket(tx, customer.id, category=category, reason="Asked for a person")


async def recategorise_one(make: Make, admin: Member, *, to: Category) -> None:
    """A waiting ticket of the full department, which may find an agent in another."""
    async with make.read() as db:
        found = await db.find_value(
            int,
            """
            SELECT id FROM helpdesk.ticket
             WHERE status = 'open' AND assigned_agent_id IS NULL AND category = %(full)s ORDER BY random() LIMIT 1
            """,
            full=FULL_DEPARTMENT,
        )
    if found is not None:
        async with make.write(admin.actor) as tx:
            await recategorise_ticket(tx, found, to=to)


def counted_wrong(server: EmbeddedServer) -> list[tuple[Any, ...]]:
    """Agents whose kept sum is not the count of their unresolved tickets."""
    return rows(
        server,
        """
        SELECT t.staff_id, t.active_tickets, count(k.id)
          FROM helpdesk.team_member t
          LEFT JOIN helpdesk.ticket k ON k.assigned_agent_id = t.staff_id AND k.status IN ('open', 'in_progress')
         GROUP BY t.staff_id HAVING t.active_tickets <> count(k.id)
        """,
    )


def waiting_in_vain(server: EmbeddedServer) -> list[tuple[Any, ...]]:
    """Queued tickets for which an agent of their department, or a general one, has room."""
    return rows(
        server,
        """
        SELECT k.id, t.staff_id
          FROM helpdesk.ticket k
          JOIN helpdesk.team_member t ON t.department IN (k.category, 'general') AND t.active_tickets < t.capacity
               AND t.is_available
         WHERE k.status = 'open' AND k.assigned_agent_id IS NULL
        """,
    )


async def resolve(make: Make, by: Member, ticket_id: int) -> Status:
    async with make.write(by.actor) as tx:
        return (await move_ticket(tx, ticket_id, to=Status.RESOLVED)).status


async def waiting_at_the_row(make: Make, task: "asyncio.Task[Status]") -> None:
    """Returns once somebody waits for a lock; a task that ended without waiting shows why."""
    waits = False
    while not waits and not task.done():
        async with make.read() as db:
            waits = await db.value(bool, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')")


async def test_whose_ticket_goes_to_somebody_else_while_they_resolve_it_is_refused(make: Make) -> None:
    agent, other, admin = await make.agent(), await make.agent(), await make.admin()
    ticket = await make.ticket(assigned_to=agent)

    async with make.write(admin.actor) as tx:
        await lock_dispatch(tx)
        resolving = asyncio.create_task(resolve(make, agent, ticket.id))
        await waiting_at_the_row(make, resolving)
        await assign_ticket(tx, ticket.id, other.id, reason=None)

    with pytest.raises(NotYourTicketToUpdate):
        await resolving


async def test_who_resolves_what_somebody_else_resolves_at_that_moment_changes_and_records_nothing(
    make: Make, clean: EmbeddedServer
) -> None:
    agent, admin = await make.agent(), await make.admin()
    ticket = await make.ticket(assigned_to=agent)

    async with make.write(admin.actor) as tx:
        await lock_dispatch(tx)
        resolving = asyncio.create_task(resolve(make, agent, ticket.id))
        await waiting_at_the_row(make, resolving)
        await move_ticket(tx, ticket.id, to=Status.RESOLVED)

    assert await resolving is Status.RESOLVED
    assert rows(clean, "SELECT actor_id FROM kernel.audit_entry WHERE action = 'ticket.moved'") == [(admin.id,)]
    logged = "SELECT staff_id FROM helpdesk.ticket_activity WHERE activity_type = 'status_updated'"
    assert rows(clean, logged) == [(admin.id,)]
