"""Who promised what, to which account: counted by person, stopped by a changed account, let go on by a confirmation.

Callers hold the member.
"""

from dataclasses import dataclass
from datetime import datetime

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.shield.bank_account.rules import HELD_BECAUSE
from backoffice.shield.bank_account.store import AccountRow
from backoffice.shield.claim.store import ClaimRow


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A pending payout to an account, and who approved its claim."""

    id: str
    approved_by: int | None


def sum_of_person(db: Db, claim: ClaimRow, staff_id: int, *, since: datetime) -> Query[int]:
    """What this person approved or promised and is alive, in cents: of the claim, and since then of its member."""
    return db.value(
        int,
        """
        SELECT coalesce(sum(p.amount_minor), 0)::bigint
          FROM shield.payout p JOIN shield.claim c ON c.id = p.claim_id
         WHERE p.member_id = %(member_id)s AND p.status NOT IN ('failed', 'cancelled')
           AND (p.claim_id = %(claim_id)s OR p.promised_at > %(since)s)
           AND %(staff_id)s IN (c.approved_by, p.created_by, p.promised_by)
        """,
        member_id=claim.member_id,
        claim_id=claim.id,
        staff_id=staff_id,
        since=since,
    )


def list_promisers(db: Db, payout_id: str) -> Query[list[int]]:
    """Who created the payout, and who tried it again since: each promised it to the account of that day."""
    return db.values(
        int,
        """
        SELECT created_by FROM shield.payout WHERE id = %(payout_id)s AND created_by IS NOT NULL
         UNION
        SELECT actor_id FROM kernel.audit_entry
         WHERE product = 'shield' AND subject = 'payout:' || %(payout_id)s AND action = 'payout.retried'
        """,
        payout_id=payout_id,
    )


def has_waiting(db: Db, claim_id: str, *, staff_id: int) -> Query[bool]:
    """Whether a payout of the claim that this person promised waits to leave."""
    return db.value(
        bool,
        """
        SELECT EXISTS (SELECT FROM shield.payout
                        WHERE claim_id = %(claim_id)s AND status = 'pending'
                          AND %(staff_id)s IN (created_by, promised_by))
        """,
        claim_id=claim_id,
        staff_id=staff_id,
    )


def has_changed_account(db: Db, member_id: str, *, staff_ids: list[int], since: datetime) -> Query[bool]:
    """Whether one of them changed the member's bank account since then: last of all, or before somebody else did.

    The account knows who changed it last; who did before is in the audit log.
    """
    return db.value(
        bool,
        """
        SELECT EXISTS (SELECT FROM shield.bank_account
                        WHERE member_id = %(member_id)s AND changed_by = ANY (%(staff_ids)s::bigint[])
                          AND changed_at > %(since)s)
            OR EXISTS (SELECT FROM kernel.audit_entry
                        WHERE product = 'shield' AND at > %(since)s AND actor_kind = 'staff'
                          AND actor_id = ANY (%(staff_ids)s::bigint[]) AND action = 'banking.info_updated'
                          AND subject IN (SELECT 'banking:' || unnest(ARRAY[b.id, b.member_id])
                                            FROM shield.bank_account b WHERE b.member_id = %(member_id)s))
        """,
        member_id=member_id,
        staff_ids=staff_ids,
        since=since,
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
        because=HELD_BECAUSE,
    )


def set_released(tx: Tx, payout_ids: list[str], *, account: AccountRow) -> Query[int]:
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
        account_id=account.id,
        version=account.version,
        because=HELD_BECAUSE,
    )
