"""What the customer pages of the dashboard take and give."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.helpdesk.message.schemas import ReadOut
from backoffice.helpdesk.ticket.rules import Category, Status
from backoffice.kernel.web.paging import Paged


class CustomersQuery(Paged, default=50, most=500):
    search: str | None = Field(
        None,
        max_length=64,
        description="The beginning of phone number or merchant id, the end of a phone number, or words of the name",
    )
    is_merchant: bool | None = None


class ConversationQuery(Paged, default=50, most=500):
    """A page of messages: counted from the newest, and read from its oldest."""


@dataclass(frozen=True)
class CustomerOut:
    id: int
    phone_number: str
    name: str | None
    is_merchant: bool
    merchant_id: str | None
    language_preference: str
    created_at: datetime


class CustomersPage(TypedDict):
    users: list[CustomerOut]
    total: int
    limit: int
    offset: int


class DecisionOut(TypedDict):
    intent: str | None
    confidence: float | None
    action: str | None
    reason: str | None


class RoutingOut(TypedDict):
    decision: DecisionOut


class TokensOut(TypedDict):
    input: int
    output: int
    total: int


class OrchestratorOut(TypedDict):
    flow: str | None
    processing_time_ms: float | None
    tokens: TokensOut


class MessageOut(ReadOut):
    """role: user, assistant or agent; message_type: text, audio or image."""

    message_type: str
    routing: RoutingOut | None
    orchestrator: OrchestratorOut | None


@dataclass(frozen=True)
class CustomerTicketOut:
    id: int
    ticket_id: str
    status: Status
    category: Category
    created_at: datetime


class ConversationPage(TypedDict):
    user: CustomerOut
    conversations: list[MessageOut]
    total_messages: int
    tickets: list[CustomerTicketOut]
