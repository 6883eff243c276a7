"""The payment's row. Lock order: customer, booking, payment, refund."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.payment import rules
from backoffice.marketplace.payment.rules import CapturedLate, Gateway, Method, Status


@dataclass(frozen=True, slots=True)
class PaymentRow:
    id: str
    external_id: str | None
    booking_id: str
    customer_id: int
    amount_minor: int
    currency: str
    method: Method
    gateway: Gateway
    gateway_payment_id: str | None
    status: Status
    captured_minor: int
    reserved_minor: int
    refunded_minor: int
    charged_back_minor: int
    frozen_at: datetime | None
    captured_late: CapturedLate | None

    @property
    def left_minor(self) -> int:
        """What may still be given back."""
        return self.captured_minor - self.reserved_minor - self.refunded_minor - self.charged_back_minor


def find_customer_id(db: Db, payment_id: str) -> Query[int | None]:
    """Whose payment it is, by its id or the platform's own; the customer is held before the payment."""
    return db.find_value(
        int,
        """
        SELECT customer_id FROM marketplace.payment WHERE id = %(id)s OR external_id = %(id)s
         ORDER BY id = %(id)s DESC LIMIT 1
        """,
        id=payment_id,
    )


def find_id(db: Db, gateway: Gateway, gateway_payment_id: str) -> Query[str | None]:
    """Our id of the payment that the gateway knows by its own."""
    return db.find_value(
        str,
        """
        SELECT id FROM marketplace.payment WHERE gateway = %(gateway)s AND gateway_payment_id = %(gateway_payment_id)s
        """,
        gateway=gateway,
        gateway_payment_id=gateway_payment_id,
    )


def lock_payment(tx: Tx, payment_id: str) -> Query[PaymentRow]:
    """The payment, by its id or the platform's own, held until this write ends. PaymentNotFound.

    Where the platform calls another one so, ours is meant: money never goes back of whichever comes first.
    """
    return tx.one(
        PaymentRow,
        """
        SELECT id, external_id, booking_id, customer_id, amount_minor, currency, method, gateway, gateway_payment_id,
               status, captured_minor, reserved_minor, refunded_minor, charged_back_minor, frozen_at, captured_late
          FROM marketplace.payment WHERE id = %(id)s OR external_id = %(id)s
         ORDER BY id = %(id)s DESC LIMIT 1 FOR UPDATE
        """,
        id=payment_id,
        missing=rules.PaymentNotFound(payment_id=payment_id),
    )


def find_captured_of(db: Db, booking_id: str) -> Query[str | None]:
    """The payment by which a booking was paid: the latest that was captured."""
    return db.find_value(
        str,
        """
        SELECT id FROM marketplace.payment WHERE booking_id = %(booking_id)s AND captured_minor > 0
         ORDER BY created_at DESC, id DESC LIMIT 1
        """,
        booking_id=booking_id,
    )


def insert_payment(tx: Tx, new: dict[str, Any]) -> Query[str | None]:
    """The new payment's id, pending; None where the platform's or the gateway's id is known already.

    Without `created_at` it was made now.
    """
    return tx.find_value(
        str,
        """
        INSERT INTO marketplace.payment (id, external_id, booking_id, customer_id, amount_minor, method, gateway,
                                         gateway_payment_id, created_at)
             VALUES (%(id)s, %(external_id)s, %(booking_id)s, %(customer_id)s, %(amount_minor)s, %(method)s,
                     %(gateway)s, %(gateway_payment_id)s, coalesce(%(created_at)s, now()))
        ON CONFLICT DO NOTHING
          RETURNING id
        """,
        **new,
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a payment; `captured_minor` is what came of it, None all of it."""

    status: Status
    reason: str | None = None
    at: datetime | None = None
    captured_minor: int | None = None


def set_outcome(tx: Tx, payment: PaymentRow, outcome: Outcome) -> Query[PaymentRow]:
    """Captured, or failed for a reason; of somebody who was erased no words are kept.

    Money for a booking that is off, or that was paid already, came too late.
    """
    return tx.one(
        PaymentRow,
        """
        UPDATE marketplace.payment p
           SET status = %(to)s, completed_at = coalesce(%(at)s, clock_timestamp()),
               failure_reason = CASE WHEN c.status <> 'deleted' THEN %(reason)s::text END,
               captured_minor = CASE WHEN %(to)s::text = 'success' THEN coalesce(%(captured)s, p.amount_minor)
                                     ELSE p.captured_minor END,
               captured_late = CASE WHEN %(to)s::text <> 'success' THEN p.captured_late
                                    WHEN b.status = 'cancelled' THEN 'booking_cancelled'
                                    WHEN o.kept > 0 AND o.kept + coalesce(%(captured)s, p.amount_minor) > b.amount_minor
                                    THEN 'paid_already' END
          FROM marketplace.booking b
          JOIN marketplace.customer c ON c.id = b.customer_id
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(captured_minor - refunded_minor - charged_back_minor), 0) AS kept
                 FROM marketplace.payment WHERE booking_id = b.id AND id <> %(id)s) o
         WHERE p.id = %(id)s AND p.status = %(expected)s AND b.id = p.booking_id
     RETURNING p.id, p.external_id, p.booking_id, p.customer_id, p.amount_minor, p.currency, p.method, p.gateway,
               p.gateway_payment_id, p.status, p.captured_minor, p.reserved_minor, p.refunded_minor,
               p.charged_back_minor, p.frozen_at, p.captured_late
        """,
        id=payment.id,
        expected=payment.status,
        to=outcome.status,
        reason=outcome.reason,
        at=outcome.at,
        captured=outcome.captured_minor,
    )
