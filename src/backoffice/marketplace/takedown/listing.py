"""Takedown requests as staff list them, with their notes in the row, and how many there are."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from backoffice.kernel.database import Db, Pages, Query, tally
from backoffice.marketplace.review.rules import Status as ReviewStatus
from backoffice.marketplace.takedown import rules
from backoffice.marketplace.takedown.rules import Action, Party, Reason, Status


@dataclass(frozen=True, slots=True)
class ListedRow:
    """`evidence` has id, type, description, content, filename, content_type, size_bytes, file_id, thumbnail_id and
    uploaded_at of each piece, oldest first."""

    id: UUID
    external_id: str | None
    number: str
    status: Status
    review_id: int
    review_rating: int
    review_title: str | None = field(repr=False)
    review_body: str | None = field(repr=False)
    review_status: ReviewStatus
    review_created_at: datetime
    reviewer_id: int
    reviewer_name: str | None = field(repr=False)
    reviewer_reviews: int
    reviewer_trust: int
    vendor_id: int
    vendor_name: str
    vendor_display_name: str
    vendor_logo: str | None
    reason_code: Reason
    reason_description: str = field(repr=False)
    evidence: Any = field(repr=False)
    vendor_notes: str | None = field(repr=False)
    action: Action | None
    resolution: str | None = field(repr=False)
    admin_notes: str | None = field(repr=False)
    review_became: ReviewStatus | None
    vendor_notified: bool
    reviewer_notified: bool
    resolved_at: datetime | None
    resolved_by: int | None
    resolved_by_name: str | None
    resolved_by_email: str | None
    appealed_by: Party | None
    appeal: str | None = field(repr=False)
    appealed_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class SumsRow:
    """`hours` is how long it took on average; None where none was resolved."""

    open: int
    accepted: int
    rejected: int
    hours: float | None


STATUSES: dict[Any, LiteralString] = {
    "open": "q.status = 'open' AND q.is_open",
    "accepted": "q.status = 'accepted' AND NOT q.is_open",
    "rejected": "q.status = 'rejected' AND NOT q.is_open",
}
"""The queue's index knows what is open: what is decided is not walked past what isn't, nor the other way round."""
BY_SUMS: dict[Any, LiteralString] = {
    "open": "status = 'open'",
    "accepted": "status = 'accepted'",
    "rejected": "status = 'rejected'",
}

REQUESTS = Pages(
    "takedown requests",
    ListedRow,
    source="marketplace.takedown_request q",
    key="q.id",
    order={
        "queue": "q.is_open DESC, q.urgency DESC, q.created_at DESC, q.id DESC",
        "created_at_desc": "q.created_at DESC, q.id DESC",
        "created_at_asc": "q.created_at, q.id",
        "priority_desc": "q.urgency DESC, q.created_at DESC, q.id DESC",
        "priority_asc": "q.urgency, q.created_at, q.id",
    },
    filters={
        "status": STATUSES,
        "reason_code": "q.reason_code = %(reason_code)s",
        "vendor_id": "q.vendor_id = %(vendor_id)s",
        "from_date": "q.created_at >= %(from_date)s",
        "to_date": "q.created_at < %(to_date)s",
    },
    tally=tally("marketplace.takedown_request_tally", "requests", by={"status": BY_SUMS}),
    sql="""
    SELECT q.id, q.external_id, q.number, q.status, q.review_id, r.rating AS review_rating, r.title AS review_title,
           r.comment AS review_body, r.status AS review_status, r.created_at AS review_created_at,
           q.customer_id AS reviewer_id, c.name AS reviewer_name, c.reviews AS reviewer_reviews,
           c.trust AS reviewer_trust, q.vendor_id, v.name AS vendor_name, v.display_name AS vendor_display_name,
           v.logo_url AS vendor_logo, q.reason_code, q.reason_description,
           (SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'id', e.id, 'type', e.type, 'description', e.description, 'content', e.content,
                       'filename', e.filename, 'content_type', e.content_type, 'size_bytes', e.size_bytes,
                       'file_id', e.file_id, 'thumbnail_id', e.thumbnail_id, 'uploaded_at', e.uploaded_at)
                       ORDER BY e.id), '[]')
              FROM marketplace.takedown_evidence e WHERE e.request_id = q.id) AS evidence,
           q.vendor_notes, q.action, q.resolution, q.admin_notes, q.review_became, q.vendor_notified,
           q.reviewer_notified, q.resolved_at, q.resolved_by, s.full_name AS resolved_by_name,
           s.email AS resolved_by_email, q.appealed_by, q.appeal, q.appealed_at, q.created_at, q.updated_at
      FROM {page}
      JOIN marketplace.takedown_request q USING (id)
      JOIN marketplace.review r ON r.id = q.review_id
      JOIN marketplace.customer c ON c.id = q.customer_id
      JOIN marketplace.vendor v ON v.id = q.vendor_id
      LEFT JOIN kernel.staff s ON s.id = q.resolved_by
     ORDER BY {order}
    """,
)


def get_request(db: Db, request_id: UUID) -> Query[ListedRow]:
    """As the list shows it. RequestNotFound."""
    return REQUESTS.one(db, request_id, missing=rules.RequestNotFound(request_id=str(request_id)))


def count_all(db: Db) -> Query[SumsRow]:
    """From the kept sums, so at once."""
    return db.one(
        SumsRow,
        """
        SELECT coalesce(sum(requests) FILTER (WHERE status = 'open'), 0)::bigint AS open,
               coalesce(sum(requests) FILTER (WHERE status = 'accepted'), 0)::bigint AS accepted,
               coalesce(sum(requests) FILTER (WHERE status = 'rejected'), 0)::bigint AS rejected,
               (sum(seconds_to_resolve) / nullif(sum(requests) FILTER (WHERE status <> 'open'), 0) / 3600)::float8
                   AS hours
          FROM marketplace.takedown_request_tally
        """,
    )
