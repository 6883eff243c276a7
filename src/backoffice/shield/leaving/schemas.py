"""What the doors of leaving and returning take and give (contract, 1)."""

from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import Moment
from backoffice.shield.audit_log.schemas import AuditEntryOut
from backoffice.shield.free_text import Reason, Words
from backoffice.shield.member.rules import DeactivationReason, Status
from backoffice.shield.member.schemas import DeactivationOut, PlanId, PlanOut


class DeactivateIn(In):
    """Without an effective date, or with one that has come, it takes effect at once.

    Fraud or death of a member who is deactivated for another reason takes its place, at once.
    """

    reason: DeactivationReason
    reason_details: Words | None = Field(None, max_length=2000)
    effective_date: Moment | None = Field(None, description="At most 365 days back")
    notify_user: StrictBool = False


class ReactivateIn(In):
    """Without a plan, the member returns to the one they had."""

    reason: Reason
    plan_id: PlanId | None = None


class DeactivatedOut(TypedDict):
    user_id: str
    status: Status
    deactivation: DeactivationOut
    audit_entry: AuditEntryOut


class ReactivatedOut(TypedDict):
    user_id: str
    status: Status
    plan: PlanOut | None
    audit_entry: AuditEntryOut
