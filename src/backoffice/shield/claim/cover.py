"""What a claim may cost: the plan that covers it, what is left of its cover, and what its payouts come to."""

from datetime import datetime

from backoffice.kernel.database import Db, Query


def find_plan_id(db: Db, member_id: str, *, at: datetime) -> Query[str | None]:
    """The plan the member was on then, else their latest: changing plans after losing work changes no claim.

    Of two at once, which only older rows have, the one they were on first.
    """
    return db.find_value(
        str,
        """
        SELECT plan_id FROM shield.subscription
         WHERE member_id = %(member_id)s
         ORDER BY CASE WHEN enrolled_at <= %(at)s AND coalesce(ended_at, 'infinity') > %(at)s THEN enrolled_at END,
                  ended_at DESC NULLS FIRST, enrolled_at DESC
         LIMIT 1
        """,
        member_id=member_id,
        at=at,
    )


def get_remaining_coverage(db: Db, claim_id: str) -> Query[int]:
    """What the claim's plan covers less the other approved and paid claims of the period an approval counts against."""
    return db.value(
        int,
        """
        SELECT greatest(0, p.coverage_amount_minor - coalesce(
                   (SELECT sum(o.amount_approved_minor)
                      FROM shield.coverage k
                      JOIN shield.claim o ON o.coverage_id = k.id AND o.id <> c.id
                     WHERE k.member_id = c.member_id
                       AND (k.id = c.coverage_id OR (c.coverage_id IS NULL AND k.ends_at > clock_timestamp()))), 0)
               )::bigint
          FROM shield.claim c JOIN shield.plan p ON p.id = c.plan_id
         WHERE c.id = %(claim_id)s
        """,
        claim_id=claim_id,
    )


def sum_live_payouts(db: Db, claim_id: str) -> Query[int]:
    """What the claim's payouts that are neither failed nor cancelled come to, in cents."""
    return db.value(
        int,
        """
        SELECT coalesce(sum(amount_minor), 0)::bigint FROM shield.payout
         WHERE claim_id = %(claim_id)s AND status NOT IN ('failed', 'cancelled')
        """,
        claim_id=claim_id,
    )


def sum_completed_payouts(db: Db, claim_id: str) -> Query[int]:
    return db.value(
        int,
        """
        SELECT coalesce(sum(amount_minor), 0)::bigint FROM shield.payout
         WHERE claim_id = %(claim_id)s AND status = 'completed'
        """,
        claim_id=claim_id,
    )
