"""Customers row by row, with their kept sums."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.kernel.database import Db, Listing, Query
from backoffice.kernel.database.compose import Filter
from backoffice.marketplace.customer.rules import Status


@dataclass(frozen=True, slots=True)
class ExportedRow:
    """Named as the columns of the file."""

    id: int
    external_id: str | None
    name: str | None
    email: str | None
    phone: str | None
    account_status: Status
    email_verified: bool
    phone_verified: bool
    trust_score: int
    total_bookings: int
    completed_bookings: int
    cancelled_bookings: int
    total_spent: int
    total_reviews: int
    total_disputes: int
    open_disputes: int
    wallet_balance: int
    loyalty_points: int
    created_at: datetime
    last_login_at: datetime | None
    last_active_at: datetime | None


FILTERS: Mapping[str, Filter] = {
    "status": "c.status = %(status)s",
    "first": "c.registered_at >= %(first)s",
    "past": "c.registered_at < %(past)s",
    "has_bookings": {True: "c.bookings > 0", False: "c.bookings = 0"},
}
EXPORTED = Listing(
    ExportedRow,
    """
    SELECT c.id, c.external_id, c.name, c.email, c.phone, c.status AS account_status,
           c.email_verified_at IS NOT NULL AS email_verified, c.phone_verified_at IS NOT NULL AS phone_verified,
           coalesce(c.trust_by_hand, c.trust_computed) AS trust_score, c.bookings AS total_bookings,
           c.bookings_completed AS completed_bookings, c.bookings_cancelled AS cancelled_bookings,
           c.paid_minor - c.refunded_minor AS total_spent, c.reviews AS total_reviews, c.disputes AS total_disputes,
           c.disputes_open AS open_disputes, c.wallet_minor AS wallet_balance, c.loyalty_points,
           c.registered_at AS created_at, c.last_login_at, c.last_active_at
      FROM marketplace.customer c
    {where}
     ORDER BY c.id
    """,
    filters=FILTERS,
)
COUNTED = Listing(int, "SELECT count(*) FROM marketplace.customer c {where}", filters=FILTERS)


def stream_users(db: Db, shown: Mapping[str, Any]) -> AsyncGenerator[ExportedRow, None]:
    return db.stream(ExportedRow, EXPORTED.where(shown), **shown)


def count_users(db: Db, shown: Mapping[str, Any]) -> Query[int]:
    return db.value(int, COUNTED.where(shown), **shown)
