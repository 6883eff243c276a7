"""Every column in which shield keeps values sealed under the key ring: `backoffice keys rotate` seals them anew.

Where a value may be absent, coalesce() says of those that are found that they are there.
"""

from backoffice.kernel.database import Db, Query
from backoffice.kernel.secrets.rotation import SealedColumn, SealedRow, Value
from backoffice.shield.bank_account.rules import BLIND_INDEX


def lock_ssns(tx: Db, key_id: str, most: int) -> Query[list[SealedRow]]:
    return tx.all(
        SealedRow,
        """
        SELECT id AS belongs, coalesce(ssn_key_id, '') AS key_id, coalesce(ssn_sealed, '') AS sealed
          FROM shield.member
         WHERE ssn_key_id <> %(key_id)s ORDER BY id LIMIT %(most)s FOR UPDATE
        """,
        key_id=key_id,
        most=most,
    )


def set_ssn(tx: Db, value: Value) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.member SET ssn_key_id = %(key_id)s, ssn_sealed = %(sealed)s
         WHERE id = %(belongs)s
        """,
        belongs=value.belongs,
        key_id=value.key_id,
        sealed=value.sealed,
    )


def lock_account_numbers(tx: Db, key_id: str, most: int) -> Query[list[SealedRow]]:
    return tx.all(
        SealedRow,
        """
        SELECT id AS belongs, account_key_id AS key_id, account_sealed AS sealed FROM shield.bank_account
         WHERE account_key_id <> %(key_id)s ORDER BY id LIMIT %(most)s FOR UPDATE
        """,
        key_id=key_id,
        most=most,
    )


def set_account_number(tx: Db, value: Value) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.bank_account
           SET account_key_id = %(key_id)s, account_sealed = %(sealed)s, account_index = %(index)s
         WHERE id = %(belongs)s
        """,
        belongs=value.belongs,
        key_id=value.key_id,
        sealed=value.sealed,
        index=value.index,
    )


def lock_routing_numbers(tx: Db, key_id: str, most: int) -> Query[list[SealedRow]]:
    return tx.all(
        SealedRow,
        """
        SELECT id AS belongs, routing_key_id AS key_id, routing_sealed AS sealed FROM shield.bank_account
         WHERE routing_key_id <> %(key_id)s ORDER BY id LIMIT %(most)s FOR UPDATE
        """,
        key_id=key_id,
        most=most,
    )


def set_routing_number(tx: Db, value: Value) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.bank_account SET routing_key_id = %(key_id)s, routing_sealed = %(sealed)s
         WHERE id = %(belongs)s
        """,
        belongs=value.belongs,
        key_id=value.key_id,
        sealed=value.sealed,
    )


def lock_micro_deposits(tx: Db, key_id: str, most: int) -> Query[list[SealedRow]]:
    return tx.all(
        SealedRow,
        """
        SELECT id AS belongs, key_id, amounts_sealed AS sealed FROM shield.micro_deposit
         WHERE key_id <> %(key_id)s ORDER BY id LIMIT %(most)s FOR UPDATE
        """,
        key_id=key_id,
        most=most,
    )


def set_micro_deposit(tx: Db, value: Value) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.micro_deposit SET key_id = %(key_id)s, amounts_sealed = %(sealed)s
         WHERE id = %(belongs)s
        """,
        belongs=value.belongs,
        key_id=value.key_id,
        sealed=value.sealed,
    )


def lock_paid_accounts(tx: Db, key_id: str, most: int) -> Query[list[SealedRow]]:
    return tx.all(
        SealedRow,
        """
        SELECT id AS belongs, coalesce(account_key_id, '') AS key_id, coalesce(account_sealed, '') AS sealed
          FROM shield.payout_attempt
         WHERE account_key_id <> %(key_id)s ORDER BY id LIMIT %(most)s FOR UPDATE
        """,
        key_id=key_id,
        most=most,
    )


def set_paid_account(tx: Db, value: Value) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.payout_attempt SET account_key_id = %(key_id)s, account_sealed = %(sealed)s
         WHERE id = %(belongs)s
        """,
        belongs=value.belongs,
        key_id=value.key_id,
        sealed=value.sealed,
    )


def lock_paid_routings(tx: Db, key_id: str, most: int) -> Query[list[SealedRow]]:
    return tx.all(
        SealedRow,
        """
        SELECT id AS belongs, coalesce(routing_key_id, '') AS key_id, coalesce(routing_sealed, '') AS sealed
          FROM shield.payout_attempt
         WHERE routing_key_id <> %(key_id)s ORDER BY id LIMIT %(most)s FOR UPDATE
        """,
        key_id=key_id,
        most=most,
    )


def set_paid_routing(tx: Db, value: Value) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.payout_attempt SET routing_key_id = %(key_id)s, routing_sealed = %(sealed)s
         WHERE id = %(belongs)s
        """,
        belongs=value.belongs,
        key_id=value.key_id,
        sealed=value.sealed,
    )


def lock_corrections(tx: Db, key_id: str, most: int) -> Query[list[SealedRow]]:
    return tx.all(
        SealedRow,
        """
        SELECT id AS belongs, coalesce(correction_key_id, '') AS key_id, coalesce(correction_sealed, '') AS sealed
          FROM shield.payout_attempt
         WHERE correction_key_id <> %(key_id)s ORDER BY id LIMIT %(most)s FOR UPDATE
        """,
        key_id=key_id,
        most=most,
    )


def set_correction(tx: Db, value: Value) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.payout_attempt SET correction_key_id = %(key_id)s, correction_sealed = %(sealed)s
         WHERE id = %(belongs)s
        """,
        belongs=value.belongs,
        key_id=value.key_id,
        sealed=value.sealed,
    )


SEALED = (
    SealedColumn(lock_ssns, set_ssn),
    SealedColumn(lock_account_numbers, set_account_number, index_purpose=BLIND_INDEX),
    SealedColumn(lock_routing_numbers, set_routing_number),
    SealedColumn(lock_micro_deposits, set_micro_deposit),
    SealedColumn(lock_paid_accounts, set_paid_account),
    SealedColumn(lock_paid_routings, set_paid_routing),
    SealedColumn(lock_corrections, set_correction),
)
