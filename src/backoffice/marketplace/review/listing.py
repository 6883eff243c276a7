"""Reviews as staff list them, hidden and removed ones too."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString

from backoffice.kernel.database import Db, Pages, Query, tally
from backoffice.marketplace.review import rules
from backoffice.marketplace.review.rules import Status


@dataclass(frozen=True, slots=True)
class ListedRow:
    """`moderated_at` and what goes with it are of the last time that staff hid, restored or removed it."""

    id: int
    external_id: str | None
    status: Status
    rating: int
    title: str | None = field(repr=False)
    comment: str | None = field(repr=False)
    photos: list[str]
    helpful_count: int
    booking_id: str
    booking_number: str
    user_id: int
    user_name: str | None = field(repr=False)
    user_email: str | None = field(repr=False)
    user_phone: str | None = field(repr=False)
    user_reviews: int
    user_trust: int
    vendor_id: int
    vendor_name: str
    service_id: str
    service_name: str
    vendor_response: str | None = field(repr=False)
    vendor_responded_at: datetime | None
    moderated_at: datetime | None
    moderated_by: int | None
    moderated_by_name: str | None
    moderation_reason: str | None = field(repr=False)
    open_takedown: str | None
    created_at: datetime
    updated_at: datetime


STATUSES: dict[Any, LiteralString] = {
    Status.PUBLISHED: "r.status = 'published'",
    Status.HIDDEN: "r.status = 'hidden'",
    Status.REMOVED: "r.status = 'removed'",
}
"""Written out: what is not published has an index of its own."""

REVIEWS = Pages(
    "reviews",
    ListedRow,
    source="marketplace.review r",
    key="r.id",
    order={
        "created_at_desc": "r.created_at DESC, r.id DESC",
        "created_at_asc": "r.created_at, r.id",
        "rating_desc": "r.rating DESC, r.created_at DESC, r.id DESC",
        "rating_asc": "r.rating, r.created_at, r.id",
    },
    filters={
        "status": STATUSES,
        "rating": "r.rating = %(rating)s",
        "vendor_id": "r.vendor_id = %(vendor_id)s",
        "user_id": "r.customer_id = %(user_id)s",
        "service_id": "r.service_id = %(service_id)s",
        "has_response": {True: "r.vendor_response IS NOT NULL", False: "r.vendor_response IS NULL"},
        "has_takedown": {
            True: "r.id IN (SELECT q.review_id FROM marketplace.takedown_request q WHERE q.status = 'open')",
            False: "NOT EXISTS (SELECT FROM marketplace.takedown_request q"
            " WHERE q.review_id = r.id AND q.status = 'open')",
        },
        "from_date": "r.created_at >= %(from_date)s",
        "to_date": "r.created_at < %(to_date)s",
        "search": "r.words @@ kernel.search_query(%(search)s)",
    },
    tally=tally(
        "marketplace.review_tally", "reviews", by={"status": "status = %(status)s", "rating": "rating = %(rating)s"}
    ),
    sql="""
    SELECT r.id, r.external_id, r.status, r.rating, r.title, r.comment, r.photos, r.helpful_count, r.booking_id,
           b.reference AS booking_number, r.customer_id AS user_id, c.name AS user_name, c.email AS user_email,
           c.phone AS user_phone, c.reviews AS user_reviews, c.trust AS user_trust, r.vendor_id,
           v.display_name AS vendor_name, r.service_id, s.name AS service_name, r.vendor_response,
           r.vendor_responded_at, m.at AS moderated_at, m.staff_id AS moderated_by, m.full_name AS moderated_by_name,
           m.reason AS moderation_reason,
           (SELECT q.number FROM marketplace.takedown_request q
             WHERE q.review_id = r.id AND q.status = 'open' LIMIT 1) AS open_takedown,
           r.created_at, r.updated_at
      FROM {page}
      JOIN marketplace.review r USING (id)
      JOIN marketplace.booking b ON b.id = r.booking_id
      JOIN marketplace.customer c ON c.id = r.customer_id
      JOIN marketplace.vendor v ON v.id = r.vendor_id
      JOIN marketplace.service s ON s.id = r.service_id
      LEFT JOIN LATERAL (
           SELECT x.at, x.staff_id, x.reason, p.full_name
             FROM marketplace.review_moderation x LEFT JOIN kernel.staff p ON p.id = x.staff_id
            WHERE x.review_id = r.id ORDER BY x.id DESC LIMIT 1) m ON true
     ORDER BY {order}
    """,
)


def get_review(db: Db, review_id: int) -> Query[ListedRow]:
    """As the list shows it. ReviewNotFound."""
    return REVIEWS.one(db, review_id, missing=rules.ReviewNotFound(review_id=review_id))
