"""What a ticket may become, and who may work on it. Pure: no SQL, no clock, no HTTP.

open --> in_progress --> resolved --> closed
 ^____________|_____________|____________|        reopening
"""

import secrets
from enum import StrEnum

from backoffice.helpdesk.permissions import Desk
from backoffice.kernel import moves
from backoffice.kernel.actor import Actor
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Forbidden, Invalid, NotFound, Unavailable
from backoffice.kernel.moves import Transitions


class Status(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Category(StrEnum):
    """What a ticket is about, and so which department takes it."""

    PAYMENT = "payment"
    LOAN = "loan"
    ACCOUNT = "account"
    TECHNICAL = "technical"
    GENERAL = "general"


TRANSITIONS: Transitions[Status] = {
    Status.OPEN: frozenset({Status.IN_PROGRESS}),
    Status.IN_PROGRESS: frozenset({Status.RESOLVED, Status.OPEN}),
    Status.RESOLVED: frozenset({Status.CLOSED, Status.OPEN}),
    Status.CLOSED: frozenset({Status.OPEN}),
}
OCCUPYING = frozenset({Status.OPEN, Status.IN_PROGRESS})
"""A ticket in one of these counts against its agent's capacity."""

CODE_TRIES = 20
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Activity(StrEnum):
    """What a ticket's log says happened (contract, tickets 8; the last two are additions)."""

    CREATED = "created"
    ASSIGNED = "assigned"
    REASSIGNED = "reassigned"
    STATUS_UPDATED = "status_updated"
    CATEGORY_UPDATED = "category_updated"
    NOTE_ADDED = "note_added"
    UNASSIGNED = "unassigned"
    REPLIED = "replied"


class TicketAct(Act):
    MOVED = "ticket.moved"
    ASSIGNED = "ticket.assigned"
    RECATEGORISED = "ticket.recategorised"
    NOTE_ADDED = "ticket.note_added"
    REPLIED = "ticket.replied"


class TicketNotFound(NotFound):
    """Ticket with ID {ticket_id} not found"""

    ticket_id: int


class AgentNotFound(NotFound):
    """Agent with ID {agent_id} not found"""

    agent_id: int


class NotYourTicketToView(Forbidden):
    """Access denied. You can only view your assigned tickets."""


class NotYourTicketToUpdate(Forbidden):
    """Access denied. You can only update your assigned tickets."""


class IllegalMove(Invalid):
    """Invalid status transition from '{current}' to '{requested}'"""

    current: str
    requested: str


class TicketFinished(Invalid):
    """A {status} ticket can't be assigned. Reopen it first."""

    status: str


class AgentInactive(Invalid):
    """Agent '{username}' is not active"""

    username: str


class HasUnresolvedTicket(Invalid):
    """This customer already has another unresolved ticket, {ticket_id}."""

    ticket_id: str


class NoFreeCode(Unavailable):
    """No free ticket code was found. Please try again."""


def sees_all(actor: Actor) -> bool:
    return actor.can(Desk.TICKETS_VIEW_ALL)


def check_may_view(actor: Actor, assigned_agent_id: int | None) -> None:
    """Admins see any ticket, agents their own (contract, tickets 3)."""
    if not sees_all(actor) and assigned_agent_id != actor.id:
        raise NotYourTicketToView


def check_may_work(actor: Actor, assigned_agent_id: int | None) -> None:
    """Admins work on any ticket, agents on their own (contract, tickets 5)."""
    if not actor.can(Desk.TICKETS_MANAGE) and assigned_agent_id != actor.id:
        raise NotYourTicketToUpdate


def check_move(current: Status, requested: Status) -> None:
    moves.check(
        TRANSITIONS, old=current, new=requested, refusal=lambda: IllegalMove(current=current, requested=requested)
    )


def is_finishing(current: Status, to: Status) -> bool:
    """Whether this move frees a place with the agent."""
    return current in OCCUPYING and to not in OCCUPYING


def new_code() -> str:
    """`TKT` and five characters of base 32, without I, O, 0 and 1."""
    return "TKT" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(5))
