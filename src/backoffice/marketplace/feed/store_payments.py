"""Staged payments: those that nothing speaks against come in at once, the rest is told one by one."""

from collections.abc import Sequence
from dataclasses import asdict

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.feed.store import Slice
from backoffice.marketplace.feed.store_bookings import RestRow


def insert_payments(tx: Tx, part: Slice) -> Query[int]:
    """New ones, each captured at most once for its booking and none of a booking that was called off.

    Of somebody who was erased no words are kept.
    """
    return tx.run(
        """
        INSERT INTO marketplace.payment (id, external_id, booking_id, customer_id, amount_minor, method, gateway,
                                         gateway_payment_id, status, failure_reason, captured_minor, created_at,
                                         completed_at)
        SELECT 'pay_' || own_id, external_id, booking_id, customer_id, amount_minor, method, gateway,
               gateway_payment_id, status,
               CASE WHEN NOT is_erased THEN failure_reason END, CASE status WHEN 'success' THEN amount_minor ELSE 0 END,
               coalesce(created_at, completed_at, now()),
               CASE WHEN status <> 'pending' THEN coalesce(completed_at, created_at, now()) END
          FROM (SELECT f.*, s.line, s.id AS own_id, b.id AS booking_id, b.customer_id, b.status AS booking_status,
                       c.status = 'deleted' AS is_erased,
                       row_number() OVER (PARTITION BY b.id, f.status ORDER BY s.line) AS turn
                  FROM marketplace.staged s
                 CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (
                       external_id text, booking text, amount_minor bigint, method text, gateway text,
                       gateway_payment_id text, status text, failure_reason text, created_at timestamptz,
                       completed_at timestamptz)
                  JOIN marketplace.booking b ON b.id = f.booking OR b.external_id = f.booking
                  JOIN marketplace.customer c ON c.id = b.customer_id
                 WHERE s.batch = %(batch)s AND s.kind = 'payment' AND s.line BETWEEN %(first)s AND %(last)s) told
         WHERE NOT EXISTS (SELECT FROM marketplace.payment known WHERE known.external_id = told.external_id)
           AND (status <> 'success' OR (turn = 1 AND booking_status <> 'cancelled' AND NOT EXISTS (
               SELECT FROM marketplace.payment p WHERE p.booking_id = told.booking_id AND p.captured_minor > 0)))
         ORDER BY line
        ON CONFLICT DO NOTHING
        """,
        **asdict(part),
    )


def list_rest(db: Db, part: Slice) -> Query[list[RestRow]]:
    """Lines that do not stand here as they are told."""
    return db.all(
        RestRow,
        """
        SELECT s.line, s.facts FROM marketplace.staged s
         CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (
               booking text, amount_minor bigint, gateway text, gateway_payment_id text, status text)
         WHERE s.batch = %(batch)s AND s.kind = 'payment' AND s.line BETWEEN %(first)s AND %(last)s
           AND NOT EXISTS (
               SELECT FROM marketplace.payment p JOIN marketplace.booking b ON b.id = p.booking_id
                WHERE p.external_id = s.external_id AND f.booking IN (b.id, b.external_id)
                  AND p.amount_minor = f.amount_minor
                  AND (p.gateway, p.gateway_payment_id) = (f.gateway, f.gateway_payment_id)
                  AND (f.status IN (p.status, 'pending') OR (f.status = 'success' AND p.captured_minor > 0)))
         ORDER BY s.line
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )


def follow_payments(tx: Tx, bookings: Sequence[str]) -> Query[int]:
    """What these bookings came in as, before a payment of theirs was refused, set right. They are named as lines do."""
    return tx.run(
        """
        SELECT marketplace.follow_payments(
               ARRAY(SELECT id FROM marketplace.booking WHERE external_id = ANY (%(bookings)s) ORDER BY id))
        """,
        bookings=bookings,
    )


def is_known(db: Db, external_id: str) -> Query[bool]:
    return db.value(
        bool,
        "SELECT EXISTS (SELECT FROM marketplace.payment WHERE external_id = %(external_id)s)",
        external_id=external_id,
    )
