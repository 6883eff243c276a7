"""Reading members: the list and its totals, one member's page. Nothing here writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from backoffice.kernel.database import Db, Pages, Query, tally
from backoffice.kernel.database.compose import Filter, Listing
from backoffice.kernel.database.many import gathered, walked
from backoffice.shield.member import rules
from backoffice.shield.member.rules import DeactivationReason
from backoffice.shield.member.store import Profile

MANY = 1_000
"""So many whom a search fits are met soon by walking the list, or gathered."""
LATEST = 20
"""How many claims, payouts, notes and audit entries a member's page shows."""


@dataclass(frozen=True, slots=True)
class ShownRow(Profile):
    """With their plan, their bank account and their deactivation, of each the one they have now."""

    plan_id: str | None
    plan_name: str | None
    monthly_cost_minor: int | None
    coverage_amount_minor: int | None
    bank_name: str | None
    account_type: str | None
    account_last_four: str | None
    routing_last_four: str | None
    deactivates_at: datetime | None
    deactivation_reason: DeactivationReason | None
    deactivation_details: str | None
    deactivated_by: UUID | None
    notification_sent: bool | None


@dataclass(frozen=True, slots=True)
class ListedRow(ShownRow):
    last_activity: datetime | None
    claims_total: int
    claims_pending: int
    claims_approved: int
    paid_out_minor: int


@dataclass(frozen=True, slots=True)
class DetailRow(ShownRow):
    employment_status: str | None
    employer_name: str | None
    annual_income_minor: int | None
    signup_source: str | None
    enrolled_at: datetime | None
    next_billing_date: datetime | None
    bank_account_id: str | None
    account_holder_name: str | None
    verified_at: datetime | None
    bank_added_at: datetime | None
    total_paid_minor: int
    last_paid_at: datetime | None
    last_paid_minor: int | None
    payment_method: str | None


@dataclass(frozen=True, slots=True)
class ClaimRow:
    id: str
    status: str
    type: str
    submitted_at: datetime
    amount_requested_minor: int
    amount_approved_minor: int | None
    amount_paid_minor: int


@dataclass(frozen=True, slots=True)
class PayoutRow:
    id: str
    claim_id: str
    amount_minor: int
    status: str
    method: str
    initiated_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoteRow:
    id: str
    claim_id: str
    author: UUID
    author_name: str
    content: str
    is_internal: bool
    created_at: datetime


NAMED: Mapping[str, Filter] = {
    "status": "m.status = %(status)s",
    "plan": """EXISTS (SELECT FROM shield.subscription x
                        WHERE x.member_id = m.id AND x.plan_id = %(plan)s AND x.ended_at IS NULL
                          AND x.has_begun)""",
    "claim_status": {
        "none": "NOT EXISTS (SELECT FROM shield.member_claims x WHERE x.member_id = m.id AND x.total > 0)",
        "pending": "EXISTS (SELECT FROM shield.member_claims x WHERE x.member_id = m.id AND x.pending > 0)",
        "approved": "EXISTS (SELECT FROM shield.member_claims x WHERE x.member_id = m.id AND x.approved > 0)",
        "denied": "EXISTS (SELECT FROM shield.member_claims x WHERE x.member_id = m.id AND x.denied > 0)",
        "paid": "EXISTS (SELECT FROM shield.member_claims x WHERE x.member_id = m.id AND x.paid > 0)",
    },
    "signup_date_from": "m.signup_date >= %(signup_date_from)s",
    "signup_date_to": "m.signup_date < %(signup_date_to)s",
}
EACH_WAY: tuple[LiteralString, ...] = (
    "m.name_words @@ kernel.search_query(%(name)s)",
    "m.id ^@ lower(%(search)s)",
    "lower(m.email) ^@ lower(%(search)s)",
)
"""How a search fits a member, each through its own index."""
USERS = Pages(
    "users",
    ListedRow,
    source="shield.member m",
    key="m.id",
    order={
        "signup_date_desc": "m.signup_date DESC, m.id DESC",
        "signup_date_asc": "m.signup_date, m.id",
        "name_asc": "lower(m.last_name), lower(m.first_name), m.id",
        "name_desc": "lower(m.last_name) DESC, lower(m.first_name) DESC, m.id DESC",
        "last_activity_desc": "m.last_activity DESC NULLS LAST, m.id DESC",
        "last_activity_asc": "m.last_activity NULLS FIRST, m.id",
    },
    tally=tally("shield.member_tally", "members", by={"status": "status = %(status)s"}),
    sql="""
    SELECT m.id, m.email, m.first_name, m.last_name, m.phone, m.street, m.city, m.state, m.zip, m.country,
           m.date_of_birth, m.ssn_last_four, m.status, m.signup_date,
           p.id AS plan_id, p.name AS plan_name, p.monthly_cost_minor, p.coverage_amount_minor,
           b.bank_name, b.account_type, b.account_last_four, b.routing_last_four,
           d.effective_at AS deactivates_at, d.reason AS deactivation_reason,
           d.reason_details AS deactivation_details, d.public_id AS deactivated_by, d.notification_sent,
           m.last_activity, coalesce(c.total, 0) AS claims_total, coalesce(c.pending, 0) AS claims_pending,
           coalesce(c.approved + c.paid, 0) AS claims_approved, coalesce(c.paid_out_minor, 0) AS paid_out_minor
      FROM {page}
      JOIN shield.member m USING (id)
      LEFT JOIN LATERAL (SELECT x.* FROM shield.subscription s JOIN shield.plan x ON x.id = s.plan_id
                          WHERE s.member_id = m.id AND s.ended_at IS NULL AND s.has_begun LIMIT 1) p ON true
      LEFT JOIN shield.member_claims c ON c.member_id = m.id
      LEFT JOIN shield.bank_account b ON b.member_id = m.id
      LEFT JOIN LATERAL (SELECT x.*, a.public_id FROM shield.deactivation x JOIN kernel.staff a ON a.id = x.decided_by
                          WHERE x.member_id = m.id AND x.ended_at IS NULL LIMIT 1) d ON true
     ORDER BY {order}
    """,
    filters={**NAMED, "search": "(" + " OR ".join(EACH_WAY) + ")"},
)
WAY: LiteralString = "SELECT FROM shield.member m WHERE {fits}"
WAYS: LiteralString = " UNION ALL ".join(WAY.replace("{fits}", fits) for fits in EACH_WAY)
COUNT_FOUND: LiteralString = "SELECT count(*) FROM ({ways} LIMIT %(many)s) AS found".replace("{ways}", WAYS)
COUNTED = Listing(int, "SELECT count(*) FROM shield.member m {where}", {**USERS.filters, "name": "true"})
FOUND = gathered(
    USERS,
    EACH_WAY,
    name="users found",
    columns="m.id, m.signup_date, m.first_name, m.last_name, m.last_activity",
    counted=COUNTED,
)
MET = walked(USERS, " OR ".join(EACH_WAY), name="users met", otherwise=FOUND)
"""The same list of the many whom a search fits."""


def count_found(db: Db, search: str, *, name: str | None) -> Query[int]:
    """How many a search fits, who fits in several ways several times; MANY where it is as many or more."""
    return db.value(int, COUNT_FOUND, search=search, name=name, many=MANY)


async def list_found(db: Db, search: str, *, name: str | None) -> Pages[ListedRow]:
    """The way to whom a search fits: the planner can't tell how many they are, nor where they stand."""
    return FOUND if await count_found(db, search, name=name) < MANY else MET


def get_detail(db: Db, member_id: str) -> Query[DetailRow]:
    return db.one(
        DetailRow,
        """
        SELECT m.id, m.email, m.first_name, m.last_name, m.phone, m.street, m.city, m.state, m.zip, m.country,
               m.date_of_birth, m.ssn_last_four, m.status, m.signup_date,
               p.id AS plan_id, p.name AS plan_name, p.monthly_cost_minor, p.coverage_amount_minor,
               b.bank_name, b.account_type, b.account_last_four, b.routing_last_four,
               d.effective_at AS deactivates_at, d.reason AS deactivation_reason,
               d.reason_details AS deactivation_details, a.public_id AS deactivated_by, d.notification_sent,
               m.employment_status, m.employer_name, m.annual_income_minor, m.signup_source,
               s.enrolled_at, s.next_billing_date,
               b.id AS bank_account_id, b.account_holder_name, b.verified_at, b.added_at AS bank_added_at,
               (SELECT coalesce(sum(x.amount_minor), 0)::bigint FROM shield.premium_payment x
                 WHERE x.member_id = m.id) AS total_paid_minor,
               l.paid_at AS last_paid_at, l.amount_minor AS last_paid_minor,
               coalesce(s.payment_method, l.method) AS payment_method
          FROM shield.member m
          LEFT JOIN shield.subscription s ON s.member_id = m.id AND s.ended_at IS NULL
          LEFT JOIN shield.plan p ON p.id = s.plan_id
          LEFT JOIN shield.bank_account b ON b.member_id = m.id
          LEFT JOIN shield.deactivation d ON d.member_id = m.id AND d.ended_at IS NULL
          LEFT JOIN kernel.staff a ON a.id = d.decided_by
          LEFT JOIN LATERAL (SELECT x.paid_at, x.amount_minor, x.method FROM shield.premium_payment x
                              WHERE x.member_id = m.id ORDER BY x.paid_at DESC, x.id DESC LIMIT 1) l ON true
         WHERE m.id = %(member_id)s
        """,
        member_id=member_id,
        missing=rules.MemberNotFound(user_id=member_id),
    )


def list_claims(db: Db, member_id: str) -> Query[list[ClaimRow]]:
    """Newest first."""
    return db.all(
        ClaimRow,
        """
        SELECT id, status, type, submitted_at, amount_requested_minor, amount_approved_minor, amount_paid_minor
          FROM shield.claim WHERE member_id = %(member_id)s
         ORDER BY submitted_at DESC, id DESC LIMIT %(most)s
        """,
        member_id=member_id,
        most=LATEST,
    )


def list_payouts(db: Db, member_id: str) -> Query[list[PayoutRow]]:
    """Newest first."""
    return db.all(
        PayoutRow,
        """
        SELECT id, claim_id, amount_minor, status, method, initiated_at, completed_at
          FROM shield.payout WHERE member_id = %(member_id)s
         ORDER BY initiated_at DESC, id DESC LIMIT %(most)s
        """,
        member_id=member_id,
        most=LATEST,
    )


def list_notes(db: Db, member_id: str) -> Query[list[NoteRow]]:
    """The notes of all the member's claims, newest first."""
    return db.all(
        NoteRow,
        """
        SELECT n.id, n.claim_id, a.public_id AS author, a.full_name AS author_name, n.content, n.is_internal,
               n.created_at
          FROM shield.claim c
          JOIN shield.claim_note n ON n.claim_id = c.id
          JOIN kernel.staff a ON a.id = n.author_id
         WHERE c.member_id = %(member_id)s
         ORDER BY n.created_at DESC, n.id DESC LIMIT %(most)s
        """,
        member_id=member_id,
        most=LATEST,
    )
