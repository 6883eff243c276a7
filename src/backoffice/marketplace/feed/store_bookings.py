"""Staged bookings, with what they went through. Whoever inserts them or payments holds their customers first."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer.rules import Status
from backoffice.marketplace.feed.rules import Kind
from backoffice.marketplace.feed.store import Slice


@dataclass(frozen=True, slots=True)
class WithoutRow:
    """A line of a booking, and the first of the two that it needs and that is not here."""

    line: int
    missing: Kind


@dataclass(frozen=True, slots=True)
class BookerRow:
    """Who wants to book, where the booking is still to take place."""

    line: int
    status: Status
    suspended_until: datetime | None
    trust: int
    is_restricted: bool
    is_prepaid: bool


@dataclass(frozen=True, slots=True)
class UnlikeRow:
    """A line whose booking is here by that name, and another one."""

    line: int
    external_id: str


@dataclass(frozen=True, slots=True)
class RestRow:
    line: int
    facts: dict[str, Any]


def lock_customers(tx: Tx, part: Slice) -> Query[list[int]]:
    """Whoever these lines of bookings, payments and reviews are about, held until this write ends."""
    return tx.values(
        int,
        """
        SELECT c.id FROM marketplace.customer c
         WHERE c.id IN (
               SELECT c.id FROM marketplace.staged s
                CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (user_id bigint, "user" text)
                 JOIN marketplace.customer c ON c.id = f.user_id OR c.external_id = f."user"
                WHERE s.batch = %(batch)s AND s.kind = 'booking' AND s.line BETWEEN %(first)s AND %(last)s
                UNION
               SELECT b.customer_id FROM marketplace.staged s
                CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (booking_id text)
                 JOIN marketplace.booking b ON b.id = f.booking_id OR b.external_id = f.booking_id
                WHERE s.batch = %(batch)s AND s.kind IN ('payment', 'review')
                  AND s.line BETWEEN %(first)s AND %(last)s)
         ORDER BY c.id FOR UPDATE
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )


def list_without(db: Db, part: Slice) -> Query[list[WithoutRow]]:
    """Lines of bookings whose customer or service is not here."""
    return db.all(
        WithoutRow,
        """
        SELECT s.line, CASE WHEN c.id IS NULL THEN 'customer' ELSE 'service' END AS missing
          FROM marketplace.staged s
         CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (user_id bigint, "user" text, service text)
          LEFT JOIN marketplace.customer c ON c.id = f.user_id OR c.external_id = f."user"
          LEFT JOIN marketplace.service o ON o.id = f.service OR o.external_id = f.service
         WHERE s.batch = %(batch)s AND s.kind = 'booking' AND s.line BETWEEN %(first)s AND %(last)s
           AND (c.id IS NULL OR o.id IS NULL)
         ORDER BY s.line
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )


def list_bookers(db: Db, part: Slice) -> Query[list[BookerRow]]:
    """Lines of new bookings that are still to take place, of customers who perhaps may not book; and any, of whoever
    was erased: what the platform remembers of them doesn't come back.
    """
    return db.all(
        BookerRow,
        """
        SELECT s.line, c.status, c.suspended_until, c.trust, c.is_restricted, f.is_prepaid
          FROM marketplace.staged s
         CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (
               user_id bigint, "user" text, status text, is_prepaid boolean)
          JOIN marketplace.customer c ON c.id = f.user_id OR c.external_id = f."user"
         WHERE s.batch = %(batch)s AND s.kind = 'booking' AND s.line BETWEEN %(first)s AND %(last)s
           AND (c.status = 'deleted'
                OR f.status NOT IN ('completed', 'cancelled') AND (c.status <> 'active' OR c.is_restricted))
           AND NOT EXISTS (SELECT FROM marketplace.booking known WHERE known.external_id = s.external_id)
         ORDER BY s.line
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )


def insert_bookings(tx: Tx, part: Slice) -> Query[int]:
    """As paid where a payment says so that comes with them: it comes after its booking, and would write it anew."""
    return tx.run(
        """
        INSERT INTO marketplace.booking (
               id, external_id, reference, customer_id, vendor_id, service_id, status, scheduled_at, time_zone,
               duration_minutes, street, apartment, city, state, pincode, landmark, latitude, longitude, base_minor,
               tax_minor, platform_fee_minor, discount_minor, amount_minor, commission_permille, payment_status,
               payment_method, is_prepaid, notes, requirements, images, cancellation_reason, cancelled_by, cancelled_at,
               completed_at, created_at, updated_at)
        SELECT 'bkg_' || s.id, f.external_id, kernel.next_reference('BKG', 4, coalesce(f.created_at, now())), c.id,
               o.vendor_id, o.id, f.status, f.scheduled_at, f.time_zone,
               coalesce(f.duration_minutes, o.duration_minutes), f.street, f.apartment, f.city, f.state, f.pincode,
               f.landmark, f.latitude, f.longitude, f.base, f.tax, f.platform_fee, f.discount, f.amount,
               f.commission_permille, CASE WHEN told.method IS NULL THEN 'pending' ELSE 'paid' END, told.method,
               f.is_prepaid, f.notes, f.requirements, f.images, f.cancellation_reason, f.cancelled_by, f.cancelled_at,
               f.completed_at, coalesce(f.created_at, now()), coalesce(f.updated_at, now())
          FROM (SELECT DISTINCT ON (external_id) line, id, facts FROM marketplace.staged
                 WHERE batch = %(batch)s AND kind = 'booking' AND line BETWEEN %(first)s AND %(last)s
                 ORDER BY external_id, line) s
         CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (
               external_id text, user_id bigint, "user" text, service text, status text,
               scheduled_at timestamptz, time_zone text, street text, apartment text, city text, state text,
               pincode text, landmark text, latitude double precision, longitude double precision, base bigint,
               tax bigint, platform_fee bigint, discount bigint, amount bigint, commission_permille bigint,
               is_prepaid boolean, notes text, requirements text[], images jsonb, duration_minutes bigint,
               cancellation_reason text, cancelled_by text, cancelled_at timestamptz, completed_at timestamptz,
               created_at timestamptz, updated_at timestamptz)
          JOIN marketplace.customer c ON c.id = f.user_id OR c.external_id = f."user"
          JOIN marketplace.service o ON o.id = f.service OR o.external_id = f.service
          LEFT JOIN LATERAL (SELECT p.facts ->> 'method' AS method FROM marketplace.staged p
                WHERE p.batch = %(batch)s AND p.kind = 'payment' AND p.facts ->> 'booking' = f.external_id
                  AND p.facts ->> 'status' = 'success' AND f.status <> 'cancelled'
                ORDER BY p.line LIMIT 1) told ON true
         WHERE NOT EXISTS (SELECT FROM marketplace.booking known WHERE known.external_id = f.external_id)
         ORDER BY f.external_id
        ON CONFLICT (external_id) DO NOTHING
        """,
        **asdict(part),
    )


def insert_moves(tx: Tx, part: Slice) -> Query[int]:
    """What the bookings went through that these lines made."""
    return tx.run(
        """
        INSERT INTO marketplace.booking_move (booking_id, became, moved_by, moved_at)
        SELECT b.id, m.became, m.by, coalesce(m.at, b.created_at)
          FROM marketplace.staged s
          JOIN marketplace.booking b ON b.id = 'bkg_' || s.id
         CROSS JOIN LATERAL ROWS FROM (
               jsonb_to_recordset(s.facts -> 'moves') AS (became text, by text, at timestamptz))
               WITH ORDINALITY AS m (became, by, at, place)
         WHERE s.batch = %(batch)s AND s.kind = 'booking' AND s.line BETWEEN %(first)s AND %(last)s
         ORDER BY s.line, m.place
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )


def list_unlike(db: Db, part: Slice) -> Query[list[UnlikeRow]]:
    """Lines whose booking is here, of another customer, of another service or at another price."""
    return db.all(
        UnlikeRow,
        """
        SELECT s.line, s.external_id FROM marketplace.staged s
         CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (user_id bigint, "user" text, service text, amount bigint)
          JOIN marketplace.customer c ON c.id = f.user_id OR c.external_id = f."user"
          JOIN marketplace.service o ON o.id = f.service OR o.external_id = f.service
          JOIN marketplace.booking b ON b.external_id = s.external_id
         WHERE s.batch = %(batch)s AND s.kind = 'booking' AND s.line BETWEEN %(first)s AND %(last)s
           AND (b.customer_id, b.service_id, b.amount_minor) IS DISTINCT FROM (c.id, o.id, f.amount)
         ORDER BY s.line
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )
