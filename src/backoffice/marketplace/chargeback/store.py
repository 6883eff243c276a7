"""The chargeback's row. What a payment's chargebacks take of it, and since when it is frozen, it knows by trigger."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backoffice.kernel.database import Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.chargeback.rules import Status
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.payment.store import PaymentRow


@dataclass(frozen=True, slots=True)
class ChargebackRow:
    id: UUID
    payment_id: str
    customer_id: int
    dispute_id: int | None
    status: Status
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Told:
    """A chargeback as its gateway says it stands. `at` is when it came to stand so."""

    gateway: Gateway
    gateway_chargeback_id: str
    gateway_payment_id: str
    amount_minor: int
    status: Status = Status.OPEN
    reason: str | None = None
    at: datetime | None = None


def find_chargeback(tx: Tx, told: Told) -> Query[ChargebackRow | None]:
    """The one that the gateway calls so, held until this write ends."""
    return tx.find(
        ChargebackRow,
        """
        SELECT id, payment_id, customer_id, dispute_id, status, amount_minor FROM marketplace.chargeback
         WHERE gateway = %(gateway)s AND gateway_chargeback_id = %(gateway_chargeback_id)s FOR UPDATE
        """,
        gateway=told.gateway,
        gateway_chargeback_id=told.gateway_chargeback_id,
    )


def insert_chargeback(tx: Tx, new_id: UUID, told: Told, *, payment: PaymentRow) -> Query[ChargebackRow]:
    """Open; the payment is frozen with it."""
    return tx.one(
        ChargebackRow,
        """
        INSERT INTO marketplace.chargeback (id, gateway, gateway_chargeback_id, payment_id, customer_id, amount_minor,
                                            reason, opened_at)
             VALUES (%(id)s, %(gateway)s, %(gateway_chargeback_id)s, %(payment_id)s, %(customer_id)s, %(amount)s,
                     %(reason)s, coalesce(%(at)s, clock_timestamp()))
          RETURNING id, payment_id, customer_id, dispute_id, status, amount_minor
        """,
        id=new_id,
        gateway=told.gateway,
        gateway_chargeback_id=told.gateway_chargeback_id,
        payment_id=payment.id,
        customer_id=payment.customer_id,
        amount=told.amount_minor,
        reason=told.reason,
        at=told.at,
    )


def set_dispute(tx: Tx, chargeback_id: UUID, dispute_id: int) -> Query[int]:
    return tx.run(
        "UPDATE marketplace.chargeback SET dispute_id = %(dispute_id)s WHERE id = %(id)s",
        id=chargeback_id,
        dispute_id=dispute_id,
    )


def set_ended(tx: Tx, chargeback: ChargebackRow, told: Told) -> Query[str]:
    """Won or lost. The payment is freed, and what was lost is taken of it."""
    return tx.value(
        str,
        """
        UPDATE marketplace.chargeback SET status = %(to)s, ended_at = coalesce(%(at)s, clock_timestamp())
         WHERE id = %(id)s AND status = 'open' RETURNING status
        """,
        id=chargeback.id,
        to=told.status,
        at=told.at,
    )
