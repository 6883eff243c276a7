"""Reading what differs. Nothing here writes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backoffice.kernel.approval.listing import standing
from backoffice.kernel.database import Pages
from backoffice.marketplace.reconciling.rules import Kind, Status
from backoffice.marketplace.refund.rules import Status as RefundStatus


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A difference, with the refund as it stands now, if one of ours stands for it.

    `votes` of `quorum` people have closed it, where several must.
    """

    id: int
    kind: Kind
    status: Status
    our_status: RefundStatus | None
    said: str | None
    our_minor: int | None
    said_minor: int | None
    said_currency: str | None
    found_at: datetime
    ended_at: datetime | None
    ended_by: int | None
    ended_why: str | None
    refund_id: UUID | None
    refund_number: str | None
    refund_status: RefundStatus | None
    amount_minor: int
    currency: str
    payment_id: str
    customer_id: int
    quorum: int | None
    votes: int | None


DIFFERENCES = Pages(
    "refund differences",
    ListedRow,
    source="marketplace.refund_difference d",
    key="d.id",
    order="d.found_at DESC, d.id DESC",
    sql="""
    SELECT d.id, d.kind, d.status, d.our_status, d.said, d.our_minor, d.said_minor, d.said_currency, d.found_at,
           d.ended_at, d.ended_by, d.ended_why, d.refund_id, r.number AS refund_number, r.status AS refund_status,
           coalesce(r.amount_minor, d.said_minor) AS amount_minor, coalesce(r.currency, d.said_currency) AS currency,
           p.id AS payment_id, p.customer_id, a.quorum, a.votes
      FROM {page}
      JOIN marketplace.refund_difference d USING (id)
      LEFT JOIN marketplace.refund r ON r.id = d.refund_id
      JOIN marketplace.payment p ON p.id = coalesce(d.payment_id, r.payment_id)
      {standing}
     ORDER BY {order}
    """.replace("{standing}", standing("marketplace", "difference.closed", subject="d.id::text")),
    filters={"status": "d.status = %(status)s", "kind": "d.kind = %(kind)s"},
)
