"""The bank account table: locking, and what keeps money from leaving to an account."""

from dataclasses import dataclass, field
from datetime import datetime

from backoffice.kernel.database import Query, Tx


@dataclass(frozen=True, slots=True)
class AccountRow:
    id: str
    member_id: str
    bank_name: str
    account_holder_name: str
    account_type: str
    account_key_id: str
    account_sealed: bytes = field(repr=False)
    account_last_four: str
    routing_key_id: str
    routing_sealed: bytes = field(repr=False)
    routing_last_four: str
    verified_at: datetime | None
    hold_until: datetime | None
    correction_pending: bool
    changed_by: int | None
    changed_at: datetime


def lock_account_of(tx: Tx, member_id: str) -> Query[AccountRow | None]:
    """The member's account, held until this write ends; None when they have none."""
    return tx.find(
        AccountRow,
        """
        SELECT id, member_id, bank_name, account_holder_name, account_type, account_key_id, account_sealed,
               account_last_four, routing_key_id, routing_sealed, routing_last_four, verified_at, hold_until,
               correction_pending, changed_by, changed_at
          FROM shield.bank_account WHERE member_id = %(member_id)s FOR UPDATE
        """,
        member_id=member_id,
    )


def set_unverified(tx: Tx, account_id: str) -> Query[int]:
    return tx.run(
        "UPDATE shield.bank_account SET verified_at = NULL, verification_method = NULL WHERE id = %(account_id)s",
        account_id=account_id,
    )


def set_correction_pending(tx: Tx, account_id: str) -> Query[int]:
    return tx.run(
        "UPDATE shield.bank_account SET correction_pending = true WHERE id = %(account_id)s", account_id=account_id
    )
