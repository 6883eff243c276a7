"""What the doors of takedowns take."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool

from backoffice.kernel.web import Form, In
from backoffice.kernel.web.inputs import LARGEST_ID, or_missing
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.marketplace.fields import ExternalId, Order, Sorted, Text
from backoffice.marketplace.takedown import rules
from backoffice.marketplace.takedown.rules import Action, Decision, Party, Reason, Verdict


class Shown(StrEnum):
    """Which requests; `all` is every one."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ALL = "all"


class Sort(StrEnum):
    CREATED_AT = "created_at"
    PRIORITY = "priority"


RequestId = Annotated[UUID, or_missing(lambda written: rules.RequestNotFound(request_id=written))]


class RequestsQuery(Sorted, default=25):
    """The dates are those of the request. Without a sort, open ones come first, urgent before others, then newest."""

    status: Shown = Shown.OPEN
    reason_code: Reason | None = None
    vendor_id: int | None = Field(None, ge=1, le=LARGEST_ID)
    from_date: From | None = None
    to_date: Until | None = None
    sort_by: Sort | None = None
    sort_order: Order | None = None
    _period = in_order("from_date", "to_date")

    @property
    def sort(self) -> str:
        return f"{self.sort_by}_{self.sort_order or Order.DESC}" if self.sort_by else "queue"


class ResolveIn(In):
    """`decision` with its `reason`, which is told outside; or as the admin app says it, `approve` and
    `action_if_approve`, where a reason may be missing. `admin_notes` are for staff alone.
    """

    decision: Decision | None = None
    action: Action | None = None
    approve: StrictBool | None = None
    action_if_approve: Action | None = None
    reason: Annotated[str, Field(max_length=rules.LONGEST_REASON)] | None = None
    admin_notes: Text | None = None
    notify_vendor: StrictBool = True
    notify_reviewer: StrictBool | None = None

    def verdict(self) -> Verdict:
        """BadInput where decision, action and reason don't go together."""
        decision = rules.decision_of(self.decision, approve=self.approve)
        action = self.action or (self.action_if_approve if self.approve else None)
        rules.check_action(decision, action)
        if self.reason is not None or self.decision is not None:
            rules.check_reason(self.reason or "")
        return Verdict(decision, action, self.reason, self.admin_notes, self.notify_vendor, self.notify_reviewer)


class NewRequestIn(In):
    """A vendor's request as the platform sends it; the vendor is that of the review."""

    external_id: ExternalId
    review_id: Annotated[int, Field(ge=1, le=LARGEST_ID, strict=True)]
    reason_code: Reason
    reason_description: Text
    vendor_notes: Text | None = None


class AppealIn(In):
    """`by` says whose words these are: the vendor's after a rejection, the reviewer's after an acceptance."""

    by: Party
    reason: Text


class EvidenceForm(Form):
    description: str | None = Field(None, max_length=1000)


class TextIn(In):
    """Evidence in words, as what happened when."""

    content: Text
    description: Annotated[str, Field(max_length=1000)] | None = None
