"""What staff change of a booking beside its status, and what they must know to cancel it. The booking is held."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import LiteralString

from backoffice.kernel.approval.listing import standing
from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking import rules
from backoffice.marketplace.booking.rules import MovedBy, Status
from backoffice.marketplace.handling.rules import Figure, Rule
from backoffice.marketplace.refund.rules import Status as RefundStatus


@dataclass(frozen=True, slots=True)
class PaidRow:
    """A payment that brought money, unless it came too late: that is shown as to be returned, and not by itself."""

    id: str
    captured_minor: int
    left_minor: int
    is_frozen: bool


@dataclass(frozen=True, slots=True)
class TimesRow:
    """When a booking takes place, and how long until then; what went back of all its payments or is asked for."""

    id: str
    reference: str
    status: Status
    currency: str
    scheduled_at: datetime
    read_at: datetime
    given_minor: int


@dataclass(frozen=True, slots=True)
class StandingRow:
    """A booking as whoever changed it is answered. The canceller's id is that of a customer, a vendor or of staff."""

    id: str
    reference: str
    status: Status
    admin_notes: str | None = field(repr=False)
    cancellation_reason: str | None = field(repr=False)
    cancelled_by: MovedBy | None
    canceller_id: int | None
    cancelled_at: datetime | None
    cancellation_rule: Rule | None
    cancellation_fee_minor: int | None
    updated_at: datetime
    updated_by: int | None


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A refund that a cancellation asked for; `votes` of `quorum` people have approved it, where several must."""

    id: str
    number: str
    payment_id: str
    status: RefundStatus
    amount_minor: int
    requested_at: datetime
    quorum: int | None
    votes: int | None


def get_times(db: Db, booking_id: str) -> Query[TimesRow]:
    """BookingNotFound."""
    return db.one(
        TimesRow,
        """
        SELECT b.id, b.reference, b.status, b.currency, b.scheduled_at, clock_timestamp() AS read_at,
               (SELECT coalesce(sum(p.reserved_minor + p.refunded_minor), 0) FROM marketplace.payment p
                 WHERE p.booking_id = b.id)::bigint AS given_minor
          FROM marketplace.booking b WHERE b.id = %(booking_id)s
        """,
        booking_id=booking_id,
        missing=rules.BookingNotFound(booking_id=booking_id),
    )


def list_paid(db: Db, booking_id: str) -> Query[list[PaidRow]]:
    """The latest first."""
    return db.all(
        PaidRow,
        """
        SELECT id, captured_minor,
               captured_minor - reserved_minor - refunded_minor - charged_back_minor AS left_minor,
               frozen_at IS NOT NULL AS is_frozen
          FROM marketplace.payment
         WHERE booking_id = %(booking_id)s AND captured_minor > 0 AND captured_late IS NULL
         ORDER BY created_at DESC, id DESC
        """,
        booking_id=booking_id,
    )


def get_standing(db: Db, booking_id: str) -> Query[StandingRow]:
    return db.one(
        StandingRow,
        """
        SELECT b.id, b.reference, b.status, b.admin_notes, b.cancellation_reason, b.cancelled_by,
               CASE b.cancelled_by WHEN 'customer' THEN b.customer_id WHEN 'vendor' THEN b.vendor_id
                    ELSE (SELECT m.staff_id FROM marketplace.booking_move m
                           WHERE m.booking_id = b.id AND m.became = 'cancelled' ORDER BY m.id DESC LIMIT 1)
               END AS canceller_id,
               b.cancelled_at, b.cancellation_rule, b.cancellation_fee_minor, b.updated_at, b.updated_by
          FROM marketplace.booking b WHERE b.id = %(booking_id)s
        """,
        booking_id=booking_id,
    )


GIVEN: LiteralString = """
    SELECT r.id::text AS id, r.number, r.payment_id, r.status, r.amount_minor, r.requested_at, a.quorum, a.votes
      FROM marketplace.payment p
      JOIN marketplace.refund r ON r.payment_id = p.id
      {standing}
     WHERE p.booking_id = %(booking_id)s AND r.origin = 'booking'
     ORDER BY r.requested_at, r.id
""".replace("{standing}", standing("marketplace", "refund.approved", subject="r.id::text"))


def list_given(db: Db, booking_id: str) -> Query[list[GivenRow]]:
    """What its cancellation gives back, or is to."""
    return db.all(GivenRow, GIVEN, booking_id=booking_id)


def set_notes(tx: Tx, booking_id: str, notes: str) -> Query[int]:
    """The notes, with a line in its history; the history has no place for what was written."""
    return tx.run(
        """
        WITH noted AS (
            UPDATE marketplace.booking
               SET admin_notes = %(notes)s, updated_at = clock_timestamp(), updated_by = %(staff_id)s
             WHERE id = %(booking_id)s RETURNING id)
        INSERT INTO marketplace.booking_event (booking_id, event, staff_id)
        SELECT id, 'notes_changed', %(staff_id)s FROM noted
        """,
        booking_id=booking_id,
        notes=notes,
        staff_id=tx.actor.staff_id,
    )


def set_terms(tx: Tx, booking_id: str, figure: Figure) -> Query[int]:
    """By which rule it was cancelled, and what stays."""
    return tx.run(
        """
        UPDATE marketplace.booking SET cancellation_rule = %(rule)s, cancellation_fee_minor = %(fee)s
         WHERE id = %(booking_id)s
        """,
        booking_id=booking_id,
        rule=figure.rule,
        fee=figure.fee_minor,
    )
