"""The takedown request's row, how it was decided, its timeline. Lock order: customer, review, request, vendor."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.review.rules import Status as ReviewStatus
from backoffice.marketplace.takedown import rules
from backoffice.marketplace.takedown.rules import Party, Reason, Status, Verdict


@dataclass(frozen=True, slots=True)
class RequestRow:
    id: UUID
    external_id: str | None
    number: str
    review_id: int
    vendor_id: int
    customer_id: int
    status: Status
    reason_code: Reason
    resolved_at: datetime | None
    resolved_by: int | None
    appealed_by: Party | None
    appealed_at: datetime | None


def find_review_id(db: Db, request_id: UUID) -> Query[int | None]:
    return db.find_value(
        int, "SELECT review_id FROM marketplace.takedown_request WHERE id = %(request_id)s", request_id=request_id
    )


def find_called(db: Db, external_id: str) -> Query[RequestRow | None]:
    """The request that the platform calls so."""
    return db.find(
        RequestRow,
        """
        SELECT id, external_id, number, review_id, vendor_id, customer_id, status, reason_code, resolved_at,
               resolved_by, appealed_by, appealed_at
          FROM marketplace.takedown_request WHERE external_id = %(external_id)s
        """,
        external_id=external_id,
    )


def find_latest_of(db: Db, review_id: int) -> Query[RequestRow | None]:
    return db.find(
        RequestRow,
        """
        SELECT id, external_id, number, review_id, vendor_id, customer_id, status, reason_code, resolved_at,
               resolved_by, appealed_by, appealed_at
          FROM marketplace.takedown_request WHERE review_id = %(review_id)s ORDER BY created_at DESC LIMIT 1
        """,
        review_id=review_id,
    )


def lock_request(tx: Tx, request_id: UUID) -> Query[RequestRow]:
    """The request, held until this write ends. RequestNotFound."""
    return tx.one(
        RequestRow,
        """
        SELECT id, external_id, number, review_id, vendor_id, customer_id, status, reason_code, resolved_at,
               resolved_by, appealed_by, appealed_at
          FROM marketplace.takedown_request WHERE id = %(request_id)s FOR UPDATE
        """,
        request_id=request_id,
        missing=rules.RequestNotFound(request_id=str(request_id)),
    )


def insert_request(tx: Tx, new: dict[str, Any]) -> Query[RequestRow | None]:
    """The new request; None where the platform's id is known already."""
    return tx.find(
        RequestRow,
        """
        INSERT INTO marketplace.takedown_request (id, external_id, number, review_id, vendor_id, customer_id,
                                                  reason_code, reason_description, vendor_notes)
             VALUES (%(id)s, %(external_id)s, kernel.next_reference('TR', 6), %(review_id)s, %(vendor_id)s,
                     %(customer_id)s, %(reason_code)s, %(reason_description)s, %(vendor_notes)s)
        ON CONFLICT (external_id) DO NOTHING
          RETURNING id, external_id, number, review_id, vendor_id, customer_id, status, reason_code, resolved_at,
                    resolved_by, appealed_by, appealed_at
        """,
        **new,
    )


def insert_event(tx: Tx, request_id: UUID, event: str, *, actor: str, **details: Any) -> Query[int]:
    """A line of the timeline: codes and ids alone. Its id names what happened wherever that is told once."""
    return tx.value(
        int,
        """
        INSERT INTO marketplace.takedown_event (request_id, event, actor_kind, staff_id, details)
             VALUES (%(request_id)s, %(event)s, %(actor)s, %(staff_id)s, %(details)s) RETURNING id
        """,
        request_id=request_id,
        event=event,
        actor=actor,
        staff_id=tx.actor.staff_id,
        details=details,
    )


def set_resolved(tx: Tx, request: RequestRow, verdict: Verdict, *, became: ReviewStatus) -> Query[str]:
    """`became` is how the review is seen from then on. Of a reviewer who was erased no words are kept."""
    return tx.value(
        str,
        """
        UPDATE marketplace.takedown_request q
           SET status = %(status)s, action = %(action)s,
               resolution = CASE WHEN c.status <> 'deleted' THEN %(resolution)s::text END,
               admin_notes = CASE WHEN c.status <> 'deleted' THEN %(notes)s::text END,
               review_became = %(became)s, resolved_by = %(staff_id)s, resolved_at = clock_timestamp(),
               updated_at = clock_timestamp()
          FROM marketplace.customer c
         WHERE q.id = %(request_id)s AND q.status = 'open' AND c.id = q.customer_id
     RETURNING q.status
        """,
        request_id=request.id,
        status=rules.DECIDED[verdict.decision],
        action=verdict.action,
        resolution=verdict.reason,
        notes=verdict.notes,
        became=became,
        staff_id=tx.actor.id,
    )


def insert_decision(tx: Tx, request_id: UUID, verdict: Verdict) -> Query[int]:
    return tx.run(
        """
        INSERT INTO marketplace.takedown_decision (request_id, decision, action, resolution, admin_notes, staff_id)
        SELECT q.id, %(decision)s, %(action)s, CASE WHEN c.status <> 'deleted' THEN %(resolution)s::text END,
               CASE WHEN c.status <> 'deleted' THEN %(notes)s::text END, %(staff_id)s
          FROM marketplace.takedown_request q JOIN marketplace.customer c ON c.id = q.customer_id
         WHERE q.id = %(request_id)s
        """,
        request_id=request_id,
        decision=verdict.decision,
        action=verdict.action,
        resolution=verdict.reason,
        notes=verdict.notes,
        staff_id=tx.actor.id,
    )


def set_notified(tx: Tx, request_id: UUID, *, vendor: bool, reviewer: bool) -> Query[int]:
    """Who was told of the decision."""
    return tx.run(
        """
        UPDATE marketplace.takedown_request SET vendor_notified = %(vendor)s, reviewer_notified = %(reviewer)s
         WHERE id = %(request_id)s
        """,
        request_id=request_id,
        vendor=vendor,
        reviewer=reviewer,
    )


def set_appealed(tx: Tx, request: RequestRow, by: Party, *, reason: str) -> Query[str]:
    """Open again, as if nothing was decided; how it was decided stands in its history."""
    return tx.value(
        str,
        """
        UPDATE marketplace.takedown_request
           SET status = 'open', action = NULL, resolution = NULL, admin_notes = NULL, review_became = NULL,
               resolved_at = NULL, resolved_by = NULL, vendor_notified = false, reviewer_notified = false,
               appealed_by = %(by)s, appeal = %(reason)s, appealed_at = clock_timestamp(),
               updated_at = clock_timestamp()
         WHERE id = %(request_id)s AND status = %(expected)s
     RETURNING status
        """,
        request_id=request.id,
        expected=request.status,
        by=by,
        reason=reason,
    )


def find_decider(db: Db, request_id: UUID) -> Query[int | None]:
    """Who decided it last; nobody before the first decision."""
    return db.find_value(
        int,
        """
        SELECT staff_id FROM marketplace.takedown_decision WHERE request_id = %(request_id)s ORDER BY id DESC LIMIT 1
        """,
        request_id=request_id,
    )


def took_it_down(db: Db, request: RequestRow) -> Query[bool]:
    """Whether it is this request because of which nobody sees the review now."""
    return db.value(
        bool,
        """
        SELECT coalesce((SELECT request_id = %(request_id)s AND became <> 'published'
                           FROM marketplace.review_moderation
                          WHERE review_id = %(review_id)s ORDER BY id DESC LIMIT 1), false)
        """,
        request_id=request.id,
        review_id=request.review_id,
    )
