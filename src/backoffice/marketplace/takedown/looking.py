"""Looking into a review: what is known around it, reviews with much the same words. Each look goes through an index."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.marketplace.review.rules import Status as ReviewStatus
from backoffice.marketplace.takedown import rules
from backoffice.marketplace.takedown.signs import SIMILAR, Facts

MOST_SHOWN = 5
COMPLAINTS_LIKE = 0.15
"""A complaint is about the same from so much of its words on: two people tell one fault in different ones."""


@dataclass(frozen=True, slots=True)
class AlikeRow:
    """`likeness` is how many of all their words two reviews share: 0 to 1."""

    review_id: int
    user_id: int
    vendor_id: int
    vendor_name: str
    rating: int
    title: str | None = field(repr=False)
    body: str | None = field(repr=False)
    status: ReviewStatus
    created_at: datetime
    likeness: float


def get_facts(db: Db, request_id: UUID) -> Query[Facts]:
    """RequestNotFound."""
    return db.one(
        Facts,
        """
        SELECT r.created_at AS written_at, c.registered_at, b.completed_at,
               (SELECT max(d.resolved_at) FROM marketplace.dispute d
                 WHERE d.booking_id = r.booking_id
                   AND (d.status = 'rejected' OR d.resolution_type = 'no_refund')) AS lost_dispute_at,
               c.logins, c.bookings, c.bookings_cancelled AS cancelled, c.disputes, c.reviews, c.ratings AS stars,
               c.trust,
               (SELECT count(*) FROM marketplace.review o
                 WHERE o.customer_id = r.customer_id
                   AND o.created_at BETWEEN r.created_at - interval '1 day' AND r.created_at + interval '1 day')
                   AS reviews_that_day,
               (SELECT count(*) FROM marketplace.review o
                 WHERE o.vendor_id = r.vendor_id AND (o.rating <= 3) = (r.rating <= 3)
                   AND o.created_at BETWEEN r.created_at - interval '1 day' AND r.created_at + interval '1 day')
                   AS near_at_vendor,
               (SELECT count(*) / 90.0::float8 FROM marketplace.review o
                 WHERE o.vendor_id = r.vendor_id
                   AND o.created_at BETWEEN r.created_at - interval '91 days' AND r.created_at - interval '1 day')
                   AS usual_at_vendor,
               (SELECT count(*) FROM marketplace.takedown_request o
                 WHERE o.customer_id = r.customer_id AND o.status = 'accepted' AND o.id <> q.id) AS taken_down_before
          FROM marketplace.takedown_request q
          JOIN marketplace.review r ON r.id = q.review_id
          JOIN marketplace.customer c ON c.id = r.customer_id
          JOIN marketplace.booking b ON b.id = r.booking_id
         WHERE q.id = %(request_id)s
        """,
        request_id=request_id,
        missing=rules.RequestNotFound(request_id=str(request_id)),
    )


def list_alike(db: Db, request_id: UUID) -> Query[list[AlikeRow]]:
    """Of the reviewer's other reviews, the newest two hundred: those of much the same words, the most alike first."""
    return db.all(
        AlikeRow,
        """
        SELECT o.id AS review_id, o.customer_id AS user_id, o.vendor_id, v.display_name AS vendor_name, o.rating,
               o.title, o.comment AS body, o.status, o.created_at, o.likeness
          FROM marketplace.takedown_request q
          JOIN marketplace.review r ON r.id = q.review_id
         CROSS JOIN LATERAL (
               SELECT x.*, marketplace.likeness(x.words, r.words) AS likeness
                 FROM (SELECT * FROM marketplace.review
                        WHERE customer_id = r.customer_id AND id <> r.id
                        ORDER BY created_at DESC, id DESC LIMIT 200) x) o
          JOIN marketplace.vendor v ON v.id = o.vendor_id
         WHERE q.id = %(request_id)s AND o.likeness >= %(similar)s
         ORDER BY o.likeness DESC, o.created_at DESC, o.id DESC LIMIT %(most)s
        """,
        request_id=request_id,
        similar=SIMILAR,
        most=MOST_SHOWN,
    )


def list_copies(db: Db, request_id: UUID) -> Query[list[AlikeRow]]:
    """Reviews of other customers in the very same words, whatever their order and case."""
    return db.all(
        AlikeRow,
        """
        SELECT o.id AS review_id, o.customer_id AS user_id, o.vendor_id, v.display_name AS vendor_name, o.rating,
               o.title, o.comment AS body, o.status, o.created_at, 1.0::float8 AS likeness
          FROM marketplace.takedown_request q
          JOIN marketplace.review r ON r.id = q.review_id
         CROSS JOIN LATERAL (
               SELECT x.* FROM marketplace.review x
                WHERE marketplace.print_of(x.words) = marketplace.print_of(r.words) AND x.words <> ''
                  AND x.customer_id <> r.customer_id
                ORDER BY x.id DESC LIMIT %(most)s) o
          JOIN marketplace.vendor v ON v.id = o.vendor_id
         WHERE q.id = %(request_id)s
         ORDER BY o.id DESC
        """,
        request_id=request_id,
        most=MOST_SHOWN,
    )


def count_complaints_like(db: Db, request_id: UUID) -> Query[int]:
    """How many reviews of other customers gave the vendor one or two stars within a year, in words like these: of the
    newest three hundred."""
    return db.value(
        int,
        """
        SELECT count(*)
          FROM marketplace.takedown_request q
          JOIN marketplace.review r ON r.id = q.review_id
         CROSS JOIN LATERAL (
               SELECT x.words FROM marketplace.review x
                WHERE x.vendor_id = r.vendor_id AND x.rating <= 2 AND x.customer_id <> r.customer_id
                  AND x.created_at BETWEEN r.created_at - interval '365 days' AND r.created_at + interval '365 days'
                ORDER BY x.created_at DESC LIMIT 300) o
         WHERE q.id = %(request_id)s AND marketplace.likeness(o.words, r.words) >= %(similar)s
        """,
        request_id=request_id,
        similar=COMPLAINTS_LIKE,
    )
