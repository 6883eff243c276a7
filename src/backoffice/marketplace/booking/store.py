"""The booking's row and its moves. Lock order: customer, then booking, then payment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking import rules
from backoffice.marketplace.booking.rules import MovedBy, Status


@dataclass(frozen=True, slots=True)
class BookingRow:
    id: str
    external_id: str | None
    reference: str
    customer_id: int
    vendor_id: int
    service_id: str
    status: Status
    scheduled_at: datetime
    amount_minor: int
    currency: str
    created_at: datetime


def find_customer_id(db: Db, booking_id: str) -> Query[int | None]:
    """Whose booking it is, by its id or the platform's own; the customer is held before the booking."""
    return db.find_value(
        int,
        """
        SELECT customer_id FROM marketplace.booking WHERE id = %(id)s OR external_id = %(id)s
         ORDER BY id = %(id)s DESC LIMIT 1
        """,
        id=booking_id,
    )


def lock_booking(tx: Tx, booking_id: str) -> Query[BookingRow]:
    """The booking, by its id or the platform's own, held until this write ends. BookingNotFound.

    Where the platform calls another one so, ours is meant.
    """
    return tx.one(
        BookingRow,
        """
        SELECT id, external_id, reference, customer_id, vendor_id, service_id, status, scheduled_at, amount_minor,
               currency, created_at
          FROM marketplace.booking WHERE id = %(id)s OR external_id = %(id)s
         ORDER BY id = %(id)s DESC LIMIT 1 FOR UPDATE
        """,
        id=booking_id,
        missing=rules.BookingNotFound(booking_id=booking_id),
    )


def insert_booking(tx: Tx, new: dict[str, Any]) -> Query[BookingRow | None]:
    """The new booking; None where the platform's id is known already."""
    return tx.find(
        BookingRow,
        """
        INSERT INTO marketplace.booking (id, external_id, reference, customer_id, vendor_id, service_id, scheduled_at,
                                         time_zone, duration_minutes, street, apartment, city, state, pincode,
                                         landmark, latitude, longitude, base_minor, tax_minor, platform_fee_minor,
                                         discount_minor, amount_minor, commission_permille, is_prepaid, notes,
                                         requirements, images)
             VALUES (%(id)s, %(external_id)s, kernel.next_reference('BKG', 4), %(customer_id)s, %(vendor_id)s,
                     %(service_id)s, %(scheduled_at)s, %(time_zone)s, %(duration_minutes)s, %(street)s, %(apartment)s,
                     %(city)s, %(state)s, %(pincode)s, %(landmark)s, %(latitude)s, %(longitude)s, %(base)s, %(tax)s,
                     %(platform_fee)s, %(discount)s, %(amount)s, %(commission_permille)s, %(is_prepaid)s, %(notes)s,
                     %(requirements)s, %(images)s)
        ON CONFLICT (external_id) DO NOTHING
          RETURNING id, external_id, reference, customer_id, vendor_id, service_id, status, scheduled_at, amount_minor,
                    currency, created_at
        """,
        **{**new, "images": Jsonb(new["images"])},
    )


def set_status(tx: Tx, booking: BookingRow, to: Status, *, by: MovedBy, reason: str | None) -> Query[int]:
    """The move, with who made it in its history: its id there. Of somebody who was erased no words are kept."""
    return tx.value(
        int,
        """
        WITH moved AS (
            UPDATE marketplace.booking
               SET status = %(to)s, updated_at = clock_timestamp(),
                   updated_by = coalesce(%(staff_id)s::bigint, updated_by),
                   completed_at = CASE WHEN %(to)s::text = 'completed' THEN coalesce(completed_at, clock_timestamp())
                                       ELSE completed_at END,
                   cancelled_at = CASE WHEN %(to)s::text = 'cancelled' THEN clock_timestamp() END,
                   cancelled_by = CASE WHEN %(to)s::text = 'cancelled' THEN %(by)s::text END,
                   cancellation_reason = (SELECT %(reason)s::text FROM marketplace.customer c
                                           WHERE c.id = customer_id AND c.status <> 'deleted'
                                             AND %(to)s::text = 'cancelled')
             WHERE id = %(id)s AND status = %(expected)s
         RETURNING id)
        INSERT INTO marketplace.booking_move (booking_id, became, moved_by, staff_id)
        SELECT id, %(to)s, %(by)s, %(staff_id)s FROM moved
     RETURNING id
        """,
        id=booking.id,
        expected=booking.status,
        to=to,
        by=by,
        reason=reason,
        staff_id=tx.actor.staff_id,
    )


def insert_first_move(tx: Tx, booking_id: str) -> Query[int]:
    return tx.run(
        """
        INSERT INTO marketplace.booking_move (booking_id, became, moved_by) VALUES (%(id)s, 'pending', 'customer')
        """,
        id=booking_id,
    )
