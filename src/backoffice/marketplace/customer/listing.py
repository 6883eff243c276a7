"""Reading customers: the detail with its sums."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from backoffice.kernel.database import Db, Query
from backoffice.marketplace.customer import rules
from backoffice.marketplace.customer.rules import Status


@dataclass(frozen=True, slots=True)
class DetailRow:
    id: int
    external_id: str | None
    email: str | None
    phone: str | None
    name: str | None
    profile_picture_url: str | None
    status: Status
    suspension_reason: str | None
    suspended_until: datetime | None
    email_verified_at: datetime | None
    phone_verified_at: datetime | None
    identity_document_type: str | None
    identity_verified_at: datetime | None
    registered_at: datetime
    last_login_at: datetime | None
    last_active_at: datetime | None
    logins: int
    bookings: int
    bookings_open: int
    bookings_completed: int
    bookings_cancelled: int
    payments_failed: int
    paid_minor: int
    refunded_minor: int
    reviews: int
    ratings: int
    disputes: int
    disputes_open: int
    disputes_decided: int
    disputes_won: int
    wallet_minor: int
    loyalty_points: int
    trust_computed: int
    trust_by_hand: int | None
    trust_reason: str | None
    is_restricted: bool
    trust_terms: list[Decimal]
    favorite_categories: list[str]
    preferred_method: str | None
    read_at: datetime


def get_detail(db: Db, customer_id: int) -> Query[DetailRow]:
    """Everything the profile shows. The favourites are the three categories booked most."""
    return db.one(
        DetailRow,
        """
        SELECT c.id, c.external_id, c.email, c.phone, c.name, c.profile_picture_url, c.status, c.suspension_reason,
               c.suspended_until, c.email_verified_at, c.phone_verified_at, c.identity_document_type,
               c.identity_verified_at, c.registered_at, c.last_login_at, c.last_active_at, c.logins, c.bookings,
               c.bookings_open, c.bookings_completed, c.bookings_cancelled, c.payments_failed, c.paid_minor,
               c.refunded_minor, c.reviews, c.ratings, c.disputes, c.disputes_open, c.disputes_decided,
               c.disputes_won, c.wallet_minor, c.loyalty_points,
               marketplace.trust_of(c, clock_timestamp()) AS trust_computed,
               c.trust_by_hand, c.trust_reason, c.is_restricted,
               marketplace.trust_terms(c, clock_timestamp()) AS trust_terms,
               ARRAY(SELECT s.category FROM marketplace.booking b JOIN marketplace.service s ON s.id = b.service_id
                      WHERE b.customer_id = c.id GROUP BY s.category ORDER BY count(*) DESC, s.category LIMIT 3
               ) AS favorite_categories,
               (SELECT p.method FROM marketplace.payment p
                 WHERE p.customer_id = c.id AND p.captured_minor > 0
                 GROUP BY p.method ORDER BY count(*) DESC, p.method LIMIT 1) AS preferred_method,
               clock_timestamp() AS read_at
          FROM marketplace.customer c
         WHERE c.id = %(customer_id)s
        """,
        customer_id=customer_id,
        missing=rules.UserNotFound(user_id=customer_id),
    )
