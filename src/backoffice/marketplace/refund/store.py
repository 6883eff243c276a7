"""The refund's row. What a payment's refunds take of it the payment knows by trigger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from backoffice.kernel.database import Db, Query
from backoffice.kernel.gateways.payments import Refunded, RefundOutcome
from backoffice.kernel.urgency import Priority
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.payment.rules import Gateway, Method
from backoffice.marketplace.payment.store import PaymentRow
from backoffice.marketplace.refund import rules
from backoffice.marketplace.refund.rules import Origin, RequestedBy, Status


@dataclass(frozen=True, slots=True)
class RefundRow:
    id: UUID
    external_id: str | None
    number: str
    payment_id: str
    booking_id: str
    customer_id: int
    dispute_id: int | None
    origin: Origin
    status: Status
    requested_minor: int
    amount_minor: int
    currency: str
    decided_by: int | None
    decided_at: datetime | None
    gateway_refund_id: str | None
    method: Method
    gateway: Gateway
    gateway_payment_id: str | None
    captured_minor: int
    is_frozen: bool
    first_sent_at: datetime | None
    tries: int


@dataclass(frozen=True, slots=True)
class NewRefund:
    """`vendor_id` and `customer_id` are the booking's."""

    id: UUID
    payment_id: str
    amount_minor: int
    origin: Origin
    reason: str
    requested_by: RequestedBy
    description: str | None = None
    dispute_id: int | None = None
    priority: Priority = Priority.MEDIUM
    external_id: str | None = None
    evidence: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Why somebody decided; `amount_minor` is what they approve, None all that was asked for.

    `offer` is what a rejected customer is offered instead: no money moves by it.
    """

    amount_minor: int | None = None
    reason: str | None = None
    notes: str | None = None
    offer: str | None = None


REFUND: LiteralString = """
    SELECT r.id, r.external_id, r.number, r.payment_id, r.booking_id, r.customer_id, r.dispute_id, r.origin, r.status,
           r.requested_minor, r.amount_minor, r.currency, r.decided_by, r.decided_at, r.gateway_refund_id,
           p.method, p.gateway, p.gateway_payment_id, p.captured_minor, p.frozen_at IS NOT NULL AS is_frozen,
           r.first_sent_at, r.tries
      FROM marketplace.refund r JOIN marketplace.payment p ON p.id = r.payment_id
     WHERE r.id = %(refund_id)s
"""


def lock_refund(tx: Tx, refund_id: UUID) -> Query[RefundRow]:
    """The refund with what its gateway knows it by, held until this write ends. RefundNotFound."""
    missing = rules.RefundNotFound(refund_id=str(refund_id))
    return tx.one(RefundRow, REFUND + " FOR UPDATE OF r", refund_id=refund_id, missing=missing)


def get_refund(db: Db, refund_id: UUID) -> Query[RefundRow]:
    """The same, as it is at the moment. RefundNotFound."""
    return db.one(RefundRow, REFUND, refund_id=refund_id, missing=rules.RefundNotFound(refund_id=str(refund_id)))


@dataclass(frozen=True, slots=True)
class VendorRow:
    name: str
    email: str | None = field(repr=False)


def get_vendor(db: Db, refund_id: UUID) -> Query[VendorRow]:
    """The vendor whose booking it is."""
    return db.one(
        VendorRow,
        """
        SELECT v.display_name AS name, v.email
          FROM marketplace.refund r JOIN marketplace.vendor v ON v.id = r.vendor_id WHERE r.id = %(refund_id)s
        """,
        refund_id=refund_id,
    )


def find_payment_id(db: Db, refund_id: UUID) -> Query[str | None]:
    return db.find_value(str, "SELECT payment_id FROM marketplace.refund WHERE id = %(refund_id)s", refund_id=refund_id)


def find_pending_of(db: Db, dispute_id: int) -> Query[UUID | None]:
    """The refund of a dispute that waits for a decision."""
    return db.find_value(
        UUID,
        "SELECT id FROM marketplace.refund WHERE dispute_id = %(dispute_id)s AND status = 'pending'",
        dispute_id=dispute_id,
    )


def list_holding(db: Db, payment_id: str, *, but: UUID | None) -> Query[list[str]]:
    """Numbers of the refunds that hold money of a payment, the latest ten first."""
    return db.values(
        str,
        """
        SELECT number FROM marketplace.refund
         WHERE payment_id = %(payment_id)s AND status IN ('pending', 'approved') AND id IS DISTINCT FROM %(but)s
         ORDER BY requested_at DESC, id DESC LIMIT 10
        """,
        payment_id=payment_id,
        but=but,
    )


def sum_beside(db: Db, payment: PaymentRow) -> Query[int]:
    """What goes back of its booking's other payments, or is asked for, in minor units."""
    return db.value(
        int,
        """
        SELECT coalesce(sum(reserved_minor + refunded_minor), 0)::bigint FROM marketplace.payment
         WHERE booking_id = %(booking_id)s AND id <> %(payment_id)s
        """,
        booking_id=payment.booking_id,
        payment_id=payment.id,
    )


def find_id(db: Db, external_id: str) -> Query[UUID | None]:
    return db.find_value(
        UUID, "SELECT id FROM marketplace.refund WHERE external_id = %(external_id)s", external_id=external_id
    )


def insert_refund(tx: Tx, new: NewRefund) -> Query[str | None]:
    """Its number; None where the platform's id is known already. Its payment reserves the amount, or this fails.
    Of somebody who was erased no words of staff are kept.
    """
    return tx.find_value(
        str,
        """
        INSERT INTO marketplace.refund (id, external_id, number, payment_id, booking_id, customer_id, vendor_id,
                                        dispute_id, origin, requested_minor, amount_minor, reason, description,
                                        evidence, priority, requested_by, requested_by_id)
        SELECT %(id)s, %(external_id)s, kernel.next_reference('RF', 6), p.id, b.id, b.customer_id, b.vendor_id,
               %(dispute_id)s, %(origin)s, %(amount)s, %(amount)s,
               CASE WHEN c.status <> 'deleted' OR %(origin)s::text IN ('request', 'dispute') THEN %(reason)s::text
                    ELSE %(erased)s END,
               CASE WHEN c.status <> 'deleted' THEN %(description)s::text END, %(evidence)s, %(priority)s,
               %(requested_by)s, %(staff_id)s
          FROM marketplace.payment p
          JOIN marketplace.booking b ON b.id = p.booking_id
          JOIN marketplace.customer c ON c.id = b.customer_id
         WHERE p.id = %(payment_id)s
        ON CONFLICT (external_id) DO NOTHING
     RETURNING number
        """,
        id=new.id,
        external_id=new.external_id,
        payment_id=new.payment_id,
        dispute_id=new.dispute_id,
        origin=new.origin,
        amount=new.amount_minor,
        reason=new.reason,
        erased=customer_rules.ERASED,
        description=new.description,
        evidence=Jsonb(list(new.evidence)),
        priority=new.priority,
        requested_by=new.requested_by,
        staff_id=tx.actor.staff_id,
    )


def set_decided(tx: Tx, refund: RefundRow, *, to: Status, decision: Decision) -> Query[str]:
    """Of somebody who was erased no words are kept."""
    return tx.value(
        str,
        """
        UPDATE marketplace.refund r
           SET status = %(to)s, amount_minor = %(amount)s, decided_by = %(staff_id)s, decided_at = clock_timestamp(),
               decision_reason = CASE WHEN c.status <> 'deleted' THEN %(reason)s::text END,
               admin_notes = CASE WHEN c.status <> 'deleted' THEN coalesce(%(notes)s, r.admin_notes) END,
               offered_instead = %(offer)s, failure_code = NULL, failure_reason = NULL,
               tries = r.tries + (r.status = 'failed')::int,
               first_sent_at = CASE WHEN r.status = 'failed' THEN NULL ELSE r.first_sent_at END,
               last_sent_at = CASE WHEN r.status = 'failed' THEN NULL ELSE r.last_sent_at END
          FROM marketplace.customer c
         WHERE r.id = %(refund_id)s AND r.status = %(expected)s AND c.id = r.customer_id
     RETURNING r.status
        """,
        refund_id=refund.id,
        expected=refund.status,
        to=to,
        amount=refund.amount_minor if decision.amount_minor is None else decision.amount_minor,
        reason=decision.reason,
        notes=decision.notes,
        offer=decision.offer,
        staff_id=tx.actor.staff_id,
    )


def set_sending(tx: Tx, refund: RefundRow) -> Query[int]:
    """The intent, before the gateway is asked."""
    return tx.run(
        """
        UPDATE marketplace.refund
           SET sends = sends + 1, last_sent_at = clock_timestamp(),
               first_sent_at = coalesce(first_sent_at, clock_timestamp())
         WHERE id = %(refund_id)s AND status = 'approved'
        """,
        refund_id=refund.id,
    )


def set_waiting(tx: Tx, refund_id: UUID, because: str) -> Query[int]:
    """Why nothing is known of it yet, for whoever looks at it."""
    return tx.run(
        """
        UPDATE marketplace.refund SET waits_because = %(because)s
         WHERE id = %(refund_id)s AND status = 'approved'
        """,
        refund_id=refund_id,
        because=because[: rules.LONGEST_REASON],
    )


def set_outcome(tx: Tx, refund: RefundRow, outcome: RefundOutcome) -> Query[str]:
    """What the gateway made of it."""
    is_done = isinstance(outcome, Refunded)
    return tx.value(
        str,
        """
        UPDATE marketplace.refund
           SET status = %(to)s, gateway_refund_id = coalesce(%(reference)s, gateway_refund_id),
               failure_code = %(code)s, failure_reason = %(reason)s, waits_because = NULL,
               processed_at = CASE WHEN %(to)s::text = 'processed' THEN clock_timestamp() END
         WHERE id = %(refund_id)s AND status = %(expected)s
     RETURNING status
        """,
        refund_id=refund.id,
        expected=refund.status,
        to=Status.PROCESSED if is_done else Status.FAILED,
        reference=getattr(outcome, "reference", None),
        code=getattr(outcome, "code", None),
        reason=getattr(outcome, "reason", None),
    )


def list_unsent(tx: Tx, payment_id: str) -> Query[list[UUID]]:
    """Refunds of a payment that wait for a decision or have not left yet, the youngest first."""
    return tx.values(
        UUID,
        """
        SELECT id FROM marketplace.refund
         WHERE payment_id = %(payment_id)s AND status IN ('pending', 'approved') AND first_sent_at IS NULL
         ORDER BY requested_at DESC, id DESC
        """,
        payment_id=payment_id,
    )


def list_on_their_way(db: Db, *, before: datetime) -> Query[list[UUID]]:
    """Approved, and nothing was heard since then: those that left, longest unasked first; those that wait, by lot."""
    return db.values(
        UUID,
        """
        SELECT id FROM marketplace.refund
         WHERE status = 'approved' AND coalesce(last_sent_at, decided_at) < %(before)s
         ORDER BY first_sent_at IS NULL, last_sent_at, random() LIMIT 500
        """,
        before=before,
    )
