"""Staged reviews, with what vendors answered. Whoever inserts them holds their customers first."""

from dataclasses import dataclass

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking.rules import Status as BookingStatus
from backoffice.marketplace.customer.rules import Status as CustomerStatus
from backoffice.marketplace.feed.store import Slice


@dataclass(frozen=True, slots=True)
class ReviewedRow:
    """What a line that is new here reviews: none where the booking is not here."""

    line: int
    booking: str
    booking_status: BookingStatus | None
    customer_id: int | None
    customer_status: CustomerStatus | None


@dataclass(frozen=True, slots=True)
class UnlikeRow:
    """A line whose booking has another review, or whose review is of another booking."""

    line: int
    booking: str


def list_unreviewable(db: Db, part: Slice) -> Query[list[ReviewedRow]]:
    """New lines whose booking is not here, is not completed, or is of somebody who was erased."""
    return db.all(
        ReviewedRow,
        """
        SELECT s.line, coalesce(f.booking_id, '') AS booking, b.status AS booking_status, c.id AS customer_id,
               c.status AS customer_status
          FROM marketplace.staged s
         CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (booking_id text)
          LEFT JOIN marketplace.booking b ON b.id = f.booking_id OR b.external_id = f.booking_id
          LEFT JOIN marketplace.customer c ON c.id = b.customer_id
         WHERE s.batch = %(batch)s AND s.kind = 'review' AND s.line BETWEEN %(first)s AND %(last)s
           AND (b.status = 'completed' AND c.status <> 'deleted') IS NOT TRUE
           AND NOT EXISTS (SELECT FROM marketplace.review known WHERE known.external_id = s.external_id)
         ORDER BY s.line
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )


def insert_reviews(tx: Tx, part: Slice) -> Query[int]:
    """How many are new: one for each booking."""
    return tx.run(
        """
        INSERT INTO marketplace.review (external_id, booking_id, customer_id, vendor_id, service_id, rating, title,
                                        comment, photos, helpful_count, vendor_response, vendor_responded_at,
                                        created_at, updated_at)
        SELECT f.external_id, b.id, b.customer_id, b.vendor_id, b.service_id, f.rating, f.title, f.comment, f.photos,
               f.helpful_count, f.response,
               CASE WHEN f.response IS NOT NULL THEN coalesce(f.responded_at, f.created_at, now()) END,
               coalesce(f.created_at, now()), greatest(coalesce(f.created_at, now()), f.responded_at)
          FROM marketplace.staged s
         CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (
               external_id text, booking_id text, rating bigint, title text, comment text, photos text[],
               helpful_count bigint, response text, responded_at timestamptz, created_at timestamptz)
          JOIN marketplace.booking b ON b.id = f.booking_id OR b.external_id = f.booking_id
         WHERE s.batch = %(batch)s AND s.kind = 'review' AND s.line BETWEEN %(first)s AND %(last)s
           AND NOT EXISTS (SELECT FROM marketplace.review known WHERE known.external_id = s.external_id)
         ORDER BY f.external_id, s.line
        ON CONFLICT DO NOTHING
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )


def list_unlike(db: Db, part: Slice) -> Query[list[UnlikeRow]]:
    """Lines that are not here as the review of their booking."""
    return db.all(
        UnlikeRow,
        """
        SELECT s.line, coalesce(f.booking_id, '') AS booking
          FROM marketplace.staged s
         CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (booking_id text)
         WHERE s.batch = %(batch)s AND s.kind = 'review' AND s.line BETWEEN %(first)s AND %(last)s
           AND NOT EXISTS (SELECT FROM marketplace.review r JOIN marketplace.booking b ON b.id = r.booking_id
                            WHERE r.external_id = s.external_id AND f.booking_id IN (b.id, b.external_id))
         ORDER BY s.line
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )


def list_vendors(db: Db, part: Slice) -> Query[list[int]]:
    """Whose ratings follow from these lines."""
    return db.values(
        int,
        """
        SELECT DISTINCT r.vendor_id FROM marketplace.staged s
          JOIN marketplace.review r ON r.external_id = s.external_id
         WHERE s.batch = %(batch)s AND s.kind = 'review' AND s.line BETWEEN %(first)s AND %(last)s
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )
