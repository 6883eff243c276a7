"""Placing the queue, assigning by hand, and giving an agent's tickets back. All hold helpdesk.dispatch.

What holds it waits for this process as seldom as it can: one batch locks, changes and reads who may take what, and the
placing itself travels with the commit.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from backoffice.helpdesk.outbox import actions as outbox
from backoffice.helpdesk.outbox.rules import Notice
from backoffice.helpdesk.ticket import queue, rules, store
from backoffice.helpdesk.ticket.choosing import TAKEN_OVER, Candidate, choose
from backoffice.helpdesk.ticket.queue import AgentRow, Assignment, QueuedRow
from backoffice.helpdesk.ticket.rules import Activity, Status, TicketAct
from backoffice.helpdesk.ticket.store import TicketRow
from backoffice.kernel.database import Query, together
from backoffice.kernel.write import Tx

Changed = TypeVar("Changed", TicketRow, TicketRow | None)
Placed = dict[int, Assignment]
"""Ticket id -> whom it was given to by this write, once that commits."""


async def place_after(
    tx: Tx, *first: Query[Any], change: Query[Changed], is_told: bool = False
) -> tuple[Changed, Assignment | None]:
    """Change a ticket so that room is made or it waits, and place the queue as it then is, in one batch.

    The caller holds helpdesk.dispatch, or locks it `first`. Answers with the ticket as it is afterwards, and with whom
    it was given to; `is_told` when its customer is told that otherwise.
    """
    *_, ticket, candidates, waiting = await together(*first, change, queue.list_candidates(tx), queue.list_queue(tx))
    placed = _place(tx, waiting, candidates, told=ticket.id if ticket is not None and is_told else None)
    given = placed.get(ticket.id) if ticket is not None else None
    if given is not None:
        agent_id = given.agent.staff_id
        ticket = replace(ticket, status=Status.IN_PROGRESS, assigned_agent_id=agent_id, assigned_at=given.at)
    return ticket, given


async def place_queue(tx: Tx, *first: Query[Any]) -> Placed:
    """Place waiting tickets, longest waiting first, while an eligible agent has room.

    Called by whoever made room, or makes it `first`, in the same write, after `lock_dispatch`.
    """
    *_, candidates, waiting = await together(*first, queue.list_candidates(tx), queue.list_queue(tx))
    return _place(tx, waiting, candidates, told=None)


def _place(tx: Tx, waiting: list[QueuedRow], candidates: list[Candidate], *, told: int | None) -> Placed:
    placed: Placed = {}
    for ticket in waiting:
        choice = choose(candidates, ticket.category)
        if choice is None:
            continue
        at = ticket.read_at + timedelta(microseconds=len(placed))
        given = Assignment(ticket.id, choice.agent, Activity.ASSIGNED, {"reason": choice.reason}, at)
        placed[ticket.id] = given
        choice.agent.active += 1
        choice.agent.last_assigned_at = at
        tx.send_ahead(queue.set_agent(tx, given))
        tx.record("ticket assigned", ticket.id)
        if ticket.id != told:
            words = TAKEN_OVER.format(agent=choice.agent.full_name, code=ticket.code)
            outbox.queue_notice(tx, Notice(ticket.whatsapp_user_id, words, ticket.id))
    return placed


async def assign_ticket(tx: Tx, ticket_id: int, agent_id: int, *, reason: str | None) -> tuple[TicketRow, AgentRow]:
    """Give a ticket to an agent by hand, above capacity if need be; the agent it came from may take another."""
    _, ticket, agent = await together(
        store.lock_dispatch(tx), store.lock_ticket(tx, ticket_id), queue.find_agent(tx, agent_id)
    )
    if agent is None:
        raise rules.AgentNotFound(agent_id=agent_id)
    if not agent.is_active:
        raise rules.AgentInactive(username=agent.username)
    if ticket.status not in rules.OCCUPYING:
        raise rules.TicketFinished(status=ticket.status)
    if ticket.assigned_agent_id == agent_id and ticket.status is Status.IN_PROGRESS:
        return ticket, agent
    again = ticket.assigned_agent_id not in (None, agent_id)
    kind = Activity.REASSIGNED if again else Activity.ASSIGNED
    why = {"assigned_by": tx.actor.label, "reason": reason, "previous_agent_id": ticket.assigned_agent_id}
    before = {"assigned_agent_id": ticket.assigned_agent_id, "status": ticket.status}
    after = {"assigned_agent_id": agent_id, "status": Status.IN_PROGRESS}
    tx.audit(TicketAct.ASSIGNED, ticket_id, before=before, after=after, reason=reason)
    change = queue.set_agent(tx, Assignment(ticket_id, agent, kind, why))
    assigned = (await place_after(tx, change=change))[0] if again else await change
    return assigned, agent


async def release_tickets_of(tx: Tx, agent_id: int, *first: Query[Any], because: str) -> int:
    """Put an agent's unresolved tickets back into the queue, open and unassigned, then place whom others can take."""
    *_, held = await together(*first, queue.list_unresolved_of(tx, agent_id))
    facts = {"previous_agent_id": agent_id, "reason": because}
    said = f"Ticket returned to the queue: {because}"
    changes: list[Query[Any]] = []
    for ticket_id in held:
        changes.append(queue.set_unassigned(tx, ticket_id))
        changes.append(store.insert_activity(tx, ticket_id, Activity.UNASSIGNED, description=said, metadata=facts))
        tx.record("ticket queued", ticket_id)
    await place_queue(tx, *changes)
    return len(held)
