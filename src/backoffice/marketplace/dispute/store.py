"""The dispute's row, what is written of it, and its timeline. Lock order: customer, booking, payment, refund, dispute.

What is said stands in told.py, where customers read it too, and in notes.py, which is for staff alone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.kernel.database import Db, Query
from backoffice.kernel.urgency import Priority
from backoffice.kernel.write import Tx
from backoffice.marketplace.dispute import rules
from backoffice.marketplace.dispute.rules import Resolution, Source, Status, Type


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
    reminded_at: datetime | None
    escalated_at: datetime | None


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
               priority, assigned_to, resolution_type, refund_amount_minor, resolution_deadline, reminded_at,
               escalated_at
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
                                         refund_requested, refund_amount_minor, notify_user, notify_vendor,
                                         resolution_deadline)
             VALUES (%(external_id)s, kernel.next_reference('DSP', 4), %(customer_id)s, %(vendor_id)s, %(booking_id)s,
                     %(payment_id)s, %(source)s, %(type)s, %(category)s, %(priority)s, %(subject)s, %(description)s,
                     %(amount_disputed)s, %(refund_requested)s, %(refund_amount)s, %(notify_user)s, %(notify_vendor)s,
                     clock_timestamp() + %(hours)s * interval '1 hour')
        ON CONFLICT (external_id) DO NOTHING
          RETURNING id
        """,
        **new,
        hours=hours,
    )


def insert_event(tx: Tx, dispute_id: int, event: str, *, actor: str, **details: Any) -> Query[int]:
    """A line of the timeline: codes, ids and amounts alone. Its id names what happened wherever that is told once."""
    return tx.value(
        int,
        """
        INSERT INTO marketplace.dispute_event (dispute_id, event, actor_kind, staff_id, details)
             VALUES (%(dispute_id)s, %(event)s, %(actor)s, %(staff_id)s, %(details)s) RETURNING id
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


def set_begun_anew(tx: Tx, dispute_id: int, *, hours: int) -> Query[int]:
    """Opened again: as much time as a new one has, nothing decided; how it was decided stands in its history."""
    return tx.run(
        """
        UPDATE marketplace.dispute
           SET resolution_deadline = clock_timestamp() + %(hours)s * interval '1 hour', reminded_at = NULL,
               escalated_at = NULL, resolution = NULL, resolution_type = NULL
         WHERE id = %(dispute_id)s
        """,
        dispute_id=dispute_id,
        hours=hours,
    )


def set_resolution(
    tx: Tx, dispute_id: int, resolution: Resolution, *, amount_minor: int | None, details: str | None
) -> Query[int]:
    """Of somebody who was erased no words are kept."""
    return tx.run(
        """
        UPDATE marketplace.dispute d
           SET resolution_type = %(resolution)s, refund_amount_minor = coalesce(%(amount)s, d.refund_amount_minor),
               resolution = CASE WHEN c.status <> 'deleted' THEN coalesce(%(details)s, d.resolution) END,
               updated_at = clock_timestamp()
          FROM marketplace.customer c
         WHERE d.id = %(dispute_id)s AND c.id = d.customer_id
        """,
        dispute_id=dispute_id,
        resolution=resolution,
        amount=amount_minor,
        details=details,
    )


def set_rejected(tx: Tx, dispute_id: int, *, details: str | None) -> Query[int]:
    """What a decision that waited for a second person would have been is gone. Of the erased no words are kept."""
    return tx.run(
        """
        UPDATE marketplace.dispute d
           SET resolution_type = NULL, resolution = CASE WHEN c.status <> 'deleted' THEN %(details)s::text END
          FROM marketplace.customer c
         WHERE d.id = %(dispute_id)s AND c.id = d.customer_id
        """,
        dispute_id=dispute_id,
        details=details,
    )


def set_wishes(tx: Tx, dispute_id: int, *, user: bool, vendor: bool) -> Query[int]:
    """Whom to tell of what becomes of it."""
    return tx.run(
        """
        UPDATE marketplace.dispute SET notify_user = %(user)s, notify_vendor = %(vendor)s WHERE id = %(dispute_id)s
        """,
        dispute_id=dispute_id,
        user=user,
        vendor=vendor,
    )


def insert_decision(tx: Tx, dispute_id: int) -> Query[int]:
    """What was decided, as the dispute's row says it now."""
    return tx.run(
        """
        INSERT INTO marketplace.dispute_decision (dispute_id, became, resolution_type, refund_amount_minor, resolution,
                                                  staff_id)
        SELECT id, status, CASE WHEN status = 'resolved' THEN resolution_type END,
               CASE WHEN status = 'resolved' AND resolution_type IN ('full_refund', 'partial_refund')
                    THEN refund_amount_minor END,
               resolution, %(staff_id)s
          FROM marketplace.dispute WHERE id = %(dispute_id)s
        """,
        dispute_id=dispute_id,
        staff_id=tx.actor.staff_id,
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


def set_assigned(tx: Tx, dispute_id: int, staff_id: int) -> Query[int]:
    return tx.run(
        """
        UPDATE marketplace.dispute SET assigned_to = %(staff_id)s, updated_at = clock_timestamp()
         WHERE id = %(dispute_id)s
        """,
        dispute_id=dispute_id,
        staff_id=staff_id,
    )


def set_priority(tx: Tx, dispute_id: int, priority: Priority) -> Query[int]:
    return tx.run(
        """
        UPDATE marketplace.dispute SET priority = %(priority)s, updated_at = clock_timestamp()
         WHERE id = %(dispute_id)s
        """,
        dispute_id=dispute_id,
        priority=priority,
    )


def set_touched(tx: Tx, dispute_id: int) -> Query[int]:
    """Something was said or shown: the dispute is as new as that."""
    return tx.run(
        "UPDATE marketplace.dispute SET updated_at = clock_timestamp() WHERE id = %(dispute_id)s", dispute_id=dispute_id
    )


def set_vendor_response(tx: Tx, dispute_id: int, response: str) -> Query[bool]:
    """False where the vendor said just that before: then nothing changes."""
    return tx.find_value(
        bool,
        """
        UPDATE marketplace.dispute
           SET vendor_response = %(response)s, vendor_responded_at = clock_timestamp(), updated_at = clock_timestamp()
         WHERE id = %(dispute_id)s AND vendor_response IS DISTINCT FROM %(response)s
     RETURNING true
        """,
        dispute_id=dispute_id,
        response=response,
    ).then(bool)


def set_reminded(tx: Tx, dispute_id: int) -> Query[int]:
    return tx.run(
        "UPDATE marketplace.dispute SET reminded_at = clock_timestamp() WHERE id = %(dispute_id)s",
        dispute_id=dispute_id,
    )


def set_escalated(tx: Tx, dispute_id: int, priority: Priority) -> Query[int]:
    return tx.run(
        """
        UPDATE marketplace.dispute
           SET priority = %(priority)s, escalated_at = clock_timestamp(), updated_at = clock_timestamp()
         WHERE id = %(dispute_id)s
        """,
        dispute_id=dispute_id,
        priority=priority,
    )


def list_to_remind(db: Db, *, hours: int, limit: int) -> Query[list[int]]:
    """Those whose time has almost run out, the nearest deadline first, and nobody was reminded."""
    return db.values(
        int,
        """
        SELECT id FROM marketplace.dispute
         WHERE status IN ('open', 'in_progress') AND reminded_at IS NULL AND resolution_deadline > clock_timestamp()
           AND resolution_deadline <= clock_timestamp() + %(hours)s * interval '1 hour'
         ORDER BY resolution_deadline, id LIMIT %(limit)s
        """,
        hours=hours,
        limit=limit,
    )


def list_to_escalate(db: Db, *, limit: int) -> Query[list[int]]:
    """Those whose time has run out, and that were not escalated."""
    return db.values(
        int,
        """
        SELECT id FROM marketplace.dispute
         WHERE status IN ('open', 'in_progress') AND escalated_at IS NULL AND resolution_deadline <= clock_timestamp()
         ORDER BY resolution_deadline, id LIMIT %(limit)s
        """,
        limit=limit,
    )
