"""What the staff doors of members take and give (contract, 1)."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.identifiers import LONGEST
from backoffice.kernel.identity import names
from backoffice.kernel.money import Amount, Dollars
from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import PastDay
from backoffice.shield.audit_log.schemas import AuditEntryOut, EntryOut
from backoffice.shield.free_text import Reason, Words
from backoffice.shield.member.rules import DeactivationReason, Status
from backoffice.shield.product import Pagination

KEPT = frozenset({"first_name", "last_name"})
PHONE = r"^\+?[0-9][0-9 ().-]{3,28}[0-9]$"


Email = names.Address
Name = Annotated[Words, Field(min_length=1, max_length=100)]
Line = Annotated[Words, Field(min_length=1, max_length=200)]
Phone = Annotated[str, Field(pattern=PHONE)]
PlanId = Annotated[str, Field(min_length=1, max_length=LONGEST)]


def given(model: In) -> dict[str, Any]:
    """The fields that were sent, in the order of the model."""
    return {name: getattr(model, name) for name in type(model).model_fields if name in model.model_fields_set}


class AddressIn(In):
    street: Line | None = None
    city: Line | None = None
    state: Line | None = None
    zip: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    country: Annotated[Words, Field(min_length=2, max_length=60)] | None = None


class ProfileIn(In):
    """What is absent stays; null clears, except a name, which stays."""

    first_name: Name | None = None
    last_name: Name | None = None
    phone: Phone | None = None
    address: AddressIn | None = None
    date_of_birth: PastDay | None = None
    employment_status: Annotated[Words, Field(min_length=1, max_length=50)] | None = None
    employer_name: Line | None = None
    annual_income: Dollars | None = None

    def columns(self) -> dict[str, Any]:
        """What was sent, by the column it belongs to."""
        sent = given(self)
        sent.pop("ssn", None)
        address = sent.pop("address", None)
        if "annual_income" in sent:
            sent["annual_income_minor"] = sent.pop("annual_income")
        if address is not None:
            sent |= given(address)
        return {name: value for name, value in sent.items() if value is not None or name not in KEPT}


class UpdateIn(In):
    email: Email | None = None
    profile: ProfileIn = ProfileIn()
    change_reason: Reason

    def columns(self) -> dict[str, Any]:
        return self.profile.columns() | ({"email": self.email} if self.email else {})


class AddressOut(TypedDict):
    street: str | None
    city: str | None
    state: str | None
    zip: str | None
    country: str | None


class ProfileOut(TypedDict):
    first_name: str
    last_name: str
    phone: str | None
    address: AddressOut
    date_of_birth: date | None
    ssn_last_four: str | None


class FullProfileOut(ProfileOut):
    employment_status: str | None
    employer_name: str | None
    annual_income: Amount | None


class DeactivationOut(TypedDict):
    """`date` lies ahead while it is scheduled."""

    date: datetime
    reason: DeactivationReason
    reason_details: str | None
    deactivated_by: str
    notification_sent: bool


class PlanOut(TypedDict):
    id: str
    name: str
    monthly_cost: Amount
    coverage_amount: Amount


class EnrolledPlanOut(PlanOut):
    enrolled_date: datetime
    next_billing_date: datetime | None


class ClaimSummaryOut(TypedDict):
    """`pending_claims` wait for a decision; `approved_claims` include those paid since."""

    total_claims: int
    pending_claims: int
    approved_claims: int
    total_paid_out: Amount


class ListedBankingOut(TypedDict):
    has_banking_info: bool
    bank_name: str | None
    account_type: str | None
    account_last_four: str | None
    routing_last_four: str | None


class ListedOut(TypedDict):
    id: str
    email: str
    profile: ProfileOut
    signup_date: datetime
    status: Status
    deactivation: DeactivationOut | None
    plan: PlanOut | None
    claim_summary: ClaimSummaryOut
    banking_info: ListedBankingOut
    last_activity: datetime | None


class UsersPage(TypedDict):
    users: list[ListedOut]
    pagination: Pagination


class BankingOut(TypedDict):
    id: str
    bank_name: str
    account_holder_name: str
    account_type: str
    account_number_masked: str
    routing_number_masked: str
    verified: bool
    verified_date: datetime | None
    added_date: datetime


class PaymentHistoryOut(TypedDict):
    total_paid: Amount
    last_payment_date: datetime | None
    last_payment_amount: Amount | None
    payment_method: str | None


class MembersClaimOut(TypedDict):
    id: str
    status: str
    type: str
    submitted_date: datetime
    amount_requested: Amount
    amount_approved: Amount | None
    amount_paid: Amount


class MembersPayoutOut(TypedDict):
    id: str
    claim_id: str
    amount: Amount
    status: str
    method: str
    initiated_date: datetime
    completed_date: datetime | None


class MembersNoteOut(TypedDict):
    id: str
    claim_id: str
    admin_id: str
    admin_name: str
    content: str
    timestamp: datetime
    internal: bool


class MembersPageOut(TypedDict):
    """One member with the latest of everything."""

    id: str
    email: str
    profile: FullProfileOut
    signup_date: datetime
    signup_source: str | None
    status: Status
    deactivation: DeactivationOut | None
    plan: EnrolledPlanOut | None
    banking_info: BankingOut | None
    payment_history: PaymentHistoryOut
    claims: list[MembersClaimOut]
    payouts: list[MembersPayoutOut]
    notes: list[MembersNoteOut]
    audit_log: list[EntryOut]


class UpdatedOut(TypedDict):
    """Without an audit entry when nothing that was sent differs."""

    user_id: str
    updated_fields: list[str]
    audit_entry: AuditEntryOut | None
