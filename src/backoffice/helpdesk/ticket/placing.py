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

T = TypeVar("T")
Placed = dict[int, Assignment]
"""Ticket id -> whom it was given to by this write, once that commits."""


async def place_after(tx: Tx, *first: Query[Any], change: Query[T], told: str | None = None) -> tuple[T, Placed]:
    """Make a change that may make room or queue a ticket, and place the queue as it then is, in one batch.

    The caller holds helpdesk.dispatch, or locks it `first`. `told` is the code of a ticket whose customer is told
    otherwise who takes it.
    """
    *_, changed, candidates, waiting = await together(*first, change, queue.list_candidates(tx), queue.list_queue(tx))
    return changed, await _place(tx, waiting, candidates, told=told)


async def place_queue(tx: Tx, *first: Query[Any]) -> Placed:
    """Place waiting tickets, longest waiting first, while an eligible agent has room.

    Called by whoever made room, or makes it `first`, in the same write, after `lock_dispatch`.
    """
    *_, candidates, waiting = await together(*first, queue.list_candidates(tx), queue.list_queue(tx))
    return await _place(tx, waiting, candidates, told=None)


def as_placed(ticket: TicketRow, placed: Placed) -> TicketRow:
    """The ticket with the agent it was just given, if it was."""
    given = placed.get(ticket.id)
    if given is None:
        return ticket
    return replace(ticket, status=Status.IN_PROGRESS, assigned_agent_id=given.agent.staff_id, assigned_at=given.at)


async def _place(tx: Tx, waiting: list[QueuedRow], candidates: list[Candidate], *, told: str | None) -> Placed:
    placed: Placed = {}
    notices = []
    for ticket in waiting:
        choice = choose(candidates, ticket.category)
        if choice is None:
            continue
        at = ticket.read_at + timedelta(microseconds=len(placed))
        given = Assignment(ticket.id, choice.agent, Activity.ASSIGNED, {"reason": choice.reason}, at)
        placed[ticket.id] = given
        choice.agent.active += 1
        choice.agent.last_assigned_at = at
        tx.put_off(queue.set_agent(tx, given))
        tx.record("ticket assigned", ticket.id)
        if ticket.code != told:
            words = TAKEN_OVER.format(agent=choice.agent.full_name, code=ticket.code)
            notices.append(Notice(ticket.whatsapp_user_id, words, ticket.id))
    await outbox.queue_notices(tx, *notices)
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


async def release_tickets_of(tx: Tx, agent_id: int, *, because: str) -> int:
    """Put an agent's unresolved tickets back into the queue, open and unassigned, then place whom others can take."""
    held = await queue.list_unresolved_of(tx, agent_id)
    facts = {"previous_agent_id": agent_id, "reason": because}
    said = f"Ticket returned to the queue: {because}"
    changes: list[Query[Any]] = []
    for ticket_id in held:
        changes.append(queue.set_unassigned(tx, ticket_id))
        changes.append(store.insert_activity(tx, ticket_id, Activity.UNASSIGNED, description=said, metadata=facts))
        tx.record("ticket queued", ticket_id)
    await place_queue(tx, *changes)
    return len(held)


async def can_keep(tx: Tx, ticket: TicketRow) -> bool:
    """Whether a ticket to be reopened stays with its agent: active, available, and below capacity without it."""
    if ticket.assigned_agent_id is None:
        return False
    return await queue.has_room_for(tx, ticket.assigned_agent_id, beside_ticket_id=ticket.id)
