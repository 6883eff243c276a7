"""Refunds that left before a restore: made known again under their own ids, or kept apart until that can be done.

And what else went back of a payment by its gateway's word, not by our books.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.refund.rules import LEFT, Origin
from backoffice.marketplace.refund.store import RefundRow


@dataclass(frozen=True, slots=True)
class LeftRow:
    """A refund that left for its gateway, as the journal tells it. `tries` says under which of its keys."""

    refund_id: UUID
    payment_id: str
    gateway: Gateway
    gateway_payment_id: str | None
    tries: int
    amount_minor: int
    requested_minor: int
    left_at: datetime
    number: str | None
    origin: Origin
    external_id: str | None
    dispute_id: int | None


def list_missing(db: Db, refund_ids: list[UUID]) -> Query[list[UUID]]:
    """Those of the refunds that are not here."""
    return db.values(
        UUID,
        """
        SELECT id FROM unnest(%(refund_ids)s::uuid[]) AS told (id)
         WHERE NOT EXISTS (SELECT FROM marketplace.refund r WHERE r.id = told.id)
        """,
        refund_ids=refund_ids,
    )


def insert_left(tx: Tx, left: LeftRow, *, payment_id: str) -> Query[int]:
    """It waits, with its amount reserved, under its own id. No free words of it are known.

    It keeps its number, if no other refund has it or will get it. Its dispute is named if it is one of this customer.
    """
    return tx.run(
        """
        INSERT INTO marketplace.refund (id, external_id, number, payment_id, booking_id, customer_id, vendor_id,
                                        dispute_id, origin, requested_minor, amount_minor, reason, requested_by)
        SELECT %(id)s,
               (SELECT e FROM (VALUES (%(external_id)s::text)) AS told (e)
                 WHERE NOT EXISTS (SELECT FROM marketplace.refund WHERE external_id = e)),
               coalesce((SELECT n FROM (VALUES (%(number)s::text)) AS told (n)
                          WHERE NOT EXISTS (SELECT FROM marketplace.refund WHERE number = n)
                            AND split_part(n, '-', 3)::bigint <= pg_sequence_last_value(
                                    to_regclass('kernel.reference_rf_' || split_part(n, '-', 2)))),
                        kernel.next_reference('RF', 6)),
               p.id, b.id, b.customer_id, b.vendor_id,
               (SELECT id FROM marketplace.dispute WHERE id = %(dispute_id)s AND customer_id = b.customer_id),
               %(origin)s, %(requested)s, %(amount)s, 'left_before_restore', 'admin'
          FROM marketplace.payment p JOIN marketplace.booking b ON b.id = p.booking_id
         WHERE p.id = %(payment_id)s
        """,
        id=left.refund_id,
        external_id=left.external_id,
        number=left.number,
        payment_id=payment_id,
        dispute_id=left.dispute_id,
        origin=left.origin,
        requested=left.requested_minor,
        amount=left.amount_minor,
    )


def set_left(tx: Tx, left: LeftRow) -> Query[str]:
    """Decided by whoever decided it then, and handed to its gateway under this key: what came of it is not known."""
    return tx.value(
        str,
        """
        UPDATE marketplace.refund
           SET status = 'approved', amount_minor = %(amount)s, tries = %(tries)s,
               decided_at = coalesce(decided_at, %(at)s), first_sent_at = %(at)s, last_sent_at = %(at)s,
               failure_code = NULL, failure_reason = NULL, waits_because = %(because)s
         WHERE id = %(refund_id)s AND status IN ('pending', 'failed', 'approved') AND tries <= %(tries)s
     RETURNING status
        """,
        refund_id=left.refund_id,
        amount=left.amount_minor,
        tries=left.tries,
        at=left.left_at,
        because=LEFT,
    )


def set_sent_before(tx: Tx, left: LeftRow) -> Query[int]:
    """Its gateway was asked for it then, whatever is known of that here."""
    return tx.run(
        """
        UPDATE marketplace.refund
           SET first_sent_at = least(first_sent_at, %(at)s), last_sent_at = greatest(last_sent_at, %(at)s)
         WHERE id = %(refund_id)s AND status = 'approved'
        """,
        refund_id=left.refund_id,
        at=left.left_at,
    )


def sum_unsent(tx: Tx, payment_id: str, *, but: UUID) -> Query[int]:
    """What refunds of a payment hold that have not left for the gateway, in minor units."""
    return tx.value(
        int,
        """
        SELECT coalesce(sum(amount_minor), 0)::bigint FROM marketplace.refund
         WHERE payment_id = %(payment_id)s AND id <> %(but)s
           AND status IN ('pending', 'approved') AND first_sent_at IS NULL
        """,
        payment_id=payment_id,
        but=but,
    )


def insert_lost(tx: Tx, left: LeftRow) -> Query[int]:
    """What can't be in the books yet; a later try of a refund that is known as lost takes its place."""
    return tx.run(
        """
        INSERT INTO marketplace.lost_refund AS l
                    (refund_id, payment_id, gateway, gateway_payment_id, tries, amount_minor, requested_minor, left_at,
                     number, origin, external_id, dispute_id)
             VALUES (%(refund_id)s, %(payment_id)s, %(gateway)s, %(gateway_payment_id)s, %(tries)s, %(amount_minor)s,
                     %(requested_minor)s, %(left_at)s, %(number)s, %(origin)s, %(external_id)s, %(dispute_id)s)
        ON CONFLICT (refund_id) DO UPDATE
           SET tries = excluded.tries, amount_minor = excluded.amount_minor, left_at = excluded.left_at,
               requested_minor = excluded.requested_minor, settled_at = NULL, settled_because = NULL
         WHERE l.tries < excluded.tries
        """,
        **asdict(left),
    )


def is_settled(db: Db, left: LeftRow) -> Query[bool]:
    """Whether this try of a lost refund, or a later one, needs nobody any more."""
    return db.value(
        bool,
        """
        SELECT EXISTS (SELECT FROM marketplace.lost_refund
                        WHERE refund_id = %(refund_id)s AND tries >= %(tries)s AND settled_at IS NOT NULL)
        """,
        refund_id=left.refund_id,
        tries=left.tries,
    )


def was_lost(db: Db, refund_id: UUID) -> Query[bool]:
    """Whether it left before a restore and could not be in the books then, whatever came of that."""
    return db.value(
        bool,
        "SELECT EXISTS (SELECT FROM marketplace.lost_refund WHERE refund_id = %(refund_id)s)",
        refund_id=refund_id,
    )


def list_lost(db: Db) -> Query[list[LeftRow]]:
    """Those that nobody has settled, oldest first."""
    return db.all(
        LeftRow,
        """
        SELECT refund_id, payment_id, gateway, gateway_payment_id, tries, amount_minor, requested_minor, left_at,
               number, origin, external_id, dispute_id
          FROM marketplace.lost_refund WHERE settled_at IS NULL ORDER BY left_at, refund_id
        """,
    )


def list_lost_of(db: Db, payment_id: str, *, gateway: Gateway, gateway_payment_id: str | None) -> Query[list[str]]:
    """Those of a payment; told anew after the restore, it has another id and is known by its gateway's."""
    return db.values(
        str,
        """
        SELECT refund_id::text FROM marketplace.lost_refund
         WHERE settled_at IS NULL
           AND (payment_id = %(payment_id)s
                OR (gateway = %(gateway)s AND gateway_payment_id = %(gateway_payment_id)s))
         ORDER BY left_at, refund_id
        """,
        payment_id=payment_id,
        gateway=gateway,
        gateway_payment_id=gateway_payment_id,
    )


def list_given_beyond(db: Db, payment_id: str) -> Query[list[int]]:
    """Differences that nobody has closed and that stop their payment: money went back otherwise than our books say."""
    return db.values(
        int,
        """
        SELECT d.id FROM marketplace.refund r JOIN marketplace.refund_difference d ON d.refund_id = r.id
         WHERE r.payment_id = %(payment_id)s AND d.status = 'open'
           AND d.kind IN ('done_though_failed', 'amount_differs')
         UNION ALL
        SELECT id FROM marketplace.refund_difference
         WHERE payment_id = %(payment_id)s AND status = 'open' AND kind = 'unknown_here'
         ORDER BY 1
        """,
        payment_id=payment_id,
    )


def insert_given(tx: Tx, refund_id: UUID, *, payment_id: str, reference: str, amount_minor: int) -> Query[int]:
    """A refund that its gateway gave and nobody here had asked for; decided by whoever takes it into the books."""
    return tx.run(
        """
        INSERT INTO marketplace.refund (id, number, payment_id, booking_id, customer_id, vendor_id, origin, status,
                                        requested_minor, amount_minor, reason, requested_by, requested_by_id,
                                        decided_by, decided_at, gateway_refund_id, processed_at)
        SELECT %(id)s, kernel.next_reference('RF', 6), p.id, b.id, b.customer_id, b.vendor_id, 'payment', 'processed',
               %(amount)s, %(amount)s, 'given_at_gateway', 'admin', %(staff_id)s, %(staff_id)s, clock_timestamp(),
               %(reference)s, clock_timestamp()
          FROM marketplace.payment p JOIN marketplace.booking b ON b.id = p.booking_id
         WHERE p.id = %(payment_id)s
        """,
        id=refund_id,
        payment_id=payment_id,
        reference=reference,
        amount=amount_minor,
        staff_id=tx.actor.staff_id,
    )


def set_given(tx: Tx, refund: RefundRow, *, reference: str, amount_minor: int) -> Query[str]:
    """Done, with the amount that its gateway gave."""
    return tx.value(
        str,
        """
        UPDATE marketplace.refund
           SET status = 'processed', amount_minor = %(amount)s, gateway_refund_id = %(reference)s,
               processed_at = coalesce(processed_at, clock_timestamp()),
               failure_code = NULL, failure_reason = NULL, waits_because = NULL
         WHERE id = %(refund_id)s AND status = %(expected)s
     RETURNING status
        """,
        refund_id=refund.id,
        expected=refund.status,
        amount=amount_minor,
        reference=reference,
    )


def is_unsettled(db: Db) -> Query[bool]:
    """Whether the database was restored, and nobody has looked yet what left before."""
    return db.value(bool, "SELECT EXISTS (SELECT FROM kernel.hold WHERE released_at IS NULL AND settled_at IS NULL)")


def set_lost_settled(tx: Tx, refund_id: UUID, because: str) -> Query[int]:
    return tx.run(
        """
        UPDATE marketplace.lost_refund SET settled_at = clock_timestamp(), settled_because = %(because)s
         WHERE refund_id = %(refund_id)s AND settled_at IS NULL
        """,
        refund_id=refund_id,
        because=because,
    )


def list_unknown(db: Db, refunds: list[str], tries: list[int]) -> Query[list[str]]:
    """Those of the refunds that did not leave by what is known here: neither in the books as sent nor known as lost."""
    return db.values(
        str,
        """
        SELECT told.id FROM unnest(%(refunds)s::text[], %(tries)s::bigint[]) AS told (id, tries)
         WHERE NOT EXISTS (SELECT FROM marketplace.refund r
                            WHERE r.id = told.id::uuid
                              AND r.tries + (r.status NOT IN ('pending', 'rejected'))::int > told.tries)
           AND NOT EXISTS (SELECT FROM marketplace.lost_refund l
                            WHERE l.refund_id = told.id::uuid AND l.tries >= told.tries)
        """,
        refunds=refunds,
        tries=tries,
    )
