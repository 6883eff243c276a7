"""What the doors of differences take and give. Amounts are minor units."""

from datetime import datetime
from uuid import UUID

from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.paging import Paged
from backoffice.marketplace.fields import Text
from backoffice.marketplace.reconciling.rules import Kind, Status
from backoffice.marketplace.refund.rules import Status as RefundStatus


class DifferencesQuery(Paged, default=25):
    status: Status | None = None
    kind: Kind | None = None


class CloseIn(In):
    """What somebody found out about it."""

    reason: Text


class DifferenceOut(TypedDict):
    """`our_status` and `our_amount_cents` are what we said when it was found, `gateway_said` its reference or its code.

    `gateway_amount_cents` is told where it is another amount than ours, or of a refund that only the gateway knows: no
    refund of ours stands for that one until it is closed. Of `approvals_required` different people `approvals_received`
    have closed it: the second one is asked for when the first one does.
    """

    id: int
    kind: Kind
    status: Status
    our_status: RefundStatus | None
    gateway_said: str | None
    our_amount_cents: int | None
    gateway_amount_cents: int | None
    gateway_currency: str | None
    refund_id: UUID | None
    refund_number: str | None
    refund_status: RefundStatus | None
    amount_cents: int
    currency: str
    payment_id: str
    user_id: int
    found_at: datetime
    ended_at: datetime | None
    ended_by: int | None
    reason: str | None
    approvals_required: int
    approvals_received: int
