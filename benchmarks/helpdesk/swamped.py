"""One department is full and thousands wait for it: what does that cost those who write to another?

Payment and general agents are full, the others have room for everybody.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from backoffice.helpdesk.ticket.rules import Category
from benchmarks.ground import Ground
from benchmarks.helpdesk.content import AGENTS, CAPACITY
from benchmarks.helpdesk.writers import measure
from benchmarks.plan import Finding, Plan

WAITING, SHARE = 9_000, 4
"""How many wait; and that many times fewer tickets than the writers open, once without a queue and once with it."""
LEAST = 0.7
"""Of the tickets opened without a queue, per second."""
FREE = (Category.LOAN, Category.ACCOUNT, Category.TECHNICAL)
ROOM = """
UPDATE helpdesk.team_member
   SET capacity = CASE WHEN department = ANY (%(free)s) THEN active_tickets + %(room)s ELSE active_tickets END
 WHERE staff_id <= %(agents)s
"""
QUEUE = """
WITH customer AS (
    INSERT INTO helpdesk.whatsapp_user (phone)
    SELECT '+915' || lpad(n::text, 9, '0') FROM generate_series(1, %(waiting)s) n RETURNING id, phone
)
INSERT INTO helpdesk.ticket (code, whatsapp_user_id, phone, category, escalation_reason)
SELECT 'WAIT' || id, id, phone, %(category)s, 'Asked for a person' FROM customer
"""


def swamped(plan: Plan, ground: Ground) -> Iterator[Finding]:
    """Open and resolve tickets of the others, without a queue and beside one."""
    tickets = max(1, plan.tickets // SHARE)
    with _full_but_for_others(ground, room=tickets):
        alone = measure(ground, tickets, place=917, categories=FREE)
        with ground.connect() as db:
            db.execute("SET session_replication_role = replica")
            db.execute(QUEUE, {"waiting": WAITING, "category": Category.PAYMENT})
            db.execute("ANALYZE helpdesk.ticket")
        beside = measure(ground, tickets, place=916, categories=FREE)
    case = f"{WAITING:,} wait for a full department"
    for what, run in (("nobody waits", alone), (f"{WAITING:,} wait", beside)):
        yield Finding(case, f"opened for another department, {what}", f"{run.opened_per_second:,.0f} tickets/s")
    ratio = beside.opened_per_second / alone.opened_per_second
    yield Finding(case, "with the queue beside without", f"{ratio:.2f} x", f"> {LEAST} x", ratio > LEAST)
    over = sum(run.verdict.over_capacity for run in (alone, beside))
    yield Finding(case, "placed above an agent's capacity", f"{over}", "0", over == 0)
    overtaken = sum(run.verdict.overtaken for run in (alone, beside))
    yield Finding(case, "placed before somebody who waited longer", f"{overtaken}", "0", overtaken == 0)


@contextmanager
def _full_but_for_others(ground: Ground, *, room: int) -> Iterator[None]:
    """Until it is over, when the queue is gone and everybody's capacity is as it was."""
    with ground.connect() as db:
        db.execute("SET session_replication_role = replica")
        db.execute(ROOM, {"free": [one.value for one in FREE], "room": room, "agents": AGENTS})
        try:
            yield
        finally:
            db.execute("DELETE FROM helpdesk.ticket WHERE code LIKE 'WAIT%'")
            db.execute("UPDATE helpdesk.team_member SET capacity = %s WHERE staff_id <= %s", [CAPACITY, AGENTS])
