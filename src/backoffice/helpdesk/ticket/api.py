"""The ticket doors of the helpdesk contract ("Ticket Management APIs" 1-8)."""

from dataclasses import asdict
from functools import partial

from backoffice.helpdesk.permissions import Desk
from backoffice.helpdesk.product import FILES, HELPDESK, Success, success
from backoffice.helpdesk.ticket import actions, listing, placing, rules
from backoffice.helpdesk.ticket.answers import detail_out
from backoffice.helpdesk.ticket.rules import TicketAct
from backoffice.helpdesk.ticket.schemas import (
    AssignedOut,
    AssignIn,
    CategoryIn,
    DetailOut,
    LogOut,
    MovedOut,
    NotedOut,
    NoteIn,
    NoteOut,
    RecategorisedOut,
    StatusIn,
    TicketPage,
    TicketsQuery,
    UnassignedQuery,
    WaitingPage,
)
from backoffice.kernel.database import Db, together
from backoffice.kernel.phones import sought
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx

door = Doors(HELPDESK, tag="Tickets", prefix="/api/v1/tickets")


@door.get("", permission=Desk.TICKETS_VIEW)
async def list_tickets(query: TicketsQuery, db: Db, call: Call) -> Success[TicketPage]:
    """Tickets, newest first, with the total under the same filters. Agents see their own."""
    own = None if rules.sees_all(call.caller) else call.caller.id
    numbers = asdict(sought(query.search or "", country=call.house.settings.default_country))
    rows, total = await listing.TICKETS.page(db, query, call, own=own, **numbers)
    return success({"tickets": rows, "total": total, "limit": query.size, "offset": query.start})


@door.get("/unassigned", permission=Desk.TICKETS_MANAGE)
async def list_unassigned_tickets(query: UnassignedQuery, db: Db, call: Call) -> Success[WaitingPage]:
    """The queue: open tickets without an agent, longest waiting first."""
    rows, total = await listing.WAITING.page(db, query, call)
    return success({"tickets": rows, "total": total})


@door.get("/{ticket_id}", permission=Desk.TICKETS_VIEW, errors=[rules.TicketNotFound, rules.NotYourTicketToView])
async def get_ticket(ticket_id: Id, db: Db, call: Call) -> Success[DetailOut]:
    """A ticket with its conversation (up to 200 messages, oldest first) and its log (newest first)."""
    ticket, messages, activities = await together(
        listing.get_detail(db, ticket_id),
        listing.list_conversation(db, ticket_id),
        listing.list_activities(db, ticket_id),
    )
    rules.check_may_view(call.caller, ticket.assigned_agent_id)
    sign = partial(call.house.links.sign, FILES)
    return success({"ticket": detail_out(ticket, messages, activities=activities, sign=sign)})


@door.patch(
    "/{ticket_id}/assign",
    permission=Desk.TICKETS_MANAGE,
    audit=[TicketAct.ASSIGNED],
    errors=[rules.TicketNotFound, rules.AgentNotFound, rules.AgentInactive, rules.TicketFinished],
)
async def assign_ticket(ticket_id: Id, body: AssignIn, tx: Tx) -> Success[AssignedOut]:
    """Give a ticket to an agent by hand; an open one becomes in progress."""
    ticket, agent = await placing.assign_ticket(tx, ticket_id, body.agent_id, reason=body.reason)
    return success(
        {
            "message": f"Ticket assigned to {agent.full_name}",
            "ticket": {
                "id": ticket.id,
                "ticket_id": ticket.code,
                "status": ticket.status,
                "assigned_agent_id": ticket.assigned_agent_id,
                "assigned_at": ticket.assigned_at,
                "reassignment_count": ticket.reassignment_count,
            },
        }
    )


@door.patch(
    "/{ticket_id}/status",
    permission=Desk.TICKETS_WORK,
    audit=[TicketAct.MOVED],
    errors=[rules.TicketNotFound, rules.NotYourTicketToUpdate, rules.IllegalMove, rules.HasUnresolvedTicket],
)
async def move_ticket(ticket_id: Id, body: StatusIn, tx: Tx) -> Success[MovedOut]:
    """Change ticket status through its lifecycle."""
    ticket = await actions.move_ticket(tx, ticket_id, to=body.status, notes=body.resolution_notes)
    return success(
        {
            "message": f"Ticket status updated to '{body.status}'",
            "ticket": {
                "id": ticket.id,
                "ticket_id": ticket.code,
                "status": ticket.status,
                "updated_at": ticket.updated_at,
                "resolved_at": ticket.resolved_at,
                "closed_at": ticket.closed_at,
            },
        }
    )


@door.patch(
    "/{ticket_id}/category",
    permission=Desk.TICKETS_MANAGE,
    audit=[TicketAct.RECATEGORISED],
    errors=[rules.TicketNotFound],
)
async def recategorise_ticket(ticket_id: Id, body: CategoryIn, tx: Tx) -> Success[RecategorisedOut]:
    """Correct what a ticket is about. Its agent stays."""
    ticket = await actions.recategorise_ticket(tx, ticket_id, to=body.category)
    return success(
        {
            "message": f"Ticket category updated to '{ticket.category}'",
            "ticket": {
                "id": ticket.id,
                "ticket_id": ticket.code,
                "category": ticket.category,
                "updated_at": ticket.updated_at,
            },
        }
    )


@door.post(
    "/{ticket_id}/notes",
    permission=Desk.TICKETS_WORK,
    audit=[TicketAct.NOTE_ADDED],
    errors=[rules.TicketNotFound, rules.NotYourTicketToUpdate],
)
async def add_note(ticket_id: Id, body: NoteIn, tx: Tx) -> Success[NotedOut]:
    """Keep an internal note with a ticket."""
    noted = await actions.add_note(tx, ticket_id, body.note)
    note: NoteOut = {
        "id": noted.id,
        "note": body.note,
        "added_by": noted.author or tx.actor.label,
        "created_at": noted.created_at,
    }
    return success({"message": "Note added successfully", "note": note})


@door.get(
    "/{ticket_id}/activities",
    permission=Desk.TICKETS_VIEW,
    errors=[rules.TicketNotFound, rules.NotYourTicketToView],
)
async def list_activities(ticket_id: Id, db: Db, call: Call) -> Success[LogOut]:
    """Everything that happened to a ticket, newest first."""
    ticket, activities = await together(listing.get_detail(db, ticket_id), listing.list_activities(db, ticket_id))
    rules.check_may_view(call.caller, ticket.assigned_agent_id)
    return success({"ticket_id": ticket.ticket_id, "activities": activities, "total": len(activities)})
