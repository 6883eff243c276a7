"""The review's row. Lock order: customer, booking, review, and the vendor, whose stars are counted, last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.review import rules
from backoffice.marketplace.review.rules import Status


@dataclass(frozen=True, slots=True)
class ReviewRow:
    id: int
    external_id: str | None
    booking_id: str
    customer_id: int
    vendor_id: int
    status: Status
    rating: int
    helpful_count: int
    vendor_responded_at: datetime | None
    created_at: datetime


def find_of_booking(db: Db, booking_id: str) -> Query[ReviewRow | None]:
    return db.find(
        ReviewRow,
        """
        SELECT id, external_id, booking_id, customer_id, vendor_id, status, rating, helpful_count, vendor_responded_at,
               created_at
          FROM marketplace.review WHERE booking_id = %(booking_id)s
        """,
        booking_id=booking_id,
    )


def find_customer_id(db: Db, review_id: int) -> Query[int | None]:
    """Whose review it is: the customer is held before the review."""
    return db.find_value(
        int, "SELECT customer_id FROM marketplace.review WHERE id = %(review_id)s", review_id=review_id
    )


def lock_review(tx: Tx, review_id: int) -> Query[ReviewRow]:
    """The review, held until this write ends. ReviewNotFound."""
    return tx.one(
        ReviewRow,
        """
        SELECT id, external_id, booking_id, customer_id, vendor_id, status, rating, helpful_count, vendor_responded_at,
               created_at
          FROM marketplace.review WHERE id = %(review_id)s FOR UPDATE
        """,
        review_id=review_id,
        missing=rules.ReviewNotFound(review_id=review_id),
    )


def insert_review(tx: Tx, new: dict[str, Any]) -> Query[ReviewRow | None]:
    """The new review; None where the booking has one, or the platform's id is known already."""
    return tx.find(
        ReviewRow,
        """
        INSERT INTO marketplace.review (external_id, booking_id, customer_id, vendor_id, service_id, rating, title,
                                        comment, photos, created_at, updated_at)
             VALUES (%(external_id)s, %(booking_id)s, %(customer_id)s, %(vendor_id)s, %(service_id)s, %(rating)s,
                     %(title)s, %(comment)s, %(photos)s, coalesce(%(created_at)s, now()),
                     coalesce(%(created_at)s, now()))
        ON CONFLICT DO NOTHING
          RETURNING id, external_id, booking_id, customer_id, vendor_id, status, rating, helpful_count,
                    vendor_responded_at, created_at
        """,
        **new,
    )


def set_response(tx: Tx, review_id: int, *, response: str, at: datetime | None) -> Query[datetime]:
    return tx.value(
        datetime,
        """
        UPDATE marketplace.review
           SET vendor_response = %(response)s, vendor_responded_at = coalesce(%(at)s, clock_timestamp()),
               updated_at = clock_timestamp()
         WHERE id = %(review_id)s
     RETURNING coalesce(vendor_responded_at, clock_timestamp())
        """,
        review_id=review_id,
        response=response,
        at=at,
    )


def set_helpful(tx: Tx, review_id: int, count: int) -> Query[int]:
    return tx.run(
        "UPDATE marketplace.review SET helpful_count = %(count)s WHERE id = %(review_id)s",
        review_id=review_id,
        count=count,
    )


def set_status(tx: Tx, review: ReviewRow, to: Status) -> Query[str]:
    return tx.value(
        str,
        """
        UPDATE marketplace.review SET status = %(to)s, updated_at = clock_timestamp()
         WHERE id = %(review_id)s AND status = %(expected)s
     RETURNING status
        """,
        review_id=review.id,
        expected=review.status,
        to=to,
    )


def insert_moderation(
    tx: Tx, review_id: int, became: Status, *, reason: str | None, request_id: UUID | None
) -> Query[datetime]:
    """A line of the review's history; when that was. Of somebody who was erased no words are kept."""
    return tx.value(
        datetime,
        """
        INSERT INTO marketplace.review_moderation (review_id, became, reason, request_id, staff_id)
        SELECT r.id, %(became)s, CASE WHEN c.status <> 'deleted' THEN %(reason)s::text END, %(request_id)s, %(staff_id)s
          FROM marketplace.review r JOIN marketplace.customer c ON c.id = r.customer_id
         WHERE r.id = %(review_id)s
          RETURNING at
        """,
        review_id=review_id,
        became=became,
        reason=reason,
        request_id=request_id,
        staff_id=tx.actor.staff_id,
    )
