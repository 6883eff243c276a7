"""Bookings row by row, as the list shows them."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backoffice.kernel.database import Db, Listing, Query
from backoffice.marketplace.booking.rules import MovedBy, PaymentStatus, ShownStatus
from backoffice.marketplace.handling.listing import IN_ANY_ORDER
from backoffice.marketplace.payment.rules import Method


@dataclass(frozen=True, slots=True)
class BookedRow:
    """Named as the columns of the file."""

    id: str
    external_id: str | None
    booking_number: str
    status: ShownStatus
    user_id: int
    user_name: str | None = field(repr=False)
    user_email: str | None = field(repr=False)
    user_phone: str | None = field(repr=False)
    vendor_id: int
    vendor_name: str
    service_id: str
    service_name: str
    category: str
    city: str | None
    scheduled_at: datetime
    amount_cents: int
    currency: str
    payment_status: PaymentStatus
    payment_method: Method | None
    cancelled_by: MovedBy | None
    cancelled_at: datetime | None
    created_at: datetime
    updated_at: datetime


EXPORTED = Listing(
    BookedRow,
    """
    SELECT b.id, b.external_id, b.reference AS booking_number,
           CASE WHEN b.payment_status = 'refunded' THEN 'refunded' ELSE b.status END AS status,
           b.customer_id AS user_id, c.name AS user_name, c.email AS user_email, c.phone AS user_phone,
           b.vendor_id, v.display_name AS vendor_name, b.service_id, s.name AS service_name, s.category, b.city,
           b.scheduled_at, b.amount_minor AS amount_cents, b.currency, b.payment_status, b.payment_method,
           b.cancelled_by, b.cancelled_at, b.created_at, b.updated_at
      FROM (SELECT * FROM marketplace.booking b {where}) b
      JOIN marketplace.customer c ON c.id = b.customer_id
      JOIN marketplace.vendor v ON v.id = b.vendor_id
      JOIN marketplace.service s ON s.id = b.service_id
     ORDER BY b.created_at, b.id
    """,
    filters=IN_ANY_ORDER,
)
COUNTED = Listing(int, "SELECT count(*) FROM marketplace.booking b {where}", filters=IN_ANY_ORDER)


def stream_bookings(db: Db, shown: Mapping[str, Any]) -> AsyncGenerator[BookedRow, None]:
    return db.stream(BookedRow, EXPORTED.where(shown), **shown)


def count_bookings(db: Db, shown: Mapping[str, Any]) -> Query[int]:
    return db.value(int, COUNTED.where(shown), **shown)
