"""What the doors of plans take and give (contract, 5), and what the platform sends of enrolments and premiums."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictBool, WithJsonSchema
from typing_extensions import TypedDict

from backoffice.kernel.money import Amount, Dollars
from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import Moment
from backoffice.shield.audit_log.schemas import AuditEntryOut
from backoffice.shield.free_text import Reason
from backoffice.shield.member.platform_schemas import ExternalId, PaymentMethod
from backoffice.shield.member.rules import Status
from backoffice.shield.member.schemas import PlanId, PlanOut

Premium = Annotated[
    Dollars, Field(gt=0), WithJsonSchema({"type": "number", "minimum": 0.01, "multipleOf": 0.01, "examples": [29.99]})
]


class Progress(StrEnum):
    """How far a plan change is."""

    IN_EFFECT = "in_effect"
    SCHEDULED = "scheduled"


class ChangePlanIn(In):
    """Without an effective date the change is made at once. A scheduled one can be cancelled."""

    plan_id: PlanId
    effective_date: Moment | None = None
    prorate: StrictBool = True
    change_reason: Reason


class EnrolIn(In):
    plan_id: PlanId
    effective_date: Moment | None = None
    payment_method: PaymentMethod


class PaymentIn(In):
    """`external_id` is the platform's name of the payment: it counts once, however often it is sent."""

    amount: Premium
    paid_at: Moment
    external_id: ExternalId
    method: PaymentMethod


class OfferedOut(PlanOut):
    coverage_duration_months: int
    waiting_period_days: int
    active: bool
    subscriber_count: int


class PlansOut(TypedDict):
    plans: list[OfferedOut]


class ProrationOut(TypedDict):
    """What is paid already, from the day of the change on: the rest of the billing month and `months_ahead` whole ones.

    `amount_due` = charge - credit, negative when the member gets money back. Where that month is not paid, nothing is
    due; it is billed at the new price. Of a scheduled change: as things stand, it is made up when it happens.
    """

    days_in_period: int
    days_remaining: int
    months_ahead: int
    credit: Amount
    charge: Amount
    amount_due: Amount


class PlanChangedOut(TypedDict):
    user_id: str
    status: Progress
    plan: PlanOut
    effective_date: datetime
    proration: ProrationOut | None
    audit_entry: AuditEntryOut


class ChangeCancelledOut(TypedDict):
    user_id: str
    cancelled_plan_id: str
    audit_entry: AuditEntryOut


class EnrolledOut(TypedDict):
    user_id: str
    plan: PlanOut
    enrolled_date: datetime
    status: Status


class PaymentOut(TypedDict):
    """`months_paid` are paid by this amount and the credit there was; `credit` is what was left."""

    id: str
    external_id: str
    user_id: str
    amount: Amount
    paid_at: datetime
    method: str
    months_paid: int
    credit: Amount
