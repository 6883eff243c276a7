"""Reading claims: the list and its totals, the detail with what a reviewer weighs. Nothing here writes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backoffice.kernel.database import Db, Pages, Query, tally
from backoffice.shield.claim import rules
from backoffice.shield.claim.rules import Status
from backoffice.shield.claim.store import Claim, Note


@dataclass(frozen=True, slots=True)
class ListedRow:
    id: str
    member_id: str
    first_name: str
    last_name: str
    email: str
    status: Status
    type: str
    submitted_at: datetime
    amount_requested_minor: int
    amount_approved_minor: int | None
    coverage_amount_minor: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DetailRow(Claim):
    """`enrolled_at` is when the unbroken enrolment around the termination date, or the last before it, began.

    `window_...` is the coverage period the claim counts against or, undecided, the member's latest; `window_inside`
    says whether an approval counts against it. `duplicates` are claims that may be this one told twice.
    """

    first_name: str
    last_name: str
    email: str
    plan_name: str
    coverage_amount_minor: int
    waiting_period_days: int
    enrolled_at: datetime | None
    was_enrolled: bool
    window_from: datetime | None
    window_to: datetime | None
    window_inside: bool
    remaining_minor: int
    duplicates: list[str]
    assignee_id: UUID | None
    assignee_name: str | None


@dataclass(frozen=True, slots=True)
class MoveRow:
    became: Status
    changed_at: datetime
    changed_by: UUID | None
    notes: str | None


@dataclass(frozen=True, slots=True)
class NoteRow(Note):
    author_id: UUID
    author_name: str


CLAIMS = Pages(
    "claims",
    ListedRow,
    source="shield.claim c",
    key="c.id",
    order="c.submitted_at DESC, c.id DESC",
    tally=tally("shield.claim_tally", "claims", by={"status": "status = %(status)s"}),
    sql="""
    SELECT c.id, c.member_id, m.first_name, m.last_name, m.email, c.status, c.type, c.submitted_at,
           c.amount_requested_minor, c.amount_approved_minor, p.coverage_amount_minor, c.updated_at
      FROM {page}
      JOIN shield.claim c USING (id)
      JOIN shield.member m ON m.id = c.member_id
      JOIN shield.plan p ON p.id = c.plan_id
     ORDER BY {order}
    """,
    filters={
        "status": "c.status = %(status)s",
        "user_id": "c.member_id = %(user_id)s",
        "date_from": "c.submitted_at >= %(date_from)s",
        "date_to": "c.submitted_at < %(date_to)s",
    },
)


def get_detail(db: Db, claim_id: str) -> Query[DetailRow]:
    """The claim with its facts. A plan change a day or less after the subscription before breaks no enrolment."""
    return db.one(
        DetailRow,
        """
        SELECT c.id, c.member_id, c.status, c.type, c.reason, c.termination_date, c.submitted_at,
               c.amount_requested_minor, c.amount_approved_minor, c.amount_paid_minor, m.first_name, m.last_name,
               m.email, p.name AS plan_name, p.coverage_amount_minor,
               p.waiting_period_days::bigint AS waiting_period_days,
               (SELECT max(s.enrolled_at) FROM shield.subscription s
                 WHERE s.member_id = c.member_id AND s.enrolled_at <= c.termination_date
                   AND NOT EXISTS (SELECT FROM shield.subscription e
                                    WHERE e.member_id = s.member_id AND e.enrolled_at < s.enrolled_at
                                      AND coalesce(e.ended_at, 'infinity') >= s.enrolled_at - interval '1 day')
               ) AS enrolled_at,
               EXISTS (SELECT FROM shield.subscription s
                        WHERE s.member_id = c.member_id AND s.enrolled_at <= c.termination_date
                          AND coalesce(s.ended_at, 'infinity') > c.termination_date) AS was_enrolled,
               k.begins_at AS window_from, k.ends_at AS window_to, coalesce(k.is_inside, false) AS window_inside,
               greatest(0, p.coverage_amount_minor - coalesce(CASE WHEN k.is_inside THEN
                   (SELECT sum(o.amount_approved_minor) FROM shield.claim o
                     WHERE o.coverage_id = k.id AND o.id <> c.id) END, 0))::bigint AS remaining_minor,
               ARRAY(SELECT o.id FROM shield.claim o WHERE o.member_id = c.member_id AND o.id <> c.id
                        AND abs(extract(epoch FROM o.termination_date - c.termination_date)) <= %(near)s * 86400
                      ORDER BY o.submitted_at, o.id) AS duplicates,
               a.public_id AS assignee_id, a.full_name AS assignee_name
          FROM shield.claim c JOIN shield.member m ON m.id = c.member_id
          JOIN shield.plan p ON p.id = c.plan_id
          LEFT JOIN kernel.staff a ON a.id = c.assigned_to
          LEFT JOIN LATERAL (
               SELECT x.id, x.begins_at, x.ends_at, c.coverage_id = x.id OR x.ends_at > clock_timestamp() AS is_inside
                 FROM shield.coverage x
                WHERE x.member_id = c.member_id AND (c.coverage_id IS NULL OR x.id = c.coverage_id)
                ORDER BY x.begins_at DESC LIMIT 1) k ON true
         WHERE c.id = %(claim_id)s
        """,
        claim_id=claim_id,
        near=rules.DUPLICATE_DAYS,
        missing=rules.ClaimNotFound(claim_id=claim_id),
    )


def list_history(db: Db, claim_id: str) -> Query[list[MoveRow]]:
    """Every move since the claim was submitted, oldest first."""
    return db.all(
        MoveRow,
        """
        SELECT h.became, h.changed_at, s.public_id AS changed_by, h.notes
          FROM shield.claim_history h LEFT JOIN kernel.staff s ON s.id = h.changed_by
         WHERE h.claim_id = %(claim_id)s
         ORDER BY h.id
        """,
        claim_id=claim_id,
    )


def list_notes(db: Db, claim_id: str) -> Query[list[NoteRow]]:
    """Oldest first."""
    return db.all(
        NoteRow,
        """
        SELECT n.id, n.content, n.is_internal, n.created_at, s.public_id AS author_id, s.full_name AS author_name
          FROM shield.claim_note n JOIN kernel.staff s ON s.id = n.author_id
         WHERE n.claim_id = %(claim_id)s
         ORDER BY n.created_at, n.id
        """,
        claim_id=claim_id,
    )
