"""The dispute's row and its timeline. Lock order: customer, booking, payment, refund, dispute."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.dispute import rules
from backoffice.marketplace.dispute.rules import Priority, Resolution, Source, Status, Type


@dataclass(frozen=True, slots=True)
class DisputeRow:
    id: int
    external_id: str | None
    reference: str
    customer_id: int
    vendor_id: int | None
    booking_id: str | None
    payment_id: str | None
    source: Source
    type: Type
    status: Status
    priority: Priority
    assigned_to: int | None
    resolution_type: Resolution | None
    refund_amount_minor: int | None
    resolution_deadline: datetime


@dataclass(frozen=True, slots=True)
class DetailRow:
    id: int
    dispute_reference: str
    type: Type
    category: str | None
    status: Status
    priority: Priority
    subject: str
    description: str
    booking_id: str | None
    booking_reference: str | None
    user_id: int
    user_name: str | None
    vendor_id: int | None
    vendor_name: str | None
    amount_disputed: int
    refund_requested: bool
    refund_amount: int | None
    created_at: datetime
    updated_at: datetime
    assigned_to: int | None
    assigned_to_name: str | None
    resolution_deadline: datetime
    vendor_response: str | None
    vendor_responded_at: datetime | None
    admin_notes: str | None
    resolution: str | None
    resolved_at: datetime | None
    resolution_type: Resolution | None


@dataclass(frozen=True, slots=True)
class EventRow:
    event: str
    actor_kind: str
    actor_name: str | None
    details: dict[str, Any]
    at: datetime


def find_customer_id(db: Db, dispute_id: int) -> Query[int | None]:
    return db.find_value(
        int, "SELECT customer_id FROM marketplace.dispute WHERE id = %(dispute_id)s", dispute_id=dispute_id
    )


def find_id(db: Db, external_id: str) -> Query[int | None]:
    return db.find_value(
        int, "SELECT id FROM marketplace.dispute WHERE external_id = %(external_id)s", external_id=external_id
    )


def lock_dispute(tx: Tx, dispute_id: int) -> Query[DisputeRow]:
    """The dispute, held until this write ends. DisputeNotFound."""
    return tx.one(
        DisputeRow,
        """
        SELECT id, external_id, reference, customer_id, vendor_id, booking_id, payment_id, source, type, status,
               priority, assigned_to, resolution_type, refund_amount_minor, resolution_deadline
          FROM marketplace.dispute WHERE id = %(dispute_id)s FOR UPDATE
        """,
        dispute_id=dispute_id,
        missing=rules.DisputeNotFound(dispute_id=dispute_id),
    )


def insert_dispute(tx: Tx, new: dict[str, Any], *, hours: int) -> Query[int | None]:
    """The new dispute's id; None where the platform's id is known already."""
    return tx.find_value(
        int,
        """
        INSERT INTO marketplace.dispute (external_id, reference, customer_id, vendor_id, booking_id, payment_id, source,
                                         type, category, priority, subject, description, amount_disputed_minor,
                                         refund_requested, refund_amount_minor, resolution_deadline)
             VALUES (%(external_id)s, kernel.next_reference('DSP', 4), %(customer_id)s, %(vendor_id)s, %(booking_id)s,
                     %(payment_id)s, %(source)s, %(type)s, %(category)s, %(priority)s, %(subject)s, %(description)s,
                     %(amount_disputed)s, %(refund_requested)s, %(refund_amount)s,
                     clock_timestamp() + %(hours)s * interval '1 hour')
        ON CONFLICT (external_id) DO NOTHING
          RETURNING id
        """,
        **new,
        hours=hours,
    )


def insert_event(tx: Tx, dispute_id: int, event: str, *, actor: str, **details: Any) -> Query[int]:
    """A line of the timeline: codes, ids and amounts alone."""
    return tx.run(
        """
        INSERT INTO marketplace.dispute_event (dispute_id, event, actor_kind, staff_id, details)
             VALUES (%(dispute_id)s, %(event)s, %(actor)s, %(staff_id)s, %(details)s)
        """,
        dispute_id=dispute_id,
        event=event,
        actor=actor,
        staff_id=tx.actor.staff_id,
        details=details,
    )


def set_status(tx: Tx, dispute: DisputeRow, to: Status) -> Query[str]:
    """The move. What a dispute was resolved to stays while it is resolved or closed."""
    return tx.value(
        str,
        """
        UPDATE marketplace.dispute
           SET status = %(to)s, updated_at = clock_timestamp(),
               resolved_at = CASE WHEN %(to)s::text IN ('resolved', 'rejected')
                                  THEN clock_timestamp() WHEN %(to)s::text = 'closed' THEN resolved_at END,
               resolved_by = CASE WHEN %(to)s::text IN ('resolved', 'rejected') THEN %(staff_id)s
                                  WHEN %(to)s::text = 'closed' THEN resolved_by END
         WHERE id = %(dispute_id)s AND status = %(expected)s
     RETURNING status
        """,
        dispute_id=dispute.id,
        expected=dispute.status,
        to=to,
        staff_id=tx.actor.staff_id,
    )


def set_resolution(
    tx: Tx, dispute_id: int, resolution: Resolution, *, amount_minor: int | None, details: str | None
) -> Query[int]:
    return tx.run(
        """
        UPDATE marketplace.dispute
           SET resolution_type = %(resolution)s, refund_amount_minor = coalesce(%(amount)s, refund_amount_minor),
               resolution = coalesce(%(details)s, resolution), updated_at = clock_timestamp()
         WHERE id = %(dispute_id)s
        """,
        dispute_id=dispute_id,
        resolution=resolution,
        amount=amount_minor,
        details=details,
    )


def set_notes(tx: Tx, dispute_id: int, notes: str) -> Query[int]:
    return tx.run(
        """
        UPDATE marketplace.dispute SET admin_notes = %(notes)s, updated_at = clock_timestamp()
         WHERE id = %(dispute_id)s
        """,
        dispute_id=dispute_id,
        notes=notes,
    )


def get_detail(db: Db, dispute_id: int) -> Query[DetailRow]:
    return db.one(
        DetailRow,
        """
        SELECT d.id, d.reference AS dispute_reference, d.type, d.category, d.status, d.priority, d.subject,
               d.description, d.booking_id, b.reference AS booking_reference, d.customer_id AS user_id,
               c.name AS user_name, d.vendor_id, v.display_name AS vendor_name,
               d.amount_disputed_minor AS amount_disputed, d.refund_requested, d.refund_amount_minor AS refund_amount,
               d.created_at, d.updated_at, d.assigned_to, s.full_name AS assigned_to_name, d.resolution_deadline,
               d.vendor_response, d.vendor_responded_at, d.admin_notes, d.resolution, d.resolved_at, d.resolution_type
          FROM marketplace.dispute d
          JOIN marketplace.customer c ON c.id = d.customer_id
          LEFT JOIN marketplace.vendor v ON v.id = d.vendor_id
          LEFT JOIN marketplace.booking b ON b.id = d.booking_id
          LEFT JOIN kernel.staff s ON s.id = d.assigned_to
         WHERE d.id = %(dispute_id)s
        """,
        dispute_id=dispute_id,
        missing=rules.DisputeNotFound(dispute_id=dispute_id),
    )


def list_events(db: Db, dispute_id: int) -> Query[list[EventRow]]:
    """Oldest first."""
    return db.all(
        EventRow,
        """
        SELECT e.event, e.actor_kind, s.full_name AS actor_name, e.details, e.at
          FROM marketplace.dispute_event e LEFT JOIN kernel.staff s ON s.id = e.staff_id
         WHERE e.dispute_id = %(dispute_id)s
         ORDER BY e.id
        """,
        dispute_id=dispute_id,
    )
