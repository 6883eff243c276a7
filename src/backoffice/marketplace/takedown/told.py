"""A takedown request as vendor, reviewer and other systems may know it.

These rows have no place for what staff note among themselves, so whatever is made of them can't tell it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.marketplace.review.rules import Status as ReviewStatus
from backoffice.marketplace.takedown import rules
from backoffice.marketplace.takedown.rules import Action, Party, Reason, Status


@dataclass(frozen=True, slots=True)
class ToldRow:
    """`resolution` is the reason that is given for the decision."""

    id: UUID
    external_id: str | None
    number: str
    review_id: int
    vendor_id: int
    customer_id: int
    status: Status
    reason_code: Reason
    reason_description: str
    vendor_notes: str | None
    action: Action | None
    resolution: str | None
    review_status: ReviewStatus
    resolved_at: datetime | None
    appealed_by: Party | None
    appealed_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PartiesRow:
    """Whom a request concerns; the service is named to both."""

    vendor_id: int
    vendor_external_id: str | None
    vendor_name: str
    vendor_email: str | None = field(repr=False)
    service_name: str


def get_told(db: Db, request_id: UUID) -> Query[ToldRow]:
    """RequestNotFound."""
    return db.one(
        ToldRow,
        """
        SELECT q.id, q.external_id, q.number, q.review_id, q.vendor_id, q.customer_id, q.status, q.reason_code,
               q.reason_description, q.vendor_notes, q.action, q.resolution, r.status AS review_status, q.resolved_at,
               q.appealed_by, q.appealed_at, q.created_at, q.updated_at
          FROM marketplace.takedown_request q JOIN marketplace.review r ON r.id = q.review_id
         WHERE q.id = %(request_id)s
        """,
        request_id=request_id,
        missing=rules.RequestNotFound(request_id=str(request_id)),
    )


def get_parties(db: Db, request_id: UUID) -> Query[PartiesRow]:
    return db.one(
        PartiesRow,
        """
        SELECT v.id AS vendor_id, v.external_id AS vendor_external_id, v.display_name AS vendor_name,
               v.email AS vendor_email, s.name AS service_name
          FROM marketplace.takedown_request q
          JOIN marketplace.review r ON r.id = q.review_id
          JOIN marketplace.vendor v ON v.id = q.vendor_id
          JOIN marketplace.service s ON s.id = r.service_id
         WHERE q.id = %(request_id)s
        """,
        request_id=request_id,
    )
