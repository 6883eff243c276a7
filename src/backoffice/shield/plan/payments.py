"""Premiums that the platform took: each kept once, by its external id."""

from dataclasses import asdict, dataclass
from datetime import datetime

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class PaymentRow:
    id: str
    external_id: str
    member_id: str
    amount_minor: int
    method: str
    paid_at: datetime
    months_paid: int
    credit_minor: int


def insert_payment(tx: Tx, new: PaymentRow) -> Query[str | None]:
    """A premium that was collected; None when its external id is known."""
    return tx.find_value(
        str,
        """
        INSERT INTO shield.premium_payment (id, external_id, member_id, amount_minor, method, paid_at, months_paid,
                                            credit_minor)
             VALUES (%(id)s, %(external_id)s, %(member_id)s, %(amount_minor)s, %(method)s, %(paid_at)s,
                     %(months_paid)s, %(credit_minor)s)
        ON CONFLICT ON CONSTRAINT premium_payment_external_id_key DO NOTHING
          RETURNING id
        """,
        **asdict(new),
    )


def get_payment(db: Db, external_id: str) -> Query[PaymentRow]:
    return db.one(
        PaymentRow,
        """
        SELECT id, external_id, member_id, amount_minor, method, paid_at, months_paid, credit_minor
          FROM shield.premium_payment WHERE external_id = %(external_id)s
        """,
        external_id=external_id,
    )
