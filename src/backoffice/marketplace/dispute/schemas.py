"""What the doors of disputes take and give (users and disputes, 5 to 9). Amounts are minor units."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID
from backoffice.marketplace.dispute.rules import Priority, Resolution, Status, Type
from backoffice.marketplace.fields import ExternalId, Minor, Reference, Slug, Text

Subject = Annotated[str, Field(min_length=1, max_length=300)]


class NewDisputeIn(In):
    """A customer's complaint as the platform sends it; with a booking, its vendor is known."""

    external_id: ExternalId
    user_id: Annotated[int, Field(ge=1, le=LARGEST_ID)]
    booking_id: Reference | None = None
    type: Type
    category: Slug | None = None
    priority: Priority = Priority.MEDIUM
    subject: Subject
    description: Text
    amount_disputed: Minor = 0
    refund_requested: StrictBool = False
    refund_amount: Minor | None = None


class UpdateIn(In):
    """What is not sent stays."""

    status: Status | None = None
    resolution_type: Resolution | None = None
    refund_amount: Minor | None = None
    admin_notes: Text | None = None
    resolution_details: Text | None = None
    notify_user: StrictBool = True
    notify_vendor: StrictBool = True


class CreatedOut(TypedDict):
    id: int
    external_id: str | None
    dispute_reference: str
    status: Status
    resolution_deadline: datetime


class EventOut(TypedDict):
    event: str
    actor: str
    actor_name: str | None
    details: dict[str, Any]
    timestamp: datetime


class DisputeOut(TypedDict):
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
    user_id: int
    user_name: str | None
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
    vendor_response: str | None
    vendor_responded_at: datetime | None
    admin_notes: str | None
    resolution: str | None
    resolved_at: datetime | None
    resolution_type: Resolution | None


class DetailOut(DisputeOut):
    timeline: list[EventOut]


class UpdatedOut(DetailOut):
    """How many people must approve the refund and how many have; null where one is enough."""

    approvals_required: int | None
    approvals_received: int | None
