"""What differs, one open row for each refund, and which refunds are to be compared."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.reconciling import rules
from backoffice.marketplace.reconciling.rules import Difference, Kind, Status
from backoffice.marketplace.refund.store import RefundRow


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    id: int
    refund_id: UUID | None
    kind: Kind
    status: Status
    said: str | None
    said_minor: int | None
    said_currency: str | None

    def is_of(self, found: Difference) -> bool:
        """Whether the gateway says the same as when it was found, figures included.

        Another amount under another name of the gateway waits until this one is closed.
        """
        is_same = self.said == rules.name_of(found.told)
        if self.kind is not found.kind:
            return False
        if self.kind is Kind.AMOUNT_DIFFERS:
            return not is_same or (self.said_minor, self.said_currency) == rules.figures_of(found.told)
        return is_same or self.kind is not Kind.DONE_THOUGH_FAILED


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """`refund_id` is None where only the gateway knows a refund."""

    payment_id: str
    refund_id: UUID | None


def list_to_compare(db: Db, *, since: datetime, after: UUID, limit: int) -> Query[list[UUID]]:
    """Refunds that a gateway was asked for, decided since then, or of which something differs or did until then."""
    return db.values(
        UUID,
        """
        SELECT r.id FROM marketplace.refund r
         WHERE r.id > %(after)s AND r.first_sent_at IS NOT NULL
           AND (r.decided_at >= %(since)s OR r.status = 'approved'
                OR EXISTS (SELECT FROM marketplace.refund_difference d WHERE d.refund_id = r.id
                                AND (d.status = 'open' OR d.ended_at >= %(since)s)))
         ORDER BY r.id LIMIT %(limit)s
        """,
        since=since,
        after=after,
        limit=limit,
    )


def find_open(tx: Tx, refund_id: UUID) -> Query[DifferenceRow | None]:
    return tx.find(
        DifferenceRow,
        """
        SELECT id, refund_id, kind, status, said, said_minor, said_currency
          FROM marketplace.refund_difference WHERE refund_id = %(refund_id)s AND status = 'open' FOR UPDATE
        """,
        refund_id=refund_id,
    )


def get_subject(db: Db, difference_id: int) -> Query[SubjectRow]:
    """What it is of, which is held before it. DifferenceNotFound."""
    return db.one(
        SubjectRow,
        """
        SELECT coalesce(d.payment_id, r.payment_id) AS payment_id, d.refund_id
          FROM marketplace.refund_difference d LEFT JOIN marketplace.refund r ON r.id = d.refund_id
         WHERE d.id = %(difference_id)s
        """,
        difference_id=difference_id,
        missing=rules.DifferenceNotFound(difference_id=difference_id),
    )


def lock_difference(tx: Tx, difference_id: int) -> Query[DifferenceRow]:
    return tx.one(
        DifferenceRow,
        """
        SELECT id, refund_id, kind, status, said, said_minor, said_currency
          FROM marketplace.refund_difference WHERE id = %(difference_id)s FOR UPDATE
        """,
        difference_id=difference_id,
        missing=rules.DifferenceNotFound(difference_id=difference_id),
    )


def sum_beyond(tx: Tx, payment_id: str) -> Query[int]:
    """What gateways gave back of a payment beyond our books, in minor units.

    Of what is open, and of refunds that failed here: these count nowhere else, closed or not.
    """
    return tx.value(
        int,
        """
        SELECT coalesce(sum(CASE WHEN d.kind = 'amount_differs' AND r.status <> 'failed'
                                      THEN greatest(d.said_minor - r.amount_minor, 0)
                                 ELSE coalesce(d.said_minor, d.our_minor, r.amount_minor) END), 0)::bigint
          FROM marketplace.refund_difference d LEFT JOIN marketplace.refund r ON r.id = d.refund_id
         WHERE (d.payment_id = %(payment_id)s OR r.payment_id = %(payment_id)s)
           AND (d.status = 'open' AND d.kind IN ('done_though_failed', 'amount_differs', 'unknown_here')
                OR d.status = 'closed' AND d.kind = 'done_though_failed')
        """,
        payment_id=payment_id,
    )


def was_closed(tx: Tx, refund_id: UUID, found: Difference) -> Query[bool]:
    """Whether somebody looked into the same of this refund before: it is not found anew every night.

    What was given is known by the gateway's name of it, another amount by its figures, too.
    """
    minor, currency = rules.figures_of(found.told)
    return tx.value(
        bool,
        """
        SELECT EXISTS (SELECT FROM marketplace.refund_difference
                        WHERE refund_id = %(refund_id)s AND kind = %(kind)s AND status = 'closed'
                          AND (kind NOT IN ('amount_differs', 'done_though_failed')
                               OR said IS NOT DISTINCT FROM %(said)s::text)
                          AND (kind <> 'amount_differs'
                               OR (said_minor, said_currency)
                                   IS NOT DISTINCT FROM (%(minor)s::bigint, %(currency)s::text)))
        """,
        refund_id=refund_id,
        kind=found.kind,
        said=rules.name_of(found.told),
        minor=minor,
        currency=currency,
    )


def insert_difference(tx: Tx, refund: RefundRow, found: Difference) -> Query[int]:
    minor, currency = rules.figures_of(found.told)
    return tx.value(
        int,
        """
        INSERT INTO marketplace.refund_difference (refund_id, kind, our_status, said, our_minor, said_minor,
                                                   said_currency)
             VALUES (%(refund_id)s, %(kind)s, %(our_status)s, %(said)s, %(our_minor)s, %(said_minor)s,
                     %(said_currency)s) RETURNING id
        """,
        refund_id=refund.id,
        kind=found.kind,
        our_status=refund.status,
        said=rules.name_of(found.told),
        our_minor=refund.amount_minor,
        said_minor=minor,
        said_currency=currency,
    )


def set_ended(tx: Tx, difference_id: int, to: Status, *, customer_id: int, why: str | None) -> Query[str]:
    """Of somebody who was erased no words are kept."""
    return tx.value(
        str,
        """
        UPDATE marketplace.refund_difference d
           SET status = %(to)s, ended_at = clock_timestamp(), ended_by = %(staff_id)s,
               ended_why = CASE WHEN c.status <> 'deleted' THEN %(why)s::text END
          FROM marketplace.customer c
         WHERE d.id = %(difference_id)s AND d.status = 'open' AND c.id = %(customer_id)s RETURNING d.status
        """,
        difference_id=difference_id,
        to=to,
        customer_id=customer_id,
        why=why,
        staff_id=tx.actor.staff_id,
    )


def set_refund(tx: Tx, difference_id: int, refund_id: UUID) -> Query[int]:
    """The refund that stands for it from now on."""
    return tx.run(
        "UPDATE marketplace.refund_difference SET refund_id = %(refund_id)s WHERE id = %(difference_id)s",
        difference_id=difference_id,
        refund_id=refund_id,
    )
