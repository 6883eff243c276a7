"""How rows stand before a bulk act: what its preview goes by."""

from collections.abc import Sequence
from dataclasses import dataclass

from backoffice.kernel.database import Db, Query
from backoffice.marketplace.booking.rules import Status as BookingStatus
from backoffice.marketplace.dispute.rules import Status
from backoffice.marketplace.review.rules import Status as ReviewStatus


@dataclass(frozen=True, slots=True)
class DisputeStanding:
    id: int
    status: Status


@dataclass(frozen=True, slots=True)
class ReviewStanding:
    id: int
    status: ReviewStatus


@dataclass(frozen=True, slots=True)
class BookingStanding:
    id: str
    status: BookingStatus
    customer_id: int
    is_erased: bool


def list_bookings(db: Db, booking_ids: Sequence[str]) -> Query[list[BookingStanding]]:
    """Those of them that there are; of somebody who was erased nothing is noted any more."""
    return db.all(
        BookingStanding,
        """
        SELECT b.id, b.status, b.customer_id, c.status = 'deleted' AS is_erased
          FROM marketplace.booking b JOIN marketplace.customer c ON c.id = b.customer_id
         WHERE b.id = ANY (%(booking_ids)s)
        """,
        booking_ids=list(booking_ids),
    )


def list_disputes(db: Db, dispute_ids: Sequence[int]) -> Query[list[DisputeStanding]]:
    """Those of them that there are."""
    return db.all(
        DisputeStanding,
        "SELECT id, status FROM marketplace.dispute WHERE id = ANY (%(dispute_ids)s)",
        dispute_ids=list(dispute_ids),
    )


def list_reviews(db: Db, review_ids: Sequence[int]) -> Query[list[ReviewStanding]]:
    """Those of them that there are."""
    return db.all(
        ReviewStanding,
        "SELECT id, status FROM marketplace.review WHERE id = ANY (%(review_ids)s)",
        review_ids=list(review_ids),
    )


def get_last_moderation(db: Db, review_id: int) -> Query[int]:
    """By it one knows whether anybody moderated the review since; 0 where nobody ever did."""
    return db.value(
        int,
        "SELECT coalesce(max(id), 0) FROM marketplace.review_moderation WHERE review_id = %(review_id)s",
        review_id=review_id,
    )
