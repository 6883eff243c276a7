"""Placing the queue, assigning by hand, and giving an agent's tickets back. All hold helpdesk.dispatch."""

from typing import Any

from backoffice.helpdesk.outbox import actions as outbox
from backoffice.helpdesk.ticket import queue, rules, store
from backoffice.helpdesk.ticket.choosing import TAKEN_OVER, Candidate, choose, servable
from backoffice.helpdesk.ticket.queue import AgentRow, QueuedRow
from backoffice.helpdesk.ticket.rules import Activity, Status, TicketAct
from backoffice.helpdesk.ticket.store import TicketRow
from backoffice.kernel.database import together
from backoffice.kernel.write import Tx


async def place_queue(tx: Tx, *, told: int | None = None) -> dict[int, Candidate]:
    """Place waiting tickets, longest waiting first, while an eligible agent has room. Returns ticket id -> agent.

    Called by whoever makes room or queues a ticket, in the same write, after `lock_dispatch`. Customers are told who
    takes over, except about the ticket `told`, whose own confirmation names the agent.
    """
    placed: dict[int, Candidate] = {}
    waiting, candidates = await together(queue.has_queue(tx), queue.list_candidates(tx))
    while waiting and (room := sum(one.capacity - one.active for one in candidates)):
        longest = await queue.list_queue(tx, servable(candidates), most=room)
        placed_now = [ticket for ticket in longest if await _place(tx, ticket, candidates, placed)]
        for ticket in placed_now:
            if ticket.id != told:
                words = TAKEN_OVER.format(agent=placed[ticket.id].full_name, code=ticket.code)
                await outbox.queue_notice(tx, ticket.whatsapp_user_id, words, ticket_id=ticket.id)
        waiting = bool(placed_now)
    return placed


async def _place(tx: Tx, ticket: QueuedRow, candidates: list[Candidate], placed: dict[int, Candidate]) -> bool:
    choice = choose(candidates, ticket.category)
    if choice is None:
        return False
    agent = choice.agent
    facts = _assignment_facts(agent.staff_id, agent.username, agent.department, auto=True)
    activity = store.insert_activity(
        tx,
        ticket.id,
        Activity.ASSIGNED,
        description=f"Ticket assigned to {agent.full_name} ({agent.department})",
        metadata={**facts, "reason": choice.reason},
    )
    assigned = queue.set_agent(tx, ticket.id, agent.staff_id, auto=True, again=False)
    _, logged = await together(assigned, activity)
    agent.last_assigned_at = logged.created_at
    agent.active += 1
    tx.record("ticket assigned", ticket.id)
    placed[ticket.id] = agent
    return True


def _assignment_facts(agent_id: int, username: str, department: str | None, *, auto: bool) -> dict[str, Any]:
    return {
        "agent_id": agent_id,
        "agent_username": username,
        "agent_department": department,
        "auto_assigned": auto,
        "method": "auto" if auto else "manual",
    }


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
    facts = _assignment_facts(agent_id, agent.username, agent.department, auto=False)
    activity = store.insert_activity(
        tx,
        ticket_id,
        Activity.REASSIGNED if again else Activity.ASSIGNED,
        description=f"Ticket {'reassigned' if again else 'assigned'} to {agent.full_name} ({agent.department})",
        metadata={
            **facts,
            "assigned_by": tx.actor.label,
            "reason": reason,
            "previous_agent_id": ticket.assigned_agent_id,
        },
    )
    assigned = queue.set_agent(tx, ticket_id, agent_id, auto=False, again=again)
    _, _, after = await together(assigned, activity, store.lock_ticket(tx, ticket_id))
    before = {"assigned_agent_id": ticket.assigned_agent_id, "status": ticket.status}
    tx.audit(
        TicketAct.ASSIGNED,
        ticket_id,
        before=before,
        after={"assigned_agent_id": agent_id, "status": after.status},
        reason=reason,
    )
    if again:
        await place_queue(tx)
    return after, agent


async def release_tickets_of(tx: Tx, agent_id: int, *, because: str) -> int:
    """Put an agent's unresolved tickets back into the queue, open and unassigned, then place whom others can take."""
    held = await queue.list_unresolved_of(tx, agent_id)
    for ticket in held:
        activity = store.insert_activity(
            tx,
            ticket.id,
            Activity.UNASSIGNED,
            description=f"Ticket returned to the queue: {because}",
            metadata={"previous_agent_id": agent_id, "reason": because},
        )
        await together(queue.set_unassigned(tx, ticket.id), activity)
        tx.record("ticket queued", ticket.id)
    await place_queue(tx)
    return len(held)


async def can_keep(tx: Tx, ticket: TicketRow) -> bool:
    """Whether a ticket to be reopened stays with its agent: active, available, and below capacity without it."""
    if ticket.assigned_agent_id is None:
        return False
    return await queue.has_room_for(tx, ticket.assigned_agent_id, beside_ticket_id=ticket.id)
