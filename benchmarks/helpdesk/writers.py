"""Many writers at once: tickets are opened through the product's actions on connections of their own, others resolve.

What happened is judged afterwards, from what was committed.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import uvloop

from backoffice.helpdesk.ticket.actions import move_ticket, open_ticket
from backoffice.helpdesk.ticket.rules import Category, Status
from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from benchmarks.ground import Ground
from benchmarks.helpdesk.content import AGENTS, SEED
from benchmarks.helpdesk.doors import DESK
from benchmarks.helpdesk.replay import Agent, Event, Verdict, judge
from benchmarks.plan import Finding, Plan

WRITERS, RESOLVERS, CONNECTIONS = 32, 8, 32
LONGEST_WAIT_SECONDS = 1.0
CUSTOMERS = """
INSERT INTO helpdesk.whatsapp_user (phone)
SELECT '+' || %(place)s || lpad(n::text, 9, '0') FROM generate_series(1, %(customers)s) n RETURNING id
"""
TEAM = "SELECT staff_id, department, capacity, active_tickets FROM helpdesk.team_member WHERE staff_id <= %s"
LOGS = """
SELECT CASE WHEN a.activity_type = 'status_updated' THEN 'resolved' ELSE a.activity_type END,
       a.ticket_id, t.category, t.queued_at, CASE WHEN a.activity_type <> 'created' THEN t.assigned_agent_id END,
       a.created_at
  FROM helpdesk.ticket_activity a
  JOIN helpdesk.ticket t ON t.id = a.ticket_id
 WHERE a.ticket_id > %s
 ORDER BY a.created_at, a.id
"""
FULL = """
SELECT count(*) FROM helpdesk.team_member m
 WHERE m.active_tickets <> (SELECT count(*) FROM helpdesk.ticket t
                             WHERE t.assigned_agent_id = m.staff_id AND t.status IN ('open', 'in_progress'))
"""


def writers(plan: Plan, ground: Ground) -> Iterator[Finding]:
    """Open `plan.tickets`, resolve them all, and judge: capacity, the wait, the order."""
    run = measure(ground, plan.tickets, place=918)
    opened, resolved, verdict, miscounted = run.opened, run.resolved, run.verdict, run.miscounted
    case = f"{plan.tickets:,} tickets, {WRITERS} writers"
    yield Finding(case, "opened, while others were resolved", f"{run.opened_per_second:,.0f} tickets/s")
    yield Finding(case, "opened and resolved", f"{opened:,} and {resolved:,} in {run.seconds:.0f} s")
    yield Finding(case, "longest queue", f"{verdict.longest_queue:,} tickets")
    wrong = verdict.over_capacity
    yield Finding(case, "placed above an agent's capacity", f"{wrong}", "0", wrong == 0)
    wait = verdict.longest_wait_seconds
    said = f"{wait * 1000:.1f} ms, within the write"
    yield Finding(
        case, "longest wait for an agent who had room", said, "< 1 s after commit", wait < LONGEST_WAIT_SECONDS
    )
    yield Finding(case, "placed before somebody who waited longer", f"{verdict.overtaken}", "0", verdict.overtaken == 0)
    left = verdict.unplaced + plan.tickets - resolved
    yield Finding(case, "left unplaced or unresolved", f"{left}", "0", left == 0)
    yield Finding(
        case, "agents whose kept sum is wrong", f"{miscounted[0]}" if miscounted else "", "0", miscounted == (0,)
    )


@dataclass(frozen=True)
class Written:
    """What a run came to. `seconds` lasts until the last ticket was resolved."""

    opened: int
    resolved: int
    opened_per_second: float
    seconds: float
    verdict: Verdict
    miscounted: tuple[Any, ...] | None


def measure(ground: Ground, tickets: int, *, place: int, categories: Sequence[Category] = tuple(Category)) -> Written:
    """Open so many tickets of these categories while others are resolved, resolve them all, and judge.

    `place` begins the numbers of this run's customers: each run has its own.
    """
    with ground.connect() as db:
        before = db.execute("SELECT max(id) FROM helpdesk.ticket").fetchone() or (0,)
        agents = {row[0]: Agent(*row[1:]) for row in db.execute(TEAM, [AGENTS]).fetchall()}
        db.execute("SET session_replication_role = replica")
        found = db.execute(CUSTOMERS, {"place": str(place), "customers": tickets}).fetchall()
    opening, draining = uvloop.run(
        _Run(ground, before[0], customers=[row[0] for row in found], categories=categories).go()
    )
    with ground.connect() as db:
        events = [Event(*row) for row in db.execute(LOGS, before).fetchall()]
        miscounted = db.execute(FULL).fetchone()
    opened, resolved = (sum(one.kind == kind for one in events) for kind in ("created", "resolved"))
    return Written(opened, resolved, opened / opening, opening + draining, judge(events, agents), miscounted)


class _Run:
    """32 writers open tickets one after the other, 8 resolvers take the oldest that are in progress."""

    def __init__(self, ground: Ground, first: int, *, customers: list[int], categories: Sequence[Category]) -> None:
        settings = ground.settings.model_copy(update={"database_pool_size": CONNECTIONS})
        self.house = House.build(settings)
        self.first = first
        self.customers = customers
        self.categories = categories
        self.opened = asyncio.Event()

    async def go(self) -> tuple[float, float]:
        """Seconds until the last was opened, and from then until the last was resolved."""
        await self.house.open()
        try:
            begun = time.perf_counter()
            resolving = [asyncio.create_task(self.resolve(place)) for place in range(RESOLVERS)]
            await asyncio.gather(*(self.open(self.customers[one::WRITERS], one) for one in range(WRITERS)))
            opened = time.perf_counter()
            self.opened.set()
            await asyncio.gather(*resolving)
            return opened - begun, time.perf_counter() - opened
        finally:
            await self.house.close()

    async def open(self, customers: list[int], number: int) -> None:
        chance = Random(SEED + number)
        for customer in customers:
            async with self.house.database.write(system("helpdesk", "load run")) as tx:
                await open_ticket(tx, customer, category=chance.choice(self.categories), reason="Asked for a person")

    async def resolve(self, place: int) -> None:
        """Each resolver takes its own share of the numbers, until no ticket of this run is unresolved."""
        while True:
            was_opened = self.opened.is_set()
            async with self.house.database.read() as db:
                found = await db.values(
                    int,
                    """
                    SELECT id FROM helpdesk.ticket
                     WHERE status = 'in_progress' AND id > %(first)s AND id %% %(shares)s = %(place)s
                     ORDER BY id LIMIT 20
                    """,
                    first=self.first,
                    shares=RESOLVERS,
                    place=place,
                )
            for ticket_id in found:
                async with self.house.database.write(DESK.admin) as tx:
                    await move_ticket(tx, ticket_id, to=Status.RESOLVED)
            if was_opened and not found and not await self.anything_left():
                return
            if not found:
                await asyncio.sleep(0.01)

    async def anything_left(self) -> bool:
        async with self.house.database.read() as db:
            return await db.value(
                bool,
                """
                SELECT EXISTS (SELECT FROM helpdesk.ticket
                                WHERE status IN ('open', 'in_progress') AND id > %(first)s)
                """,
                first=self.first,
            )
