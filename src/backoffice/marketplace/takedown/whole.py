"""One takedown request with everything that staff may know of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.database import Db, Query, together
from backoffice.marketplace.review.past import ModerationRow, list_moderations_about
from backoffice.marketplace.takedown import looking, rules
from backoffice.marketplace.takedown.listing import REQUESTS, ListedRow
from backoffice.marketplace.takedown.looking import AlikeRow
from backoffice.marketplace.takedown.rules import Action, Decision
from backoffice.marketplace.takedown.signs import Facts


@dataclass(frozen=True, slots=True)
class AboutRow:
    """Reviewer, booking and vendor of a request. `completed_at` is when the booking was done."""

    review_updated_at: datetime
    reviewer_email: str | None = field(repr=False)
    reviewer_phone: str | None = field(repr=False)
    reviewer_picture: str | None
    reviewer_since: datetime
    reviewer_bookings: int
    booking_id: str
    booking_reference: str
    booking_status: str
    scheduled_at: datetime
    completed_at: datetime | None
    amount_minor: int
    payment_status: str
    has_dispute: bool
    vendor_email: str | None = field(repr=False)
    vendor_phone: str | None = field(repr=False)
    vendor_rating: float | None
    vendor_reviews: int
    vendor_requests: int
    vendor_accepted: int
    vendor_rejected: int


@dataclass(frozen=True, slots=True)
class EventRow:
    event: str
    actor_kind: str
    actor_name: str | None
    details: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class DecisionRow:
    decision: Decision
    action: Action | None
    reason: str | None
    admin_notes: str | None
    decided_by: int
    decided_by_name: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Whole:
    request: ListedRow
    about: AboutRow
    events: list[EventRow]
    decisions: list[DecisionRow]
    moderations: list[ModerationRow]
    facts: Facts
    alike: list[AlikeRow]
    copies: list[AlikeRow]
    complaints_like: int


async def get_whole(db: Db, request_id: UUID) -> Whole:
    """In one round trip. RequestNotFound."""
    missing = rules.RequestNotFound(request_id=str(request_id))
    return Whole(
        *await together(
            REQUESTS.one(db, request_id, missing=missing),
            get_about(db, request_id),
            list_events(db, request_id),
            list_decisions(db, request_id),
            list_moderations_about(db, request_id),
            looking.get_facts(db, request_id),
            looking.list_alike(db, request_id),
            looking.list_copies(db, request_id),
            looking.count_complaints_like(db, request_id),
        )
    )


def get_about(db: Db, request_id: UUID) -> Query[AboutRow]:
    """RequestNotFound."""
    return db.one(
        AboutRow,
        """
        SELECT r.updated_at AS review_updated_at, c.email AS reviewer_email, c.phone AS reviewer_phone,
               c.profile_picture_url AS reviewer_picture, c.registered_at AS reviewer_since,
               c.bookings AS reviewer_bookings, b.id AS booking_id, b.reference AS booking_reference,
               b.status AS booking_status, b.scheduled_at, b.completed_at, b.amount_minor, b.payment_status,
               EXISTS (SELECT FROM marketplace.dispute d WHERE d.booking_id = b.id) AS has_dispute,
               v.email AS vendor_email, v.phone AS vendor_phone,
               round(v.ratings / nullif(v.reviews, 0)::numeric, 2)::float8 AS vendor_rating,
               v.reviews AS vendor_reviews, o.requests AS vendor_requests, o.accepted AS vendor_accepted,
               o.rejected AS vendor_rejected
          FROM marketplace.takedown_request q
          JOIN marketplace.review r ON r.id = q.review_id
          JOIN marketplace.booking b ON b.id = r.booking_id
          JOIN marketplace.customer c ON c.id = q.customer_id
          JOIN marketplace.vendor v ON v.id = q.vendor_id
         CROSS JOIN LATERAL (SELECT count(*) AS requests, count(*) FILTER (WHERE status = 'accepted') AS accepted,
                                    count(*) FILTER (WHERE status = 'rejected') AS rejected
                               FROM marketplace.takedown_request WHERE vendor_id = q.vendor_id) o
         WHERE q.id = %(request_id)s
        """,
        request_id=request_id,
        missing=rules.RequestNotFound(request_id=str(request_id)),
    )


def list_events(db: Db, request_id: UUID) -> Query[list[EventRow]]:
    """Oldest first."""
    return db.all(
        EventRow,
        """
        SELECT e.event, e.actor_kind, s.full_name AS actor_name, e.details, e.at
          FROM marketplace.takedown_event e LEFT JOIN kernel.staff s ON s.id = e.staff_id
         WHERE e.request_id = %(request_id)s
         ORDER BY e.id
        """,
        request_id=request_id,
    )


def list_decisions(db: Db, request_id: UUID) -> Query[list[DecisionRow]]:
    """Oldest first."""
    return db.all(
        DecisionRow,
        """
        SELECT d.decision, d.action, d.resolution AS reason, d.admin_notes, d.staff_id AS decided_by,
               s.full_name AS decided_by_name, d.decided_at
          FROM marketplace.takedown_decision d JOIN kernel.staff s ON s.id = d.staff_id
         WHERE d.request_id = %(request_id)s
         ORDER BY d.id
        """,
        request_id=request_id,
    )
