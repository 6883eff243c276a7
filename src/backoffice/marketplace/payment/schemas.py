"""What the platform's doors of payments take and give. Amounts are minor units."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID, Moment, Together
from backoffice.kernel.web.paging import Paged
from backoffice.marketplace.fields import ExternalId, Line, Reference, Some
from backoffice.marketplace.payment.rules import CapturedLate, Gateway, Method, Status


class NewPaymentIn(In):
    """A payment as it stands on the platform; sent again with another status it moves there."""

    external_id: ExternalId
    booking_id: Reference
    amount_cents: Some
    currency: Literal["INR"] = "INR"
    method: Method
    gateway: Gateway = Gateway.SANDBOX
    gateway_payment_id: Annotated[str, Field(min_length=1, max_length=128)]
    status: Literal[Status.PENDING, Status.SUCCESS, Status.FAILED] = Status.PENDING
    failure_reason: Line | None = None
    completed_at: Moment | None = None

    @model_validator(mode="after")
    def _reason_of_a_failure(self) -> "NewPaymentIn":
        if self.failure_reason is not None and self.status is not Status.FAILED:
            raise Together("only a failed payment has one", "failure_reason")
        return self


class LateQuery(Paged, default=25):
    why: CapturedLate | None = None
    user_id: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None


class PaymentOut(TypedDict):
    id: str
    external_id: str
    booking_id: str
    user_id: int
    status: Status
    amount_cents: int
    currency: str
