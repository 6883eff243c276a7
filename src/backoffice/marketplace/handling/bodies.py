"""What the doors that change bookings take and answer. A change may come in the body or as query parameters."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field
from typing_extensions import TypedDict

from backoffice.kernel.errors import BadInput, Problem
from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import QueryString
from backoffice.marketplace.booking.rules import Status, in_our_spelling
from backoffice.marketplace.handling.actions import Change
from backoffice.marketplace.handling.rules import REASON_LENGTHS, Rule
from backoffice.marketplace.handling.schemas import CancellationOut, EachRefundOut

SHORTEST, LONGEST = REASON_LENGTHS
ONLY_WHEN_CANCELLING = "Only when status is 'cancelled'"


class Changing(BaseModel):
    status: Annotated[Status, BeforeValidator(in_our_spelling)] | None = None
    admin_notes: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    cancellation_reason: Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)] | None = None
    force_refund: bool = False
    notify_user: bool = True
    notify_vendor: bool = True
    preview_token: Annotated[str, Field(max_length=2000)] | None = None


class UpdateIn(Changing, In):
    """What is not sent stays. `preview_token` confirms what a preview said, and nothing else."""


class UpdateQuery(Changing, QueryString):
    """The same as query parameters; what stands in the body counts."""


class PreviewIn(In):
    force_refund: bool = False


def wanted_of(body: UpdateIn, query: UpdateQuery) -> Change:
    """What is wanted, however it came. BadInput."""
    sent: dict[str, Any] = {**query.model_dump(exclude_unset=True), **body.model_dump(exclude_unset=True)}
    asked = UpdateIn.model_validate(sent)
    if problems := [*_problems(asked)]:
        raise BadInput(summary=f"{problems[0].field}: {problems[0].message}", problems=tuple(problems))
    return Change(
        status=asked.status,
        notes=asked.admin_notes,
        reason=asked.cancellation_reason,
        force_refund=asked.force_refund,
        notify_user=asked.notify_user,
        notify_vendor=asked.notify_vendor,
        preview_token=asked.preview_token,
    )


def _problems(asked: UpdateIn) -> list[Problem]:
    """What would be lost without a word is refused: a reason, a refund or a preview of what is not cancelled."""
    if asked.status is Status.CANCELLED:
        missing = asked.cancellation_reason is None
        return [Problem("cancellation_reason", "Required when status is 'cancelled'")] if missing else []
    stray = {
        "cancellation_reason": asked.cancellation_reason is not None,
        "force_refund": asked.force_refund,
        "preview_token": asked.preview_token is not None,
    }
    return [Problem(name, ONLY_WHEN_CANCELLING) for name, is_sent in stray.items() if is_sent]


class RuleOut(TypedDict):
    """Which step of the policy gave the figure: from `notice_hours` on `refund_percent` goes back."""

    rule: Rule
    refund_percent: int
    notice_hours: int | None
    description: str


class PreviewOut(TypedDict):
    """What cancelling now comes to, in minor units: `fee_cents` is what was paid and stays. `withheld_cents` would go
    back, but a chargeback of the payment is open.
    """

    booking_id: str
    booking_number: str
    current_status: Status
    scheduled_at: datetime
    hours_before: float
    currency: str
    paid_cents: int
    refunded_already_cents: int
    refund_amount_cents: int
    fee_cents: int
    withheld_cents: int
    policy: RuleOut
    needs_second_approval: bool
    preview_token: str


class GivenOut(EachRefundOut):
    """Above the threshold a refund waits in the queue until so many people have approved it."""

    approvals_required: int
    approvals_received: int


class CancelledOut(CancellationOut):
    rule: Rule | None
    fee_cents: int | None
    refunds: list[GivenOut]


class UpdatedOut(TypedDict):
    id: str
    booking_number: str
    status: Status
    admin_notes: str | None
    cancellation: CancelledOut | None
    updated_at: datetime
    updated_by: int | None
