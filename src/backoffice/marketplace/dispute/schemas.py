"""What the doors of disputes take (users and disputes, 5 to 9 and 18). Amounts are minor units."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictBool

from backoffice.kernel.urgency import Priority
from backoffice.kernel.web import Form, In, QueryString
from backoffice.kernel.web.inputs import LARGEST_ID
from backoffice.kernel.web.paging import Paged
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.marketplace.dispute.rules import Party, Resolution, Status, Type
from backoffice.marketplace.fields import ExternalId, Minor, Order, Reference, Slug, Sorted, Text

Subject = Annotated[str, Field(min_length=1, max_length=300)]
UserId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Attachment = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^(https?://[^\s]+|[\w./-]+)$")]
"""An address of the web, or the name of a file of the platform: nothing that a browser would run."""
Attachments = Annotated[list[Attachment], Field(max_length=20)]


class Sort(StrEnum):
    CREATED_AT = "created_at"
    PRIORITY = "priority"
    DEADLINE = "deadline"


USUAL = {Sort.CREATED_AT: Order.DESC, Sort.PRIORITY: Order.DESC, Sort.DEADLINE: Order.ASC}
"""Newest, most urgent, nearest deadline first."""


class UserDisputesQuery(Paged):
    status: Status | None = None
    type: Type | None = None
    priority: Priority | None = None


class DisputeFilters(QueryString):
    """The dates are those of creation."""

    status: Status | None = None
    type: Type | None = None
    priority: Priority | None = None
    assigned_to: int | None = Field(None, ge=1, le=LARGEST_ID)
    unassigned: bool | None = None
    mine: bool | None = None
    overdue: bool | None = None
    from_date: From | None = None
    to_date: Until | None = None
    search: str | None = Field(None, max_length=200, description="Words of reference, subject and description")
    _period = in_order("from_date", "to_date")


class DisputesQuery(DisputeFilters, Sorted):
    """Without a sort, what is not decided comes first, urgent before others."""

    sort_by: Sort | None = None
    sort_order: Order | None = None

    @property
    def sort(self) -> str:
        if self.sort_by is None:
            return "queue"
        return f"{self.sort_by}_{self.sort_order or USUAL[self.sort_by]}"


class ComplaintIn(In):
    """With a booking, its vendor is known, and all that was agreed for it is disputed unless a sum is sent."""

    user_id: UserId
    booking_id: Reference | None = None
    type: Type
    category: Slug | None = None
    priority: Priority = Priority.MEDIUM
    subject: Subject
    description: Text
    amount_disputed: Minor | None = None
    refund_requested: StrictBool = False
    refund_amount: Minor | None = None


class NewDisputeIn(ComplaintIn):
    """A customer's complaint as the platform sends it."""

    external_id: ExternalId


class StaffDisputeIn(ComplaintIn):
    """A complaint that staff write down for a customer."""

    notify_user: StrictBool = True
    notify_vendor: StrictBool = True


class UpdateIn(In):
    """What is not sent stays."""

    status: Status | None = None
    priority: Priority | None = None
    resolution_type: Resolution | None = None
    refund_amount: Minor | None = None
    admin_notes: Text | None = None
    resolution_details: Text | None = None
    notify_user: StrictBool = True
    notify_vendor: StrictBool = True


class MessageIn(In):
    """Internal unless said otherwise: what was told once can't be taken back."""

    message: Text
    is_internal: StrictBool = True
    attachments: Attachments = Field(default_factory=list)


class AssignIn(In):
    admin_user_id: UserId
    notes: Text | None = None


class PlatformMessageIn(In):
    """What a customer or a vendor says; the external_id counts once, however often it is sent."""

    external_id: ExternalId
    sender: Party
    message: Text
    attachments: Attachments = Field(default_factory=list)


class ResponseIn(In):
    response: Text


class EvidenceForm(Form):
    sender: Party
    description: str | None = Field(None, max_length=1000)
