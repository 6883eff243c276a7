"""Who promised what, to which account: counted by person, stopped by a changed account or by what a bank sent.

Callers hold the member.
"""

from datetime import datetime

from backoffice.kernel.database import Db, Query
from backoffice.shield.claim.store import ClaimRow


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


def has_open_exception(db: Db, claim_id: str) -> Query[bool]:
    """Whether a bank sent something about the money of a payout of this claim that nobody has decided.

    What it wants corrected holds the account, not the claim.
    """
    return db.value(
        bool,
        """
        SELECT EXISTS (SELECT FROM shield.bank_record r JOIN shield.payout p ON p.id = r.payout_id
                        WHERE p.claim_id = %(claim_id)s AND r.status = 'open'
                          AND r.cause NOT IN ('correction', 'second_correction', 'other_notice'))
        """,
        claim_id=claim_id,
    )


def has_lost_payout(db: Db, claim_id: str) -> Query[bool]:
    """Whether money of this claim left by a payout that a restore has taken out of the database."""
    return db.value(
        bool,
        "SELECT EXISTS (SELECT FROM shield.lost_payout WHERE claim_id = %(claim_id)s AND settled_at IS NULL)",
        claim_id=claim_id,
    )


def has_decided_exception(db: Db, claim_id: str, *, staff_id: int) -> Query[bool]:
    """Whether this person decided, of a payout of this claim that failed, that its money is not with the member.

    They said so with every decision but that the payment stands: the claim has room again by their word.
    """
    return db.value(
        bool,
        """
        SELECT EXISTS (SELECT FROM shield.bank_record r JOIN shield.payout p ON p.id = r.payout_id
                        WHERE p.claim_id = %(claim_id)s AND r.status = 'closed' AND r.closed_by = %(staff_id)s
                          AND (r.decision = 'money_returned'
                               OR r.decision IN ('no_action', 'settled_with_bank') AND p.status = 'failed'
                                  AND r.cause NOT IN ('correction', 'second_correction', 'other_notice')))
        """,
        claim_id=claim_id,
        staff_id=staff_id,
    )
