"""The table of micro-deposits: pairs that were sent to an account, and how often they were guessed."""

from dataclasses import dataclass, field
from datetime import datetime

from backoffice.kernel.database import Query
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class DepositRow:
    id: str
    account_id: str
    key_id: str
    amounts_sealed: bytes = field(repr=False)
    tries_left: int
    confirmed_at: datetime | None
    ended_at: datetime | None


def lock_newest(tx: Tx, account_id: str) -> Query[DepositRow | None]:
    """The last pair that was sent to the account, open or not, held until this write ends."""
    return tx.find(
        DepositRow,
        """
        SELECT id, account_id, key_id, amounts_sealed, tries_left, confirmed_at, ended_at
          FROM shield.micro_deposit WHERE account_id = %(account_id)s
         ORDER BY id DESC LIMIT 1 FOR UPDATE
        """,
        account_id=account_id,
    )


def insert_deposit(tx: Tx, deposit_id: str, account_id: str, *, key_id: str, sealed: bytes) -> Query[int]:
    return tx.run(
        """
        INSERT INTO shield.micro_deposit (id, account_id, key_id, amounts_sealed)
             VALUES (%(id)s, %(account_id)s, %(key_id)s, %(sealed)s)
        """,
        id=deposit_id,
        account_id=account_id,
        key_id=key_id,
        sealed=sealed,
    )


def set_all_ended(tx: Tx, account_id: str) -> Query[int]:
    """What was sent so far confirms nothing any more."""
    return tx.run(
        "UPDATE shield.micro_deposit SET ended_at = now() WHERE account_id = %(account_id)s AND ended_at IS NULL",
        account_id=account_id,
    )


def set_confirmed(tx: Tx, deposit_id: str) -> Query[int]:
    return tx.run(
        "UPDATE shield.micro_deposit SET confirmed_at = now(), ended_at = now() WHERE id = %(id)s", id=deposit_id
    )


def take_try(tx: Tx, deposit_id: str) -> Query[int]:
    """One try fewer; returns how many are left."""
    return tx.value(
        int,
        "UPDATE shield.micro_deposit SET tries_left = tries_left - 1 WHERE id = %(id)s RETURNING tries_left",
        id=deposit_id,
    )
