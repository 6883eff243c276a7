"""What the ticket doors take and give (contract, "Ticket Management APIs")."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field, field_validator, model_validator
from typing_extensions import TypedDict

from backoffice.helpdesk.message.schemas import ReadOut
from backoffice.helpdesk.ticket.rules import Category, Status
from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID, Day
from backoffice.kernel.web.paging import Paged


class TicketsQuery(Paged, default=50, most=500):
    status: Status | None = None
    category: Category | None = None
    assigned_agent_id: int | None = Field(None, ge=1, le=LARGEST_ID)
    unassigned: bool = False
    from_date: Day | None = None
    to_date: Day | None = None
    search: str | None = Field(
        None,
        max_length=64,
        description="The beginning of ticket_id, phone_number or merchant_id, or the end of phone_number",
    )

    @model_validator(mode="after")
    def _dates_in_order(self) -> "TicketsQuery":
        if self.from_date and self.to_date and self.from_date > self.to_date:
            raise ValueError("from_date must not be after to_date")
        return self


class UnassignedQuery(Paged, default=50, most=500):
    category: Category | None = None


class AssignIn(In):
    agent_id: int = Field(ge=1, le=LARGEST_ID)
    reason: str | None = Field(None, max_length=2000)


class StatusIn(In):
    status: Status
    resolution_notes: str | None = Field(None, max_length=5000)

    @field_validator("resolution_notes")
    @classmethod
    def _empty_is_absent(cls, notes: str | None) -> str | None:
        return notes or None


class CategoryIn(In):
    category: Category


class NoteIn(In):
    note: str = Field(min_length=1, max_length=5000)


@dataclass(frozen=True)
class AgentOut:
    id: int
    username: str
    full_name: str
    department: str | None


@dataclass(frozen=True)
class AgentWithEmailOut(AgentOut):
    email: str


@dataclass(frozen=True)
class FactsOut:
    """What a ticket shows of itself in its list and alone."""

    id: int
    ticket_id: str
    phone_number: str
    merchant_id: str | None
    status: Status
    category: Category
    escalation_reason: str
    assigned_agent_id: int | None
    assigned_at: datetime | None
    auto_assigned: bool
    reassignment_count: int
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True)
class TicketOut(FactsOut):
    assigned_agent: AgentOut | None


class TicketPage(TypedDict):
    tickets: list[TicketOut]
    total: int
    limit: int
    offset: int


@dataclass(frozen=True)
class WaitingOut:
    id: int
    ticket_id: str
    phone_number: str
    merchant_id: str | None
    category: Category
    escalation_reason: str
    created_at: datetime
    waiting_time_minutes: int


class WaitingPage(TypedDict):
    tickets: list[WaitingOut]
    total: int


class ExchangeOut(ReadOut):
    """One item of the conversation: a customer's message carries its answer, which follows as an item of its own.

    `delivery` says how far an answer came, `resent_count` how often it may have reached the customer twice.
    """

    message: str | None
    response: str | None
    message_type: str
    outbound_id: int | None
    resent_count: int


class ActivityOut(TypedDict):
    id: int
    activity_type: str
    action_type: str
    description: str
    admin_user_id: int | None
    action_by: int | None
    action_by_name: str | None
    metadata: dict[str, Any]
    delivery: str | None
    error: str | None
    created_at: datetime
    timestamp: datetime


class InternalNoteOut(TypedDict):
    id: int
    note: str
    created_by: int | None
    created_by_name: str | None
    created_at: datetime


@dataclass(frozen=True)
class AloneOut(FactsOut):
    assigned_agent: AgentWithEmailOut | None
    agent_response_count: int
    resolution_notes: str | None


@dataclass(frozen=True)
class TicketDetailOut(AloneOut):
    conversation_history: list[ExchangeOut]
    conversation_truncated: bool
    activities: list[ActivityOut]
    internal_notes: list[InternalNoteOut]


class DetailOut(TypedDict):
    ticket: TicketDetailOut


class AssignedTicket(TypedDict):
    id: int
    ticket_id: str
    status: Status
    assigned_agent_id: int | None
    assigned_at: datetime | None
    reassignment_count: int


class AssignedOut(TypedDict):
    message: str
    ticket: AssignedTicket


class MovedTicket(TypedDict):
    id: int
    ticket_id: str
    status: Status
    updated_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None


class MovedOut(TypedDict):
    message: str
    ticket: MovedTicket


class RecategorisedTicket(TypedDict):
    id: int
    ticket_id: str
    category: Category
    updated_at: datetime


class RecategorisedOut(TypedDict):
    message: str
    ticket: RecategorisedTicket


class NoteOut(TypedDict):
    id: int
    note: str
    added_by: str
    created_at: datetime


class NotedOut(TypedDict):
    message: str
    note: NoteOut


@dataclass(frozen=True)
class PersonOut:
    id: int
    username: str
    full_name: str
    role: str


@dataclass(frozen=True)
class LoggedOut:
    id: int
    activity_type: str
    description: str
    metadata: dict[str, Any]
    delivery: str | None
    error: str | None
    created_at: datetime
    admin_user: PersonOut | None


class LogOut(TypedDict):
    ticket_id: str
    activities: list[LoggedOut]
    total: int
