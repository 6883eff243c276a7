"""What a gateway gave back that none of our refunds stands for, as rows of the differences."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.kernel.gateways.payments import RefundNews
from backoffice.kernel.write import Tx
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.refund.rules import refund_of


@dataclass(frozen=True, slots=True)
class UnknownRow:
    """`place` says which of those that were asked about it is."""

    place: int
    payment_id: str


@dataclass(frozen=True, slots=True)
class OverRow:
    payment_id: str
    reference: str


def list_unknown(db: Db, gateway: Gateway, told: Sequence[RefundNews]) -> Query[list[UnknownRow]]:
    """Those of our payments that none of our refunds stands for and that were not listed before.

    A refund stands for what bears its key, if somebody decided it: confirmed under another name, it was given twice.
    What left before a restore and can't be in the books is known as lost, also once somebody settled that.
    """
    each = [(place, one, payment) for place, one in enumerate(told) for payment in one.payments]
    return db.all(
        UnknownRow,
        """
        SELECT DISTINCT ON (t.place) t.place, p.id AS payment_id
          FROM unnest(%(places)s::bigint[], %(references)s::text[], %(keys)s::text[], %(refunds)s::uuid[],
                      %(payments)s::text[]) AS t (place, reference, key, refund_id, payment)
          JOIN marketplace.payment p ON p.gateway = %(gateway)s AND p.gateway_payment_id = t.payment
         WHERE NOT EXISTS (SELECT FROM marketplace.refund r
                            WHERE r.gateway_refund_id = t.reference AND r.payment_id = p.id)
           AND NOT EXISTS (SELECT FROM marketplace.refund r
                            WHERE r.id = t.refund_id AND r.payment_id = p.id
                              AND r.status NOT IN ('pending', 'rejected')
                              AND (r.status <> 'processed'
                                   OR t.key <> r.id || CASE WHEN r.tries = 1 THEN '' ELSE '.' || r.tries END))
           AND NOT EXISTS (SELECT FROM marketplace.lost_refund l WHERE l.refund_id = t.refund_id)
           AND NOT EXISTS (SELECT FROM marketplace.refund_difference d
                            WHERE d.payment_id = p.id AND d.said = t.reference AND d.kind = 'unknown_here')
         ORDER BY t.place, p.id
        """,
        gateway=gateway,
        places=[place for place, _, _ in each],
        references=[one.reference for _, one, _ in each],
        keys=[one.key for _, one, _ in each],
        refunds=[refund_of(one.key) if one.key else None for _, one, _ in each],
        payments=[payment for _, _, payment in each],
    )


@dataclass(frozen=True, slots=True)
class UndoneRow:
    refund_id: UUID
    reference: str


def list_undone(db: Db, gateway: Gateway, references: list[str]) -> Query[list[UndoneRow]]:
    """Refunds that are done here, by the names of what a gateway did not carry out, but those that are listed so."""
    return db.all(
        UndoneRow,
        """
        SELECT r.id AS refund_id, coalesce(r.gateway_refund_id, '') AS reference
          FROM marketplace.refund r JOIN marketplace.payment p ON p.id = r.payment_id
         WHERE r.status = 'processed' AND r.gateway_refund_id = ANY (%(references)s) AND p.gateway = %(gateway)s
           AND NOT EXISTS (SELECT FROM marketplace.refund_difference d
                            WHERE d.refund_id = r.id AND d.kind = 'refused_at_gateway' AND d.status <> 'gone')
         ORDER BY r.id
        """,
        gateway=gateway,
        references=references,
    )


def list_over(db: Db, gateway: Gateway, references: list[str]) -> Query[list[OverRow]]:
    """Those that are listed as given, by the names of what a gateway did not carry out."""
    return db.all(
        OverRow,
        """
        SELECT p.id AS payment_id, coalesce(d.said, '') AS reference
          FROM marketplace.refund_difference d JOIN marketplace.payment p ON p.id = d.payment_id
         WHERE d.kind = 'unknown_here' AND d.status = 'open' AND d.said = ANY (%(references)s)
           AND p.gateway = %(gateway)s
         ORDER BY d.id
        """,
        gateway=gateway,
        references=references,
    )


def list_known_by_now(db: Db) -> Query[list[OverRow]]:
    """Those that one of our refunds stands for since: it was taken in after a restore, or its answer came late."""
    return db.all(
        OverRow,
        """
        SELECT p.id AS payment_id, coalesce(d.said, '') AS reference
          FROM marketplace.refund_difference d JOIN marketplace.payment p ON p.id = d.payment_id
         WHERE d.kind = 'unknown_here' AND d.status = 'open'
           AND EXISTS (SELECT FROM marketplace.refund r
                        WHERE r.gateway_refund_id = d.said AND r.payment_id = d.payment_id)
         ORDER BY d.id
        """,
    )


@dataclass(frozen=True, slots=True)
class OpenRow:
    reference: str
    gateway: Gateway
    payment_id: str
    amount_minor: int | None


def list_open(db: Db) -> Query[list[OpenRow]]:
    """What nobody has closed, oldest first."""
    return db.all(
        OpenRow,
        """
        SELECT coalesce(d.said, '') AS reference, p.gateway, p.id AS payment_id, d.said_minor AS amount_minor
          FROM marketplace.refund_difference d JOIN marketplace.payment p ON p.id = d.payment_id
         WHERE d.kind = 'unknown_here' AND d.status = 'open'
         ORDER BY d.id
        """,
    )


def insert_unknown(tx: Tx, payment_id: str, news: RefundNews) -> Query[int | None]:
    """None where it was listed before, whatever came of it."""
    return tx.find_value(
        int,
        """
        INSERT INTO marketplace.refund_difference (payment_id, kind, said, said_minor, said_currency)
             VALUES (%(payment_id)s, 'unknown_here', %(reference)s, %(amount)s, %(currency)s)
        ON CONFLICT (payment_id, said) WHERE kind = 'unknown_here' DO NOTHING
          RETURNING id
        """,
        payment_id=payment_id,
        reference=news.reference,
        amount=news.amount_minor,
        currency=news.currency,
    )


def set_gone(tx: Tx, payment_id: str, reference: str) -> Query[int | None]:
    """None where it is not open."""
    return tx.find_value(
        int,
        """
        UPDATE marketplace.refund_difference SET status = 'gone', ended_at = clock_timestamp()
         WHERE payment_id = %(payment_id)s AND said = %(reference)s AND kind = 'unknown_here' AND status = 'open'
     RETURNING id
        """,
        payment_id=payment_id,
        reference=reference,
    )
