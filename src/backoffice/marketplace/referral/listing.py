"""Reading referrals: the list with its totals, one of them. Nothing here writes."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backoffice.kernel.database import Db, Pages, Query, tally
from backoffice.marketplace.referral import rules
from backoffice.marketplace.referral.rules import Decision, Ending, Status


@dataclass(frozen=True, slots=True)
class ListedRow:
    id: UUID
    code: str
    status: Status
    referrer_id: int
    referrer_name: str | None = field(repr=False)
    referrer_email: str | None = field(repr=False)
    referrals: int
    earned_minor: int
    referred_id: int
    referred_name: str | None = field(repr=False)
    referred_email: str | None = field(repr=False)
    registered_at: datetime
    reward_minor: int
    minimum_spend_minor: int
    currency: str
    email_verified_at: datetime | None
    first_booking_at: datetime | None
    spent_minor: int
    flags: list[str]
    is_held: bool
    decision: Decision | None
    decided_by: int | None
    decided_at: datetime | None
    decision_reason: str | None = field(repr=False)
    paid_minor: int
    taken_minor: int
    created_at: datetime
    expires_at: datetime
    completed_at: datetime | None
    credited_at: datetime | None
    ended_at: datetime | None
    ended_because: Ending | None


@dataclass(frozen=True, slots=True)
class SummaryRow:
    pending: int
    completed: int
    expired: int
    paid: int
    held: int
    rewards_minor: int
    paid_minor: int


REFERRALS = Pages(
    "referrals",
    ListedRow,
    source="marketplace.referral r",
    key="r.id",
    order="r.created_at DESC, r.id DESC",
    tally=tally("marketplace.referral_tally", "referrals", by={"status": "status = %(status)s"}),
    sql="""
    SELECT r.id, r.code, r.status, r.referrer_id, o.name AS referrer_name, o.email AS referrer_email, k.referrals,
           k.earned_minor, r.referred_id, c.name AS referred_name, c.email AS referred_email, c.registered_at,
           r.reward_minor, r.minimum_spend_minor, r.currency, r.email_verified_at, r.first_booking_at, r.spent_minor,
           r.flags, r.is_held, r.decision, r.decided_by, r.decided_at, r.decision_reason, r.paid_minor, r.taken_minor,
           r.created_at, r.expires_at, r.completed_at, r.credited_at, r.ended_at, r.ended_because
      FROM {page}
      JOIN marketplace.referral r USING (id)
      JOIN marketplace.referral_code k ON k.code = r.code
      JOIN marketplace.customer o ON o.id = r.referrer_id
      JOIN marketplace.customer c ON c.id = r.referred_id
     ORDER BY {order}
    """,
    filters={
        "status": "r.status = %(status)s",
        "referrer_id": "r.referrer_id = %(referrer_id)s",
        "referred_id": "r.referred_id = %(referred_id)s",
        "from_date": "r.created_at >= %(from_date)s",
        "to_date": "r.created_at < %(to_date)s",
        "min_amount": "r.reward_minor >= %(min_amount)s",
        "held": {True: "r.is_held", False: "NOT r.is_held"},
    },
)


def get_referral(db: Db, referral_id: UUID) -> Query[ListedRow]:
    """As the list shows it. ReferralNotFound."""
    return REFERRALS.one(db, referral_id, missing=rules.ReferralNotFound(referral_id=str(referral_id)))


def get_summary(db: Db) -> Query[SummaryRow]:
    """Of all referrals, whatever the list shows."""
    return db.one(
        SummaryRow,
        """
        SELECT coalesce(sum(referrals) FILTER (WHERE status = 'pending'), 0)::bigint AS pending,
               coalesce(sum(referrals) FILTER (WHERE status IN ('completed', 'paid')), 0)::bigint AS completed,
               coalesce(sum(referrals) FILTER (WHERE status = 'expired'), 0)::bigint AS expired,
               coalesce(sum(referrals) FILTER (WHERE status = 'paid'), 0)::bigint AS paid,
               (SELECT count(*) FROM marketplace.referral WHERE is_held) AS held,
               coalesce(sum(reward_minor) FILTER (WHERE status IN ('completed', 'paid')), 0)::bigint AS rewards_minor,
               coalesce(sum(reward_minor) FILTER (WHERE status = 'paid'), 0)::bigint AS paid_minor
          FROM marketplace.referral_tally
        """,
    )
