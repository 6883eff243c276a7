"""Reading refunds: the queue with its totals, one of them. Nothing here writes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.approval.listing import standing
from backoffice.kernel.database import Db, Pages, Query, tally
from backoffice.kernel.urgency import Priority
from backoffice.marketplace.refund import rules
from backoffice.marketplace.refund.rules import Origin, RequestedBy, Status


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A refund with what it is about; `votes` of `quorum` people have approved it, where several must."""

    id: UUID
    number: str
    status: Status
    origin: Origin
    payment_id: str
    payment_minor: int
    currency: str
    paid_at: datetime | None
    back_minor: int
    booking_id: str
    booking_reference: str
    customer_id: int
    customer_name: str | None = field(repr=False)
    customer_email: str | None = field(repr=False)
    vendor_id: int
    vendor_name: str
    dispute_id: int | None
    requested_minor: int
    amount_minor: int
    reason: str
    description: str | None = field(repr=False)
    evidence: list[dict[str, Any]]
    requested_at: datetime
    requested_by: RequestedBy
    priority: Priority
    admin_notes: str | None = field(repr=False)
    decided_by: int | None
    decided_at: datetime | None
    decision_reason: str | None = field(repr=False)
    offered_instead: str | None
    gateway_refund_id: str | None
    failure_code: str | None
    failure_reason: str | None
    waits_because: str | None
    processed_at: datetime | None
    quorum: int | None
    votes: int | None


@dataclass(frozen=True, slots=True)
class SummaryRow:
    pending: int
    approved: int
    rejected: int
    processed: int
    failed: int
    pending_minor: int


REFUNDS = Pages(
    "refunds",
    ListedRow,
    source="marketplace.refund r",
    key="r.id",
    order="r.requested_at DESC, r.id DESC",
    tally=tally("marketplace.refund_tally", "refunds", by={"status": "status = %(status)s"}),
    sql="""
    SELECT r.id, r.number, r.status, r.origin, r.payment_id, p.amount_minor AS payment_minor, r.currency,
           p.completed_at AS paid_at,
           (SELECT sum(o.reserved_minor + o.refunded_minor) FROM marketplace.payment o
             WHERE o.booking_id = r.booking_id)::bigint AS back_minor, r.booking_id,
           b.reference AS booking_reference, r.customer_id, c.name AS customer_name, c.email AS customer_email,
           r.vendor_id, v.display_name AS vendor_name, r.dispute_id, r.requested_minor, r.amount_minor, r.reason,
           r.description, r.evidence, r.requested_at, r.requested_by, r.priority, r.admin_notes, r.decided_by,
           r.decided_at, r.decision_reason, r.offered_instead, r.gateway_refund_id, r.failure_code, r.failure_reason,
           r.waits_because,
           r.processed_at, a.quorum, a.votes
      FROM {page}
      JOIN marketplace.refund r USING (id)
      JOIN marketplace.payment p ON p.id = r.payment_id
      JOIN marketplace.booking b ON b.id = r.booking_id
      JOIN marketplace.customer c ON c.id = r.customer_id
      JOIN marketplace.vendor v ON v.id = r.vendor_id
      {standing}
     ORDER BY {order}
    """.replace("{standing}", standing("marketplace", "refund.approved", subject="r.id::text")),
    filters={
        "status": "r.status = %(status)s",
        "user_id": "r.customer_id = %(user_id)s",
        "vendor_id": "r.vendor_id = %(vendor_id)s",
        "from_date": "r.requested_at >= %(from_date)s",
        "to_date": "r.requested_at < %(to_date)s",
        "min_amount": "r.requested_minor >= %(min_amount)s",
    },
)


def get_refund(db: Db, refund_id: UUID) -> Query[ListedRow]:
    """As the list shows it. RefundNotFound."""
    return REFUNDS.one(db, refund_id, missing=rules.RefundNotFound(refund_id=str(refund_id)))


def get_summary(db: Db) -> Query[SummaryRow]:
    """Of all refunds, whatever the list shows."""
    return db.one(
        SummaryRow,
        """
        SELECT coalesce(sum(refunds) FILTER (WHERE status = 'pending'), 0)::bigint AS pending,
               coalesce(sum(refunds) FILTER (WHERE status = 'approved'), 0)::bigint AS approved,
               coalesce(sum(refunds) FILTER (WHERE status = 'rejected'), 0)::bigint AS rejected,
               coalesce(sum(refunds) FILTER (WHERE status = 'processed'), 0)::bigint AS processed,
               coalesce(sum(refunds) FILTER (WHERE status = 'failed'), 0)::bigint AS failed,
               coalesce(sum(amount_minor) FILTER (WHERE status = 'pending'), 0)::bigint AS pending_minor
          FROM marketplace.refund_tally
        """,
    )
