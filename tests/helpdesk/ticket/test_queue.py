"""The queue as it is read: of each category as many as could be placed, and placed as if all had been looked at."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.helpdesk.ticket.choosing import Candidate, choose
from backoffice.helpdesk.ticket.placing import place_queue
from backoffice.helpdesk.ticket.queue import list_candidates, list_queue
from backoffice.helpdesk.ticket.rules import Category
from backoffice.helpdesk.ticket.store import lock_dispatch
from backoffice.kernel.database.embedded import EmbeddedServer
from tests.conftest import superuser
from tests.making import Make

NOW = datetime.now(UTC)


async def test_of_each_category_as_many_are_read_as_could_be_placed_however_many_wait(make: Make) -> None:
    await make.agent(department="loan", capacity=2)
    await make.agent(department="general", capacity=1)
    await make.agent(department="technical", capacity=1, is_available=False)
    for number in range(5):
        for category in (Category.PAYMENT, Category.LOAN, Category.GENERAL):
            await make.ticket(category=category, created_at=NOW - timedelta(minutes=number))

    async with make.write() as tx:
        waiting = await list_queue(tx)

    read = [one.category for one in waiting]
    assert {category: read.count(category) for category in Category} == {
        Category.PAYMENT: 1,
        Category.LOAN: 3,
        Category.ACCOUNT: 0,
        Category.TECHNICAL: 0,
        Category.GENERAL: 1,
    }


async def test_nothing_is_read_for_whom_nobody_has_room(make: Make) -> None:
    await make.agent(department="loan")
    await make.ticket(category=Category.PAYMENT)

    async with make.write() as tx:
        assert await list_queue(tx) == []


CLOSED = """
INSERT INTO helpdesk.ticket (code, whatsapp_user_id, phone, category, escalation_reason, status)
SELECT 'OLD' || n, %(customer_id)s, '+919', (ARRAY['payment', 'loan', 'general'])[n %% 3 + 1], 'Asked', 'closed'
  FROM generate_series(1, 2000) n
"""


async def test_the_queue_is_read_by_category_even_with_a_plan_made_while_nobody_waited(
    make: Make, clean: EmbeddedServer
) -> None:
    """The other index would read a full department's whole queue for each ticket of another."""
    await make.agent(department="loan")
    customer = await make.customer()
    with superuser(clean) as connection:
        connection.execute(CLOSED, {"customer_id": customer.id})
        connection.execute("ANALYZE helpdesk.ticket")

    async with make.write() as tx:
        asked = list_queue(tx)
        await tx.run("SET LOCAL plan_cache_mode = force_generic_plan")
        await tx.run("SET LOCAL enable_seqscan = off")
        plan = await (await tx.connection.execute("EXPLAIN " + asked.sql, asked.params)).fetchall()

    read = [line for (line,) in plan if " on ticket" in line]
    assert len(read) == 1
    assert "ticket_waiting_idx" in read[0]


@dataclass(frozen=True)
class Post:
    """An agent to be: `active` more than the capacity is what an assignment by hand leaves behind."""

    department: Category
    capacity: int
    active: int
    is_available: bool
    is_active: bool


POSTS = st.builds(
    Post,
    st.sampled_from(Category),
    st.integers(1, 3),
    st.integers(0, 3),
    st.sampled_from([True, True, False]),
    st.sampled_from([True, True, False]),
)
INSERT_TEAM = """
WITH person AS (
    INSERT INTO kernel.staff (username, email, full_name, password_hash)
    SELECT 'post_' || n, 'post_' || n || '@desk.example', 'Post ' || n, '-' FROM generate_series(1, %(agents)s) n
 RETURNING id, substr(username, 6)::int AS n
), membership AS (
    INSERT INTO kernel.membership (staff_id, product, role, is_active)
    SELECT id, 'helpdesk', 'agent', (%(is_active)s::bool[])[n] FROM person
)
INSERT INTO helpdesk.team_member (staff_id, department, capacity, active_tickets, is_available)
SELECT id, (%(departments)s::text[])[n], (%(capacities)s::int[])[n], (%(active)s::int[])[n],
       (%(is_available)s::bool[])[n]
  FROM person
"""
INSERT_QUEUE = """
WITH customer AS (
    INSERT INTO helpdesk.whatsapp_user (phone)
    SELECT '+9177' || lpad(n::text, 8, '0') FROM generate_series(1, %(tickets)s) n
 RETURNING id, phone, substr(phone, 6)::int AS n
)
INSERT INTO helpdesk.ticket (code, whatsapp_user_id, phone, category, escalation_reason, queued_at)
SELECT 'TKT' || lpad(n::text, 5, '0'), id, phone, (%(categories)s::text[])[n], 'Asked for a person',
       now() - make_interval(mins => (%(minutes)s::int[])[n])
  FROM customer
"""


class Undone(Exception):
    """Ends an example: nothing of it stays."""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    team=st.lists(POSTS, max_size=5),
    waiting=st.lists(st.tuples(st.sampled_from(Category), st.integers(0, 5)), max_size=9),
)
async def test_what_is_placed_is_what_a_look_at_everybody_who_waits_would_place(
    make: Make, team: list[Post], waiting: list[tuple[Category, int]]
) -> None:
    try:
        async with make.write() as tx:
            await lock_dispatch(tx)
            await tx.run(
                INSERT_TEAM,
                agents=len(team),
                departments=[one.department.value for one in team],
                capacities=[one.capacity for one in team],
                active=[one.active for one in team],
                is_available=[one.is_available for one in team],
                is_active=[one.is_active for one in team],
            )
            await tx.run(
                INSERT_QUEUE,
                tickets=len(waiting),
                categories=[category.value for category, _ in waiting],
                minutes=[minutes for _, minutes in waiting],
            )
            everybody = await tx.all(WaitingRow, EVERYBODY)
            expected = modelled(everybody, await list_candidates(tx))
            assert sum(one.is_active and one.is_available and one.active < one.capacity for one in team) == len(
                await list_candidates(tx)
            )
            placed = await place_queue(tx)
            assert {ticket_id: given.agent.staff_id for ticket_id, given in placed.items()} == expected
            kept = await tx.all(KeptRow, KEPT)
            assert {one.id: one.assigned_agent_id for one in kept} == expected
            raise Undone
    except Undone:
        pass


@dataclass(frozen=True)
class WaitingRow:
    id: int
    category: Category


@dataclass(frozen=True)
class KeptRow:
    id: int
    assigned_agent_id: int


EVERYBODY = "SELECT id, category FROM helpdesk.ticket ORDER BY queued_at, id"
KEPT = (
    "SELECT id, assigned_agent_id FROM helpdesk.ticket WHERE assigned_agent_id IS NOT NULL AND status = 'in_progress'"
)


def modelled(waiting: Iterable[WaitingRow], candidates: list[Candidate]) -> dict[int, int]:
    """Ticket id -> agent id: everybody who waits, in turn."""
    team, placed = [replace(one) for one in candidates], dict[int, int]()
    for ticket in waiting:
        choice = choose(team, ticket.category)
        if choice is not None:
            choice.agent.active += 1
            choice.agent.last_assigned_at = NOW + timedelta(seconds=len(placed))
            placed[ticket.id] = choice.agent.staff_id
    return placed
