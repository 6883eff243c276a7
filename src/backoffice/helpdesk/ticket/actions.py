"""What staff, and the conversation, do with tickets. Each runs inside one write."""

from backoffice.helpdesk.ticket import queue, rules, store
from backoffice.helpdesk.ticket.choosing import Candidate
from backoffice.helpdesk.ticket.placing import place_after
from backoffice.helpdesk.ticket.queue import AgentRow
from backoffice.helpdesk.ticket.rules import Activity, Category, Status, TicketAct
from backoffice.helpdesk.ticket.store import NotedRow, TicketRow
from backoffice.kernel.audit.entry import personal
from backoffice.kernel.database import together
from backoffice.kernel.write import Tx


async def open_ticket(
    tx: Tx, whatsapp_user_id: int, *, category: Category, reason: str
) -> tuple[TicketRow, Candidate | AgentRow | None]:
    """Raise a ticket and place it; the caller tells the customer who takes it.

    A customer has one unresolved ticket at a time: asking again returns it.
    """
    for _ in range(rules.CODE_TRIES):
        inserted = store.insert_ticket(tx, rules.new_code(), whatsapp_user_id, category=category, reason=reason)
        ticket, given = await place_after(tx, store.lock_dispatch(tx), change=inserted, is_told=True)
        if ticket is not None:
            tx.record("ticket created", ticket.id)
            return ticket, given.agent if given else None
        existing = await store.find_unresolved(tx, whatsapp_user_id)
        if existing is not None:
            return existing, None
    raise rules.NoFreeCode


async def move_ticket(tx: Tx, ticket_id: int, *, to: Status, notes: str | None = None) -> TicketRow:
    """Move a ticket along its life. Moving it to where it is changes nothing and records nothing.

    It is read before helpdesk.dispatch is held and moves only if it is still so: nobody waits there for our checks.
    """
    if to is Status.OPEN:
        _, ticket = await together(store.lock_dispatch(tx), store.lock_ticket(tx, ticket_id))
    else:
        ticket = await store.get_ticket(tx, ticket_id)
    rules.check_may_work(tx.actor, ticket.assigned_agent_id)
    if ticket.status is to:
        return ticket
    rules.check_move(ticket.status, to)
    moved = await reopen(tx, ticket) if to is Status.OPEN else await _move_on(tx, ticket, to=to, notes=notes)
    if moved is None:
        return await move_ticket(tx, ticket_id, to=to, notes=notes)
    tx.audit(
        TicketAct.MOVED,
        ticket_id,
        before={"status": ticket.status},
        after={"status": to, "resolution_notes": personal(notes)},
        person=f"whatsapp:{ticket.whatsapp_user_id}",
    )
    return moved


async def _move_on(tx: Tx, ticket: TicketRow, *, to: Status, notes: str | None) -> TicketRow | None:
    """None where somebody changed it since it was read; from now on nobody can."""
    row, change = store.lock_dispatch(tx), store.set_status(tx, ticket, to, notes=notes)
    if not rules.is_finishing(ticket.status, to):
        return (await together(row, change))[1]
    return (await place_after(tx, row, change=change))[0]


async def reopen(tx: Tx, ticket: TicketRow, *, by: str | None = None) -> TicketRow:
    """Open it again, with its agent while they are active, available and below capacity, else queued; place the queue.

    The caller holds helpdesk.dispatch. `by` is who did it, when that is no actor.
    """
    other, keeps = await together(
        store.find_unresolved(tx, ticket.whatsapp_user_id),
        queue.has_room_for(tx, ticket.assigned_agent_id, beside_ticket_id=ticket.id),
    )
    if other is not None and other.id != ticket.id:
        raise rules.HasUnresolvedTicket(ticket_id=other.code)
    said, facts = store.words_of_move(tx, ticket, Status.OPEN, by=by)
    logged = store.insert_activity(tx, ticket.id, Activity.STATUS_UPDATED, description=said, metadata=facts)
    return (await place_after(tx, logged, change=store.set_reopened(tx, ticket, keep_agent=keeps)))[0]


async def recategorise_ticket(tx: Tx, ticket_id: int, *, to: Category) -> TicketRow:
    """Correct what a ticket is about. An assigned one stays with its agent; a queued one may now find an agent."""
    _, ticket = await together(store.lock_dispatch(tx), store.lock_ticket(tx, ticket_id))
    if ticket.category is to:
        return ticket
    facts = {"old_category": ticket.category, "new_category": to, "updated_by": tx.actor.label}
    said = f"Category changed from '{ticket.category}' to '{to}'"
    logged = store.insert_activity(tx, ticket_id, Activity.CATEGORY_UPDATED, description=said, metadata=facts)
    tx.audit(TicketAct.RECATEGORISED, ticket_id, before={"category": ticket.category}, after={"category": to})
    return (await place_after(tx, logged, change=store.set_category(tx, ticket, to)))[0]


async def add_note(tx: Tx, ticket_id: int, note: str) -> NotedRow:
    """Keep an internal note with the ticket; the customer never sees it."""
    ticket = await store.lock_ticket(tx, ticket_id)
    rules.check_may_work(tx.actor, ticket.assigned_agent_id)
    facts = {"added_by": tx.actor.label, "added_by_role": tx.actor.role}
    noted = await store.insert_activity(tx, ticket_id, Activity.NOTE_ADDED, description=note, metadata=facts)
    about = f"whatsapp:{ticket.whatsapp_user_id}"
    tx.audit(TicketAct.NOTE_ADDED, ticket_id, after={"note_id": noted.id, "note": personal(note)}, person=about)
    return noted
