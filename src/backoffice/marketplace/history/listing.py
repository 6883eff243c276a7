"""Reading what one customer booked, reviewed and paid. Each list's summary also says whether there is the customer."""

from dataclasses import dataclass

from backoffice.kernel.database import Db, Pages, Query
from backoffice.marketplace.customer.rules import UserNotFound
from backoffice.marketplace.history.schemas import BookingOut, BookingsSummary, PaymentOut, ReviewOut

BOOKINGS = Pages(
    "bookings of a customer",
    BookingOut,
    source="marketplace.booking b",
    key="b.id",
    order={
        "created_at_desc": "b.created_at DESC, b.id DESC",
        "created_at_asc": "b.created_at, b.id",
        "booking_date_desc": "b.scheduled_at DESC, b.id DESC",
        "booking_date_asc": "b.scheduled_at, b.id",
        "amount_desc": "b.amount_minor DESC, b.id DESC",
        "amount_asc": "b.amount_minor, b.id",
    },
    always="b.customer_id = %(customer_id)s",
    filters={
        "status": {
            "pending": "b.status = 'pending' AND b.payment_status <> 'refunded'",
            "confirmed": "b.status = 'confirmed' AND b.payment_status <> 'refunded'",
            "in_progress": "b.status = 'in_progress' AND b.payment_status <> 'refunded'",
            "completed": "b.status = 'completed' AND b.payment_status <> 'refunded'",
            "cancelled": "b.status = 'cancelled' AND b.payment_status <> 'refunded'",
            "disputed": "b.status = 'disputed' AND b.payment_status <> 'refunded'",
            "refunded": "b.payment_status = 'refunded'",
        },
        "from_date": "b.scheduled_at >= %(from_date)s",
        "to_date": "b.scheduled_at < %(to_date)s",
    },
    sql="""
    SELECT b.id, b.reference AS booking_reference, b.service_id, s.name AS service_name, b.vendor_id,
           v.display_name AS vendor_name,
           CASE WHEN b.payment_status = 'refunded' THEN 'refunded' ELSE b.status END AS status,
           b.scheduled_at AS booking_date, b.amount_minor AS amount, b.payment_status, b.payment_method,
           r.id IS NOT NULL AS has_review, r.rating AS review_rating,
           EXISTS (SELECT FROM marketplace.dispute d WHERE d.booking_id = b.id) AS has_dispute,
           b.created_at, b.completed_at
      FROM {page}
      JOIN marketplace.booking b USING (id)
      JOIN marketplace.service s ON s.id = b.service_id
      JOIN marketplace.vendor v ON v.id = b.vendor_id
      LEFT JOIN marketplace.review r ON r.booking_id = b.id
     ORDER BY {order}
    """,
)

REVIEWS = Pages(
    "reviews of a customer",
    ReviewOut,
    source="marketplace.review r",
    key="r.id",
    order="r.created_at DESC, r.id DESC",
    always="r.customer_id = %(customer_id)s",
    filters={
        "rating": "r.rating = %(rating)s",
        "has_response": {True: "r.vendor_response IS NOT NULL", False: "r.vendor_response IS NULL"},
    },
    sql="""
    SELECT r.id, r.booking_id, r.service_id, s.name AS service_name, r.vendor_id, v.display_name AS vendor_name,
           r.status, r.rating, r.title, r.comment, r.photos, r.helpful_count, r.vendor_response,
           r.vendor_responded_at, true AS is_verified, r.created_at
      FROM {page}
      JOIN marketplace.review r USING (id)
      JOIN marketplace.service s ON s.id = r.service_id
      JOIN marketplace.vendor v ON v.id = r.vendor_id
     ORDER BY {order}
    """,
)

PAYMENTS = Pages(
    "payments of a customer",
    PaymentOut,
    source="marketplace.payment p",
    key="p.id",
    order="p.created_at DESC, p.id DESC",
    always="p.customer_id = %(customer_id)s",
    filters={
        "status": "p.status = %(status)s",
        "payment_method": "p.method = %(payment_method)s",
        "from_date": "p.created_at >= %(from_date)s",
        "to_date": "p.created_at < %(to_date)s",
    },
    sql="""
    SELECT p.id, p.booking_id, b.reference AS booking_reference, p.amount_minor AS amount, p.method AS payment_method,
           p.gateway AS payment_gateway, p.gateway_payment_id AS gateway_transaction_id, p.status, p.failure_reason,
           p.refunded_minor + p.charged_back_minor AS refund_amount,
           (SELECT f.reason FROM marketplace.refund f WHERE f.payment_id = p.id AND f.status = 'processed'
             ORDER BY f.processed_at DESC, f.id DESC LIMIT 1) AS refund_reason,
           p.created_at, p.completed_at
      FROM {page}
      JOIN marketplace.payment p USING (id)
      JOIN marketplace.booking b ON b.id = p.booking_id
     ORDER BY {order}
    """,
)


@dataclass(frozen=True, slots=True)
class SumsRow:
    payments_succeeded: int
    payments_failed: int
    paid_minor: int
    refunded_minor: int
    reviews: int
    ratings: int


def sum_bookings(db: Db, customer_id: int) -> Query[BookingsSummary]:
    return db.one(
        BookingsSummary,
        """
        SELECT count(b.id) AS total,
               count(*) FILTER (WHERE b.shown = 'pending') AS pending,
               count(*) FILTER (WHERE b.shown = 'confirmed') AS confirmed,
               count(*) FILTER (WHERE b.shown = 'in_progress') AS in_progress,
               count(*) FILTER (WHERE b.shown = 'completed') AS completed,
               count(*) FILTER (WHERE b.shown = 'cancelled') AS cancelled,
               count(*) FILTER (WHERE b.shown = 'disputed') AS disputed,
               count(*) FILTER (WHERE b.shown = 'refunded') AS refunded,
               coalesce(sum(b.amount_minor) FILTER (WHERE b.status <> 'cancelled'), 0)::bigint AS total_amount
          FROM marketplace.customer c
          LEFT JOIN LATERAL (SELECT x.id, x.status, x.amount_minor,
                                    CASE WHEN x.payment_status = 'refunded' THEN 'refunded' ELSE x.status END AS shown
                               FROM marketplace.booking x WHERE x.customer_id = c.id) b ON true
         WHERE c.id = %(customer_id)s
         GROUP BY c.id
        """,
        customer_id=customer_id,
        missing=UserNotFound(user_id=customer_id),
    )


def get_sums(db: Db, customer_id: int) -> Query[SumsRow]:
    """The sums that are kept with the customer."""
    return db.one(
        SumsRow,
        """
        SELECT payments_succeeded, payments_failed, paid_minor, refunded_minor, reviews, ratings
          FROM marketplace.customer WHERE id = %(customer_id)s
        """,
        customer_id=customer_id,
        missing=UserNotFound(user_id=customer_id),
    )
