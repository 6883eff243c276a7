"""Plans, subscriptions and scheduled changes. Lock order: the member, then their subscription."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import LiteralString

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.shield.plan import rules


@dataclass(frozen=True, slots=True)
class PlanRow:
    id: str
    name: str
    monthly_cost_minor: int
    coverage_amount_minor: int
    coverage_duration_months: int
    waiting_period_days: int
    is_active: bool
    subscribers: int


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    id: str
    member_id: str
    plan_id: str
    enrolled_at: datetime
    next_billing_date: datetime | None
    billing_anchor: date
    payment_method: str | None
    credit_minor: int
    has_begun: bool

    @property
    def paid_until(self) -> date | None:
        """The first day that is not paid."""
        return self.next_billing_date.astimezone(UTC).date() if self.next_billing_date else None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    id: str
    member_id: str
    from_plan_id: str
    to_plan_id: str
    effective_at: datetime
    prorates: bool
    credit_minor: int
    charge_minor: int
    reason: str
    decided_by: int


PLAN: LiteralString = """
    SELECT p.id, p.name, p.monthly_cost_minor, p.coverage_amount_minor,
           p.coverage_duration_months::bigint AS coverage_duration_months,
           p.waiting_period_days::bigint AS waiting_period_days, p.is_active,
           (SELECT coalesce(sum(t.subscribers), 0)::bigint FROM shield.subscriber_tally t
             WHERE t.plan_id = p.id) AS subscribers
      FROM shield.plan p
"""
SUBSCRIPTION: LiteralString = """
    SELECT id, member_id, plan_id, enrolled_at, next_billing_date,
           coalesce(billing_anchor, (enrolled_at AT TIME ZONE 'UTC')::date) AS billing_anchor, payment_method,
           credit_minor, has_begun
      FROM shield.subscription WHERE member_id = %(member_id)s
"""


def list_plans(db: Db) -> Query[list[PlanRow]]:
    """Every plan, cheapest first, with its current subscriptions from the kept sums."""
    return db.all(PlanRow, PLAN + "ORDER BY p.monthly_cost_minor, p.id")


def get_plan(db: Db, plan_id: str) -> Query[PlanRow]:
    missing = rules.PlanNotFound(plan_id=plan_id)
    return db.one(PlanRow, PLAN + "WHERE p.id = %(plan_id)s", plan_id=plan_id, missing=missing)


def lock_subscription(tx: Tx, member_id: str) -> Query[SubscriptionRow | None]:
    """The member's current subscription, held until this write ends."""
    return tx.find(SubscriptionRow, SUBSCRIPTION + "AND ended_at IS NULL FOR UPDATE", member_id=member_id)


def lock_last_subscription(tx: Tx, member_id: str) -> Query[SubscriptionRow | None]:
    """The newest subscription, current or ended, held until this write ends."""
    return tx.find(
        SubscriptionRow,
        SUBSCRIPTION + "ORDER BY ended_at IS NULL DESC, id DESC LIMIT 1 FOR UPDATE",
        member_id=member_id,
    )


def insert_subscription(tx: Tx, new: SubscriptionRow) -> Query[int]:
    return tx.run(
        """
        INSERT INTO shield.subscription (id, member_id, plan_id, enrolled_at, next_billing_date, billing_anchor,
                                         payment_method, credit_minor, has_begun)
             VALUES (%(id)s, %(member_id)s, %(plan_id)s, %(enrolled_at)s, %(next_billing_date)s, %(billing_anchor)s,
                     %(payment_method)s, %(credit_minor)s, %(has_begun)s)
        """,
        **asdict(new),
    )


def set_subscriptions_ended(tx: Tx, member_id: str, *, at: datetime) -> Query[int]:
    """The member is on no plan after that moment: what ends later ends then, though never before it began."""
    return tx.run(
        """
        UPDATE shield.subscription SET ended_at = greatest(enrolled_at, %(at)s)
         WHERE member_id = %(member_id)s AND coalesce(ended_at, 'infinity') > %(at)s
        """,
        member_id=member_id,
        at=at,
    )


def set_paid(tx: Tx, subscription: SubscriptionRow) -> Query[int]:
    """Until when it is paid, and with what credit."""
    return tx.run(
        """
        UPDATE shield.subscription SET next_billing_date = %(next_billing_date)s, credit_minor = %(credit)s
         WHERE id = %(id)s
        """,
        id=subscription.id,
        next_billing_date=subscription.next_billing_date,
        credit=subscription.credit_minor,
    )


def set_begun(tx: Tx, subscription_id: str) -> Query[int]:
    return tx.run("UPDATE shield.subscription SET has_begun = true WHERE id = %(id)s", id=subscription_id)


def list_begun(db: Db) -> Query[list[str]]:
    """Members whose subscription has begun and does not count yet."""
    return db.values(
        str,
        """
        SELECT member_id FROM shield.subscription
         WHERE NOT has_begun AND ended_at IS NULL AND enrolled_at <= now()
         ORDER BY enrolled_at LIMIT 500
        """,
    )


def insert_change(tx: Tx, new: ChangeRow) -> Query[int]:
    """A scheduled change, of which a member has one at a time."""
    return tx.run(
        """
        INSERT INTO shield.plan_change (id, member_id, from_plan_id, to_plan_id, effective_at, prorates,
                                        credit_minor, charge_minor, reason, decided_by)
             VALUES (%(id)s, %(member_id)s, %(from_plan_id)s, %(to_plan_id)s, %(effective_at)s, %(prorates)s,
                     %(credit_minor)s, %(charge_minor)s, %(reason)s, %(decided_by)s)
        """,
        **asdict(new),
    )


def find_scheduled(db: Db, member_id: str) -> Query[ChangeRow | None]:
    return db.find(
        ChangeRow,
        """
        SELECT id, member_id, from_plan_id, to_plan_id, effective_at, prorates, credit_minor, charge_minor, reason,
               decided_by
          FROM shield.plan_change
         WHERE member_id = %(member_id)s AND took_effect_at IS NULL AND cancelled_at IS NULL
        """,
        member_id=member_id,
    )


def set_change_in_effect(tx: Tx, change: ChangeRow) -> Query[int]:
    """With what it came to in the end."""
    return tx.run(
        """
        UPDATE shield.plan_change
           SET took_effect_at = now(), credit_minor = %(credit)s, charge_minor = %(charge)s
         WHERE id = %(id)s
        """,
        id=change.id,
        credit=change.credit_minor,
        charge=change.charge_minor,
    )


def set_change_cancelled(tx: Tx, change_id: str) -> Query[int]:
    return tx.run("UPDATE shield.plan_change SET cancelled_at = now() WHERE id = %(id)s", id=change_id)


def list_due_changes(db: Db) -> Query[list[str]]:
    """Members whose scheduled change is due, longest due first."""
    return db.values(
        str,
        """
        SELECT member_id FROM shield.plan_change
         WHERE took_effect_at IS NULL AND cancelled_at IS NULL AND effective_at <= now()
         ORDER BY effective_at LIMIT 500
        """,
    )
