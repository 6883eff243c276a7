"""The versions of bank accounts: who made each, who confirmed it, and whether money may go to the present one.

The table makes a new version with every change, whichever way it comes. Callers hold the member.
"""

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx


def has_changed(db: Db, account_id: str, staff_id: int) -> Query[bool]:
    """Whether this person ever changed the account."""
    return db.value(
        bool,
        """
        SELECT EXISTS (SELECT FROM shield.bank_account_change
                        WHERE account_id = %(account_id)s AND changed_by = %(staff_id)s)
        """,
        account_id=account_id,
        staff_id=staff_id,
    )


def insert_confirmation(tx: Tx, account_id: str, version: int) -> Query[int]:
    """By whoever acts; said again, it changes nothing and returns 0."""
    return tx.run(
        """
        INSERT INTO shield.bank_account_confirmation (account_id, version, confirmed_by)
             VALUES (%(account_id)s, %(version)s, %(staff_id)s) ON CONFLICT DO NOTHING
        """,
        account_id=account_id,
        version=version,
        staff_id=tx.actor.id,
    )


def is_destination(db: Db, claim_id: str, *, promised: int | None) -> Query[bool]:
    """Whether the claim's payouts may go to the account as it is now.

    Either it is what the approver saw and what was promised, and not of the approver's own making; or somebody who
    neither approved the claim nor ever changed the account confirmed this very version. Where the member had no
    account when the claim was approved, nobody saw the money go elsewhere than to the first they got, and to that
    alone; `promised` is None for a new promise.
    """
    return db.value(
        bool,
        """
        SELECT coalesce(c.account_version, (SELECT min(first.version) FROM shield.bank_account_change first
                                             WHERE first.account_id = b.id)) = b.version
               AND coalesce(%(promised)s::bigint = b.version, true)
               AND NOT EXISTS (SELECT FROM shield.bank_account_change own
                                WHERE own.account_id = b.id AND own.changed_by = c.approved_by)
            OR EXISTS (SELECT FROM shield.bank_account_confirmation k
                        WHERE k.version = b.version AND k.confirmed_by IS DISTINCT FROM c.approved_by
                          AND NOT EXISTS (SELECT FROM shield.bank_account_change own
                                           WHERE own.account_id = b.id AND own.changed_by = k.confirmed_by))
          FROM shield.claim c JOIN shield.bank_account b ON b.member_id = c.member_id
         WHERE c.id = %(claim_id)s
        """,
        claim_id=claim_id,
        promised=promised,
    )
