"""One booking with everything that staff may know of it: how it went, what was paid and given back, what was said."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backoffice.kernel.database import Db, Query, together
from backoffice.marketplace.booking import rules
from backoffice.marketplace.booking.rules import MovedBy, Status
from backoffice.marketplace.dispute.rules import Resolution, Source
from backoffice.marketplace.dispute.rules import Status as DisputeStatus
from backoffice.marketplace.handling.listing import BOOKINGS, ListedRow
from backoffice.marketplace.payment.rules import Gateway, Method
from backoffice.marketplace.payment.rules import Status as PaidStatus
from backoffice.marketplace.refund.rules import Origin, RequestedBy
from backoffice.marketplace.refund.rules import Status as RefundStatus
from backoffice.marketplace.review.rules import Status as ReviewStatus


@dataclass(frozen=True, slots=True)
class MoreRow:
    """What the list does not show; amounts are minor units."""

    became: Status
    external_id: str | None
    time_zone: str
    profile_image: str | None
    user_bookings: int
    trust_score: int
    vendor_email: str | None
    vendor_phone: str | None
    logo: str | None
    rating: float | None
    vendor_bookings: int
    verification_status: str
    subcategory: str | None
    description: str | None
    pricing_type: str
    base_price: int
    duration_minutes: int | None
    apartment: str | None = field(repr=False)
    latitude: float | None = field(repr=False)
    longitude: float | None = field(repr=False)
    base_minor: int
    tax_minor: int
    platform_fee_minor: int
    discount_minor: int
    commission_permille: int
    is_prepaid: bool
    admin_notes: str | None = field(repr=False)
    updated_by: int | None
    requirements: list[str]
    images: list[dict[str, Any]]
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class MoveRow:
    """`actor_id` is that of the customer, the vendor or the staff member."""

    became: Status
    moved_by: MovedBy
    actor_id: int | None
    actor_name: str | None
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class NotedRow:
    event: str
    actor_id: int | None
    actor_name: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentRow:
    id: str
    amount_minor: int
    method: Method
    gateway: Gateway
    gateway_payment_id: str | None
    status: PaidStatus
    failure_reason: str | None
    captured_minor: int
    back_minor: int
    is_late: bool
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundRow:
    id: str
    number: str
    payment_id: str
    origin: Origin
    status: RefundStatus
    amount_minor: int
    requested_by: RequestedBy
    requester_id: int | None
    requester_name: str | None
    requested_at: datetime
    decider_id: int | None
    decider_name: str | None
    decided_at: datetime | None
    processed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """`evidence` has type, file_id and description of each piece, oldest first."""

    id: int
    reference: str
    type: str
    status: DisputeStatus
    source: Source
    reason: str
    description: str = field(repr=False)
    evidence: list[dict[str, Any]]
    created_at: datetime
    opened_by: int | None
    opened_by_name: str | None
    resolution_type: Resolution | None
    resolution_notes: str | None = field(repr=False)
    resolved_at: datetime | None
    resolved_by: int | None
    resolved_by_name: str | None


@dataclass(frozen=True, slots=True)
class ReviewRow:
    id: int
    status: ReviewStatus
    rating: int
    title: str | None = field(repr=False)
    comment: str | None = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Whole:
    """One booking with everything that staff may know of it. What there are several of stands in the order of time."""

    booking: ListedRow
    more: MoreRow
    moves: list[MoveRow]
    noted: list[NotedRow]
    payments: list[PaymentRow]
    refunds: list[RefundRow]
    disputes: list[DisputeRow]
    review: ReviewRow | None


async def get_whole(db: Db, booking_id: str) -> Whole:
    """In one round trip, by our id alone. BookingNotFound."""
    return Whole(
        *await together(
            BOOKINGS.one(db, booking_id, missing=rules.BookingNotFound(booking_id=booking_id)),
            get_more(db, booking_id),
            list_moves(db, booking_id),
            list_noted(db, booking_id),
            list_payments(db, booking_id),
            list_refunds(db, booking_id),
            list_disputes(db, booking_id),
            find_review(db, booking_id),
        )
    )


def get_more(db: Db, booking_id: str) -> Query[MoreRow]:
    return db.one(
        MoreRow,
        """
        SELECT b.status AS became, b.external_id, b.time_zone, c.profile_picture_url AS profile_image,
               c.bookings AS user_bookings, c.trust AS trust_score, v.email AS vendor_email, v.phone AS vendor_phone,
               v.logo_url AS logo, round(v.ratings / nullif(v.reviews, 0)::numeric, 2)::float8 AS rating,
               (SELECT count(*) FROM marketplace.booking x WHERE x.vendor_id = v.id) AS vendor_bookings,
               v.verification_status, s.subcategory, s.description, s.pricing_type, s.base_price_minor AS base_price,
               b.duration_minutes, b.apartment, b.latitude, b.longitude, b.base_minor, b.tax_minor,
               b.platform_fee_minor, b.discount_minor, b.commission_permille, b.is_prepaid, b.admin_notes,
               b.updated_by, b.requirements, b.images, b.completed_at
          FROM marketplace.booking b
          JOIN marketplace.customer c ON c.id = b.customer_id
          JOIN marketplace.vendor v ON v.id = b.vendor_id
          JOIN marketplace.service s ON s.id = b.service_id
         WHERE b.id = %(booking_id)s
        """,
        booking_id=booking_id,
        missing=rules.BookingNotFound(booking_id=booking_id),
    )


def list_moves(db: Db, booking_id: str) -> Query[list[MoveRow]]:
    return db.all(
        MoveRow,
        """
        SELECT m.became, m.moved_by,
               CASE m.moved_by WHEN 'customer' THEN b.customer_id WHEN 'vendor' THEN b.vendor_id ELSE m.staff_id
               END AS actor_id,
               CASE m.moved_by WHEN 'customer' THEN c.name WHEN 'vendor' THEN v.display_name ELSE p.full_name
               END AS actor_name, m.moved_at
          FROM marketplace.booking_move m
          JOIN marketplace.booking b ON b.id = m.booking_id
          JOIN marketplace.customer c ON c.id = b.customer_id
          JOIN marketplace.vendor v ON v.id = b.vendor_id
          LEFT JOIN kernel.staff p ON p.id = m.staff_id
         WHERE m.booking_id = %(booking_id)s
         ORDER BY m.moved_at, m.id
        """,
        booking_id=booking_id,
    )


def list_noted(db: Db, booking_id: str) -> Query[list[NotedRow]]:
    return db.all(
        NotedRow,
        """
        SELECT e.event, e.staff_id AS actor_id, p.full_name AS actor_name, e.at
          FROM marketplace.booking_event e LEFT JOIN kernel.staff p ON p.id = e.staff_id
         WHERE e.booking_id = %(booking_id)s
         ORDER BY e.id
        """,
        booking_id=booking_id,
    )


def list_payments(db: Db, booking_id: str) -> Query[list[PaymentRow]]:
    return db.all(
        PaymentRow,
        """
        SELECT id, amount_minor, method, gateway, gateway_payment_id, status, failure_reason, captured_minor,
               refunded_minor + charged_back_minor AS back_minor, captured_late IS NOT NULL AS is_late, created_at,
               completed_at
          FROM marketplace.payment WHERE booking_id = %(booking_id)s
         ORDER BY created_at, id
        """,
        booking_id=booking_id,
    )


def list_refunds(db: Db, booking_id: str) -> Query[list[RefundRow]]:
    return db.all(
        RefundRow,
        """
        SELECT r.id::text AS id, r.number, r.payment_id, r.origin, r.status, r.amount_minor, r.requested_by,
               CASE r.requested_by WHEN 'user' THEN r.customer_id WHEN 'vendor' THEN r.vendor_id
                                   ELSE r.requested_by_id END AS requester_id,
               CASE r.requested_by WHEN 'user' THEN c.name WHEN 'vendor' THEN v.display_name ELSE a.full_name
               END AS requester_name, r.requested_at, r.decided_by AS decider_id, d.full_name AS decider_name,
               r.decided_at, r.processed_at
          FROM marketplace.payment p
          JOIN marketplace.refund r ON r.payment_id = p.id
          JOIN marketplace.customer c ON c.id = r.customer_id
          JOIN marketplace.vendor v ON v.id = r.vendor_id
          LEFT JOIN kernel.staff a ON a.id = r.requested_by_id
          LEFT JOIN kernel.staff d ON d.id = r.decided_by
         WHERE p.booking_id = %(booking_id)s
         ORDER BY r.requested_at, r.id
        """,
        booking_id=booking_id,
    )


def list_disputes(db: Db, booking_id: str) -> Query[list[DisputeRow]]:
    return db.all(
        DisputeRow,
        """
        SELECT d.id, d.reference, d.type, d.status, d.source, coalesce(d.category, d.type) AS reason, d.description,
               (SELECT coalesce(jsonb_agg(jsonb_build_object('type', e.type, 'file_id', e.file_id,
                                                             'description', e.description) ORDER BY e.id), '[]')
                  FROM marketplace.dispute_evidence e WHERE e.dispute_id = d.id) AS evidence,
               d.created_at, o.staff_id AS opened_by, o.full_name AS opened_by_name, d.resolution_type,
               d.resolution AS resolution_notes, d.resolved_at, d.resolved_by, r.full_name AS resolved_by_name
          FROM marketplace.dispute d
          LEFT JOIN kernel.staff r ON r.id = d.resolved_by
          LEFT JOIN LATERAL (
               SELECT e.staff_id, p.full_name
                 FROM marketplace.dispute_event e JOIN kernel.staff p ON p.id = e.staff_id
                WHERE e.dispute_id = d.id AND e.event = 'dispute_created' LIMIT 1) o ON true
         WHERE d.booking_id = %(booking_id)s
         ORDER BY d.created_at, d.id
        """,
        booking_id=booking_id,
    )


def find_review(db: Db, booking_id: str) -> Query[ReviewRow | None]:
    return db.find(
        ReviewRow,
        """
        SELECT id, status, rating, title, comment, created_at
          FROM marketplace.review WHERE booking_id = %(booking_id)s
        """,
        booking_id=booking_id,
    )
