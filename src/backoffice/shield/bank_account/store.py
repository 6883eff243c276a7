"""The bank account table: finding, locking, changing, verifying, and what keeps money from leaving to an account.

Whoever writes to a bank account holds its member first.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import LiteralString

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.shield.bank_account.rules import VerificationMethod


@dataclass(frozen=True, slots=True)
class Details:
    """Bank details as their row keeps them, numbers sealed."""

    bank_name: str
    account_holder_name: str
    account_type: str
    account_key_id: str
    account_sealed: bytes = field(repr=False)
    account_last_four: str
    routing_key_id: str
    routing_sealed: bytes = field(repr=False)
    routing_last_four: str
    routing_is_valid: bool
    changed_by: int | None
    hold_until: datetime | None


@dataclass(frozen=True, slots=True)
class AccountRow(Details):
    id: str
    member_id: str
    version: int
    verified_at: datetime | None
    verification_method: VerificationMethod | None
    correction_pending: bool
    changed_at: datetime
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Kept(Details):
    """With the index by which the account is found; it is never read back."""

    account_index: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundRow:
    """An account that a search found, with whose it is."""

    id: str
    member_id: str
    email: str
    first_name: str
    last_name: str
    bank_name: str
    account_last_four: str
    routing_last_four: str
    verified_at: datetime | None


ACCOUNT: LiteralString = """
    SELECT bank_name, account_holder_name, account_type, account_key_id, account_sealed, account_last_four,
           routing_key_id, routing_sealed, routing_last_four, routing_is_valid, changed_by, hold_until, id, member_id,
           version, verified_at, verification_method, correction_pending, changed_at, added_at
      FROM shield.bank_account WHERE member_id = %(member_id)s
"""


def find_account_of(db: Db, member_id: str) -> Query[AccountRow | None]:
    """The member's account; it does not change while the member is held."""
    return db.find(AccountRow, ACCOUNT, member_id=member_id)


def lock_account_of(tx: Tx, member_id: str) -> Query[AccountRow | None]:
    """The member's account, held until this write ends; None when they have none."""
    return tx.find(AccountRow, ACCOUNT + "FOR UPDATE", member_id=member_id)


def has_member(db: Db, member_id: str) -> Query[bool]:
    return db.value(bool, "SELECT EXISTS (SELECT FROM shield.member WHERE id = %(member_id)s)", member_id=member_id)


def list_by_number(db: Db, indexes: list[bytes], *, limit: int, offset: int) -> Query[list[FoundRow]]:
    """The accounts whose number has one of these blind indexes: one for each key of the ring."""
    return db.all(
        FoundRow,
        """
        SELECT b.id, b.member_id, m.email, m.first_name, m.last_name, b.bank_name, b.account_last_four,
               b.routing_last_four, b.verified_at
          FROM shield.bank_account b
          JOIN shield.member m ON m.id = b.member_id
         WHERE b.account_index = ANY (%(indexes)s)
         ORDER BY b.id LIMIT %(limit)s OFFSET %(offset)s
        """,
        indexes=indexes,
        limit=limit,
        offset=offset,
    )


def count_by_number(db: Db, indexes: list[bytes]) -> Query[int]:
    return db.value(
        int, "SELECT count(*) FROM shield.bank_account WHERE account_index = ANY (%(indexes)s)", indexes=indexes
    )


def insert_account(tx: Tx, account_id: str, member_id: str, *, kept: Kept) -> Query[int]:
    return tx.run(
        """
        INSERT INTO shield.bank_account (id, member_id, bank_name, account_holder_name, account_type, account_key_id,
                                         account_sealed, account_index, account_last_four, routing_key_id,
                                         routing_sealed, routing_last_four, routing_is_valid, changed_by, hold_until)
             VALUES (%(id)s, %(member_id)s, %(bank_name)s, %(account_holder_name)s, %(account_type)s,
                     %(account_key_id)s, %(account_sealed)s, %(account_index)s, %(account_last_four)s,
                     %(routing_key_id)s, %(routing_sealed)s, %(routing_last_four)s, %(routing_is_valid)s,
                     %(changed_by)s, %(hold_until)s)
        """,
        id=account_id,
        member_id=member_id,
        **asdict(kept),
    )


def set_details(tx: Tx, account_id: str, *, kept: Kept, makes_correction: bool) -> Query[int]:
    """Other details: the account is unverified from now on, and a hold is never shortened."""
    return tx.run(
        """
        UPDATE shield.bank_account
           SET bank_name = %(bank_name)s, account_holder_name = %(account_holder_name)s,
               account_type = %(account_type)s, account_key_id = %(account_key_id)s,
               account_sealed = %(account_sealed)s, account_index = %(account_index)s,
               account_last_four = %(account_last_four)s, routing_key_id = %(routing_key_id)s,
               routing_sealed = %(routing_sealed)s, routing_last_four = %(routing_last_four)s,
               routing_is_valid = %(routing_is_valid)s, verified_at = NULL, verification_method = NULL,
               changed_by = %(changed_by)s, changed_at = now(),
               hold_until = greatest(hold_until, %(hold_until)s),
               correction_pending = correction_pending AND NOT %(makes_correction)s
         WHERE id = %(id)s
        """,
        id=account_id,
        **asdict(kept),
        makes_correction=makes_correction,
    )


def set_verified(tx: Tx, account_id: str, method: VerificationMethod) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.bank_account SET verified_at = now(), verification_method = %(method)s
         WHERE id = %(account_id)s
        """,
        account_id=account_id,
        method=method,
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
