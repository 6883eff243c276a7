"""The payout table: locking, making, moving, holding. Tries to pay are in attempts.py, the list in listing.py.

Every move names the status it leaves, and the claim's sum is checked by the table itself, too.
"""

from dataclasses import dataclass
from datetime import datetime

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.shield.bank_account.store import AccountRow
from backoffice.shield.payout import rules
from backoffice.shield.payout.rules import Method, Status


@dataclass(frozen=True, slots=True)
class PayoutRow:
    id: str
    claim_id: str
    member_id: str
    bank_account_id: str | None
    amount_minor: int
    currency: str
    method: Method
    status: Status
    created_by: int | None
    held_because: str | None
    held_until: datetime | None
    account_version: int | None


@dataclass(frozen=True, slots=True)
class BelongsRow:
    """What must be locked before a payout is."""

    member_id: str
    claim_id: str


@dataclass(frozen=True, slots=True)
class DueRow:
    id: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class NewPayout:
    id: str
    claim_id: str
    member_id: str
    bank_account_id: str | None
    account_version: int | None
    amount_minor: int
    method: Method
    notes: str | None
    estimated_arrival: datetime


def get_belongings(db: Db, payout_id: str) -> Query[BelongsRow]:
    return db.one(
        BelongsRow,
        "SELECT member_id, claim_id FROM shield.payout WHERE id = %(payout_id)s",
        payout_id=payout_id,
        missing=rules.PayoutNotFound(payout_id=payout_id),
    )


def find_claimant(db: Db, claim_id: str) -> Query[str | None]:
    """Whose claim it is: the member, who is locked before the claim."""
    return db.find_value(str, "SELECT member_id FROM shield.claim WHERE id = %(claim_id)s", claim_id=claim_id)


def lock_payout(tx: Tx, payout_id: str) -> Query[PayoutRow]:
    """The payout, held until this write ends."""
    return tx.one(
        PayoutRow,
        """
        SELECT id, claim_id, member_id, bank_account_id, amount_minor, currency, method, status, created_by,
               held_because, held_until, account_version
          FROM shield.payout WHERE id = %(payout_id)s FOR UPDATE
        """,
        payout_id=payout_id,
        missing=rules.PayoutNotFound(payout_id=payout_id),
    )


def insert_payout(tx: Tx, new: NewPayout) -> Query[int]:
    return tx.run(
        """
        INSERT INTO shield.payout (id, claim_id, member_id, bank_account_id, account_version, amount_minor, method,
                                   notes, created_by, promised_by, estimated_arrival)
             VALUES (%(id)s, %(claim_id)s, %(member_id)s, %(account_id)s, %(version)s, %(amount)s, %(method)s,
                     %(notes)s, %(created_by)s, %(created_by)s, %(arrival)s)
        """,
        id=new.id,
        claim_id=new.claim_id,
        member_id=new.member_id,
        account_id=new.bank_account_id,
        version=new.account_version,
        amount=new.amount_minor,
        method=new.method,
        notes=new.notes,
        created_by=tx.actor.id,
        arrival=new.estimated_arrival,
    )


def set_status(tx: Tx, payout: PayoutRow, to: Status) -> Query[int]:
    """Processing, failed or cancelled; whatever held it no longer does, and what is not completed has no such time."""
    return tx.value(
        int,
        """
        UPDATE shield.payout
           SET status = %(to)s, held_because = NULL, held_until = NULL, completed_at = NULL, completed_by = NULL
         WHERE id = %(payout_id)s AND status = %(expected)s RETURNING 1::bigint
        """,
        payout_id=payout.id,
        expected=payout.status,
        to=to,
    )


def set_completed(tx: Tx, payout: PayoutRow) -> Query[int]:
    """`completed_by` stays empty when the rail said so."""
    return tx.value(
        int,
        """
        UPDATE shield.payout
           SET status = 'completed', held_because = NULL, held_until = NULL, completed_at = now(),
               completed_by = nullif(%(staff_id)s, 0)
         WHERE id = %(payout_id)s AND status = %(expected)s RETURNING 1::bigint
        """,
        payout_id=payout.id,
        expected=payout.status,
        staff_id=tx.actor.id,
    )


def set_pending_again(
    tx: Tx, payout: PayoutRow, *, account: AccountRow | None, estimated_arrival: datetime
) -> Query[int]:
    """Promised by whoever acts, to the account as it is now."""
    return tx.value(
        int,
        """
        UPDATE shield.payout
           SET status = 'pending', bank_account_id = %(account_id)s, account_version = %(version)s,
               promised_by = %(staff_id)s, promised_at = now(), estimated_arrival = %(arrival)s
         WHERE id = %(payout_id)s AND status = %(expected)s RETURNING 1::bigint
        """,
        payout_id=payout.id,
        expected=payout.status,
        account_id=account.id if account else None,
        version=account.version if account else None,
        staff_id=tx.actor.id,
        arrival=estimated_arrival,
    )


def set_held(tx: Tx, payout_id: str, because: str) -> Query[int]:
    """Held until somebody cancels it."""
    return tx.run(
        "UPDATE shield.payout SET held_because = %(because)s, held_until = NULL WHERE id = %(payout_id)s",
        payout_id=payout_id,
        because=because,
    )


def set_all_held(tx: Tx, member_id: str, because: str, *, until: datetime | None) -> Query[list[str]]:
    """Hold the member's pending payouts; a hold that does not lapse is not shortened by one that does."""
    return tx.values(
        str,
        """
        UPDATE shield.payout SET held_because = %(because)s, held_until = %(until)s
         WHERE member_id = %(member_id)s AND status = 'pending'
           AND (held_because IS NULL OR held_until IS NOT NULL OR %(until)s::timestamptz IS NULL)
        RETURNING id
        """,
        member_id=member_id,
        because=because,
        until=until,
    )


def list_due(db: Db, *, before: datetime) -> Query[list[DueRow]]:
    """ACH payouts that may leave now: made before that moment, not held, to an account that can be paid.

    While a bank's record about a payout of the same claim is undecided, nothing more of that claim is due.
    """
    return db.all(
        DueRow,
        """
        SELECT p.id, p.amount_minor
          FROM shield.payout p
          JOIN shield.bank_account b ON b.member_id = p.member_id
         WHERE p.status = 'pending' AND p.method = 'ach' AND p.initiated_at <= %(before)s
           AND (p.held_because IS NULL OR p.held_until <= now())
           AND b.verified_at IS NOT NULL AND NOT b.correction_pending
           AND (b.hold_until IS NULL OR b.hold_until <= now())
           AND NOT EXISTS (SELECT FROM shield.bank_record r JOIN shield.payout o ON o.id = r.payout_id
                            WHERE o.claim_id = p.claim_id AND r.status = 'open'
                              AND r.cause NOT IN ('correction', 'second_correction', 'other_notice'))
         ORDER BY p.member_id, p.claim_id, p.id
         LIMIT 5000
        """,
        before=before,
    )
