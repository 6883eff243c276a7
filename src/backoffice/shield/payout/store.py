"""The payout table: locking, making, moving, holding. Tries to pay are in attempts.py, the list in listing.py.

Every move names the status it leaves, and the claim's sum is checked by the table itself, too.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.shield.payout import rules
from backoffice.shield.payout.rules import Method, Status


@dataclass(frozen=True, slots=True)
class Promise:
    """How much is to be paid, and to which version of which account; to none by a check."""

    id: str
    claim_id: str
    member_id: str
    bank_account_id: str | None
    account_version: int | None
    amount_minor: int
    method: Method


@dataclass(frozen=True, slots=True)
class PayoutRow(Promise):
    currency: str
    status: Status
    created_by: int | None
    held_because: str | None
    held_until: datetime | None


@dataclass(frozen=True, slots=True)
class NewPayout(Promise):
    notes: str | None
    estimated_arrival: datetime


@dataclass(frozen=True, slots=True)
class BelongsRow:
    """What must be locked before a payout is."""

    member_id: str
    claim_id: str


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A pending payout to an account, and who approved its claim."""

    id: str
    approved_by: int | None


def get_belongings(db: Db, payout_id: str) -> Query[BelongsRow]:
    return db.one(
        BelongsRow,
        "SELECT member_id, claim_id FROM shield.payout WHERE id = %(payout_id)s",
        payout_id=payout_id,
        missing=rules.PayoutNotFound(payout_id=payout_id),
    )


def lock_payout(tx: Tx, payout_id: str) -> Query[PayoutRow]:
    """The payout, held until this write ends."""
    return tx.one(
        PayoutRow,
        """
        SELECT id, claim_id, member_id, bank_account_id, account_version, amount_minor, method, currency, status,
               created_by, held_because, held_until
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
             VALUES (%(id)s, %(claim_id)s, %(member_id)s, %(bank_account_id)s, %(account_version)s,
                     %(amount_minor)s, %(method)s, %(notes)s, %(created_by)s, %(created_by)s, %(estimated_arrival)s)
        """,
        created_by=tx.actor.id,
        **asdict(new),
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
    tx: Tx, payout: PayoutRow, *, account_id: str | None, version: int | None, arrival: datetime
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
        account_id=account_id,
        version=version,
        staff_id=tx.actor.id,
        arrival=arrival,
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


def list_waiting(db: Db, member_id: str) -> Query[list[WaitingRow]]:
    """The member's pending payouts to another version of their account than the present one."""
    return db.all(
        WaitingRow,
        """
        SELECT p.id, c.approved_by
          FROM shield.payout p
          JOIN shield.claim c ON c.id = p.claim_id
          JOIN shield.bank_account b ON b.member_id = p.member_id
         WHERE p.member_id = %(member_id)s AND p.status = 'pending' AND p.method <> 'check'
           AND (p.held_because = %(because)s OR p.account_version <> b.version)
         ORDER BY p.id
        """,
        member_id=member_id,
        because=rules.ACCOUNT_CHANGED,
    )


def set_released(tx: Tx, payout_ids: list[str], *, account_id: str, version: int) -> Query[int]:
    """They go to this version of the account. Holds for another reason stay, and so does the least time of this one."""
    return tx.run(
        """
        UPDATE shield.payout
           SET bank_account_id = %(account_id)s, account_version = %(version)s,
               held_because = CASE WHEN held_because <> %(because)s OR held_until > now() THEN held_because END,
               held_until = CASE WHEN held_because <> %(because)s OR held_until > now() THEN held_until END
         WHERE id = ANY (%(ids)s) AND status = 'pending'
        """,
        ids=payout_ids,
        account_id=account_id,
        version=version,
        because=rules.ACCOUNT_CHANGED,
    )
