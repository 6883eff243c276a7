"""One dispute with everything that staff may know of it: messages and notes, timeline, decisions, what it is about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.kernel.database import Db, Query, together
from backoffice.marketplace.dispute import notes, rules, told
from backoffice.marketplace.dispute.listing import DISPUTES, ListedRow
from backoffice.marketplace.dispute.notes import NoteRow
from backoffice.marketplace.dispute.shapes import DecisionOut, RelatedBookingOut, RelatedPaymentOut
from backoffice.marketplace.dispute.told import MessageRow


@dataclass(frozen=True, slots=True)
class EventRow:
    event: str
    actor_kind: str
    actor_name: str | None
    to_name: str | None
    details: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Whole:
    """One dispute with everything that staff may know of it."""

    dispute: ListedRow
    messages: list[MessageRow]
    notes: list[NoteRow]
    events: list[EventRow]
    decisions: list[DecisionOut]
    bookings: list[RelatedBookingOut]
    payments: list[RelatedPaymentOut]


async def get_whole(db: Db, dispute_id: int) -> Whole:
    """In one round trip. DisputeNotFound."""
    missing = rules.DisputeNotFound(dispute_id=dispute_id)
    return Whole(
        *await together(
            DISPUTES.one(db, dispute_id, missing=missing),
            told.list_messages(db, dispute_id),
            notes.list_notes(db, dispute_id),
            list_events(db, dispute_id),
            list_decisions(db, dispute_id),
            list_bookings(db, dispute_id),
            list_payments(db, dispute_id),
        )
    )


def list_events(db: Db, dispute_id: int) -> Query[list[EventRow]]:
    """Oldest first."""
    return db.all(
        EventRow,
        """
        SELECT e.event, e.actor_kind, s.full_name AS actor_name, t.full_name AS to_name, e.details, e.at
          FROM marketplace.dispute_event e
          LEFT JOIN kernel.staff s ON s.id = e.staff_id
          LEFT JOIN kernel.staff t ON e.event = 'assigned' AND t.id = (e.details ->> 'to')::bigint
         WHERE e.dispute_id = %(dispute_id)s
         ORDER BY e.id
        """,
        dispute_id=dispute_id,
    )


def list_decisions(db: Db, dispute_id: int) -> Query[list[DecisionOut]]:
    """Oldest first."""
    return db.all(
        DecisionOut,
        """
        SELECT e.became AS status, e.resolution_type, e.refund_amount_minor AS refund_amount, e.resolution,
               e.staff_id AS decided_by, s.full_name AS decided_by_name, e.decided_at
          FROM marketplace.dispute_decision e LEFT JOIN kernel.staff s ON s.id = e.staff_id
         WHERE e.dispute_id = %(dispute_id)s
         ORDER BY e.id
        """,
        dispute_id=dispute_id,
    )


def list_bookings(db: Db, dispute_id: int) -> Query[list[RelatedBookingOut]]:
    return db.all(
        RelatedBookingOut,
        """
        SELECT b.id, b.reference AS booking_reference, b.service_id, s.name AS service_name,
               CASE WHEN b.payment_status = 'refunded' THEN 'refunded' ELSE b.status END AS status,
               b.scheduled_at AS booking_date, b.amount_minor AS amount, b.payment_status, b.created_at
          FROM marketplace.dispute d
          JOIN marketplace.booking b ON b.id = d.booking_id
          JOIN marketplace.service s ON s.id = b.service_id
         WHERE d.id = %(dispute_id)s
        """,
        dispute_id=dispute_id,
    )


def list_payments(db: Db, dispute_id: int) -> Query[list[RelatedPaymentOut]]:
    """Every payment of its booking, the newest first."""
    return db.all(
        RelatedPaymentOut,
        """
        SELECT p.id, p.booking_id, p.amount_minor AS amount, p.method AS payment_method, p.gateway AS payment_gateway,
               p.gateway_payment_id AS gateway_transaction_id, p.status, p.failure_reason,
               p.refunded_minor AS refund_amount, p.created_at, p.completed_at
          FROM marketplace.dispute d
          JOIN marketplace.payment p ON p.booking_id = d.booking_id
         WHERE d.id = %(dispute_id)s
         ORDER BY p.created_at DESC, p.id DESC
        """,
        dispute_id=dispute_id,
    )
