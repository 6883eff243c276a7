"""What the doors of goodwill take and give. Amounts are minor units."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID, or_missing
from backoffice.kernel.web.paging import Paged
from backoffice.marketplace.fields import Some, Text
from backoffice.marketplace.goodwill.rules import GoodwillNotFound, Status

GoodwillId = Annotated[UUID, or_missing(lambda written: GoodwillNotFound(goodwill_id=written))]


class CreditsQuery(Paged, default=25):
    status: Status | None = None
    user_id: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None


class CreditIn(In):
    amount_cents: Some
    reason: Text


class CreditOut(TypedDict):
    """Of `approvals_required` different people `approvals_received` have agreed."""

    id: UUID
    user_id: int
    status: Status
    amount_cents: int
    currency: str
    reason: str
    requested_by: int
    requested_at: datetime
    decided_by: int | None
    decided_at: datetime | None
    approvals_required: int
    approvals_received: int
