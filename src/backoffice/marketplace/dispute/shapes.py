"""What staff are shown of disputes (users and disputes, 5 to 9 and 18). Amounts are minor units."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from backoffice.kernel.urgency import Priority
from backoffice.marketplace.dispute.rules import EvidenceType, Party, Resolution, Sender, Source, Status, Type
from backoffice.marketplace.product import Items


class CreatedOut(TypedDict):
    id: int
    external_id: str | None
    dispute_reference: str
    status: Status
    resolution_deadline: datetime


class RespondedOut(TypedDict):
    id: int
    vendor_response: str | None
    vendor_responded_at: datetime | None


class EvidenceOut(TypedDict):
    """`url` opens the file without signing in, for an hour."""

    id: int
    type: EvidenceType
    url: str
    description: str | None
    filename: str
    sender: Party


class MessageOut(TypedDict):
    """What staff see of messages and of their own notes, which are internal."""

    id: int
    dispute_id: int
    message: str
    sender: Sender
    sender_id: int | None
    sender_name: str | None
    is_internal: bool
    attachments: list[str]
    created_at: datetime


class EventOut(TypedDict):
    """`details` is a sentence, `facts` what stands in it."""

    event: str
    timestamp: datetime
    actor: str
    details: str
    actor_name: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecisionOut:
    """`refund_amount` is null where nothing goes back."""

    status: Status
    resolution_type: Resolution | None
    refund_amount: int | None
    resolution: str | None
    decided_by: int | None
    decided_by_name: str | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class RelatedBookingOut:
    id: str
    booking_reference: str
    service_id: str
    service_name: str
    status: str
    booking_date: datetime
    amount: int
    payment_status: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RelatedPaymentOut:
    id: str
    booking_id: str
    amount: int
    payment_method: str
    payment_gateway: str
    gateway_transaction_id: str | None
    status: str
    failure_reason: str | None
    refund_amount: int
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True)
class DisputeFacts:
    """What a row and what is shown of it have in common."""

    id: int
    dispute_reference: str
    type: Type
    category: str | None
    status: Status
    priority: Priority
    subject: str
    description: str
    booking_id: str | None
    booking_reference: str | None
    vendor_id: int | None
    vendor_name: str | None
    amount_disputed: int
    refund_requested: bool
    refund_amount: int | None
    created_at: datetime
    updated_at: datetime
    assigned_to: int | None
    assigned_to_name: str | None
    resolution_deadline: datetime
    is_overdue: bool
    escalated_at: datetime | None
    vendor_response: str | None
    vendor_responded_at: datetime | None
    admin_notes: str | None
    resolution: str | None
    resolved_at: datetime | None
    resolution_type: Resolution | None
    source: Source
    user_id: int
    user_name: str | None
    user_email: str | None
    user_phone: str | None


@dataclass(frozen=True)
class DisputeOut(DisputeFacts):
    """The customer's name stays readable; e-mail and phone are masked for whoever may not see personal data."""

    evidence: list[EvidenceOut]


@dataclass(frozen=True)
class DetailOut(DisputeOut):
    """`resolution_details` is `resolution` under the name by which it is sent."""

    resolution_details: str | None
    messages: list[MessageOut]
    timeline: list[EventOut]
    resolution_history: list[DecisionOut]
    related_bookings: list[RelatedBookingOut]
    related_payments: list[RelatedPaymentOut]


@dataclass(frozen=True, slots=True)
class UpdatedOut(DetailOut):
    """How many people must approve the refund and how many have; null where one is enough."""

    approvals_required: int | None
    approvals_received: int | None


class SummaryOut(TypedDict):
    """Of all disputes, whatever is asked for. What depends on the clock or on people may lag a minute."""

    open: int
    in_progress: int
    resolved: int
    closed: int
    rejected: int
    urgent: int
    unassigned: int
    overdue: int
    mine: int


class UserSummaryOut(TypedDict):
    """Of all the customer's disputes. Rates are 0 to 1, and null where nothing was decided yet."""

    open: int
    in_progress: int
    resolved: int
    closed: int
    rejected: int
    avg_resolution_time_hours: float | None
    user_win_rate: float | None


class DisputesPage(Items[DisputeOut]):
    summary: SummaryOut


class UserDisputesPage(Items[DisputeOut]):
    summary: UserSummaryOut
