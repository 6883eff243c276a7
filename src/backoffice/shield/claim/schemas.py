"""What the claim doors of staff and of the platform take and give (contract, 2)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from backoffice.kernel.identifiers import LONGEST
from backoffice.kernel.money import Amount, Dollars
from backoffice.kernel.web import Form, In
from backoffice.kernel.web.inputs import Moment
from backoffice.kernel.web.paging import Paged
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.shield.access.schemas import ActorOut
from backoffice.shield.audit_log.schemas import AuditEntryOut
from backoffice.shield.claim.rules import Status
from backoffice.shield.free_text import Reason, Words
from backoffice.shield.product import Pagination

Kind = Annotated[Words, Field(max_length=50, pattern=r"^[a-z][a-z0-9_]{0,49}$")]
"""Kinds of claims and documents are words of the platform: `unemployment`, `termination_letter`."""
Note = Annotated[Words, Field(min_length=1, max_length=5000)]
Some = Annotated[Dollars, Field(gt=0)]


class ClaimsQuery(Paged):
    """The dates are those of submission."""

    status: Status | None = None
    user_id: str | None = Field(None, max_length=LONGEST)
    date_from: From | None = None
    date_to: Until | None = None
    _period = in_order("date_from", "date_to")


class UpdateIn(In):
    """What is not sent stays; `assigned_to: null` leaves the claim to nobody."""

    status: Status | None = None
    amount_approved: Some | None = None
    notes: Note | None = None
    change_reason: Reason | None = None
    assigned_to: str | None = Field(None, max_length=LONGEST)


class NoteIn(In):
    content: Note
    internal: StrictBool = True


class VerifyIn(In):
    verified: StrictBool


class SubmitIn(In):
    """`external_id` is the platform's name of the claim: it counts once, however often it is sent."""

    external_id: str = Field(min_length=1, max_length=128)
    user_id: str = Field(min_length=1, max_length=LONGEST)
    type: Kind
    reason: Words = Field(min_length=1, max_length=5000)
    termination_date: Moment
    amount_requested: Some


class DocumentForm(Form):
    type: Kind


class DocumentOut(TypedDict):
    """`url` opens the document without signing in, for an hour."""

    id: str
    type: str
    filename: str
    uploaded_date: datetime
    url: str


class VerifiedDocumentOut(DocumentOut):
    verified: bool


class ListedOut(TypedDict):
    id: str
    user_id: str
    user_name: str
    user_email: str
    status: Status
    type: str
    submitted_date: datetime
    amount_requested: Amount
    amount_approved: Amount | None
    plan_coverage_amount: Amount
    documents: list[DocumentOut]
    last_updated: datetime


class ClaimsPage(TypedDict):
    claims: list[ListedOut]
    pagination: Pagination


class ClaimantOut(TypedDict):
    id: str
    name: str
    email: str
    plan: str


class MoveOut(TypedDict):
    status: Status
    timestamp: datetime
    changed_by: str | None
    notes: str | None


class NoteOut(TypedDict):
    id: str
    admin_id: str
    admin_name: str
    content: str
    timestamp: datetime
    internal: bool


class WaitingPeriodOut(TypedDict):
    """Whether the work was lost after the waiting period, while the member was enrolled."""

    ends_at: datetime | None
    satisfied: bool


CoverageWindowOut = TypedDict("CoverageWindowOut", {"from": datetime | None, "to": datetime | None, "inside": bool})
"""The coverage period the claim counts against, or the member's latest; outside it, an approval begins a new one."""


class DetailOut(TypedDict):
    """`remaining_coverage` is what the other approved and paid claims of the period leave."""

    id: str
    user: ClaimantOut
    status: Status
    status_history: list[MoveOut]
    type: str
    reason: str
    termination_date: datetime
    submitted_date: datetime
    amount_requested: Amount
    amount_approved: Amount | None
    amount_paid: Amount | None
    plan_coverage_amount: Amount
    remaining_coverage: Amount
    waiting_period: WaitingPeriodOut
    coverage_window: CoverageWindowOut
    duplicate_warning: list[str]
    documents: list[VerifiedDocumentOut]
    notes: list[NoteOut]
    assigned_to: ActorOut | None


class UpdatedOut(TypedDict):
    """No audit entry where everything was so already."""

    claim_id: str
    status: Status
    amount_approved: Amount | None
    audit_entry: AuditEntryOut | None


class VerifiedOut(TypedDict):
    claim_id: str
    document: VerifiedDocumentOut
    audit_entry: AuditEntryOut | None


class SubmittedOut(TypedDict):
    id: str
    external_id: str
    user_id: str
    status: Status
    submitted_date: datetime
    amount_requested: Amount


class UploadedOut(DocumentOut):
    claim_id: str
    content_type: str
    size_bytes: int
    sha256: str
