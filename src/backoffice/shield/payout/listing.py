"""Reading payouts: the list with its totals and sums, one payout with its tries. Nothing here writes."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from backoffice.kernel.database import Db, Pages, Query, tally
from backoffice.shield.payout import rules
from backoffice.shield.payout.rules import AttemptStatus, Method, RailName, Status


@dataclass(frozen=True, slots=True)
class ListedRow:
    id: str
    member_id: str
    user_name: str
    claim_id: str
    amount_minor: int
    status: Status
    method: Method
    account_last_four: str | None
    initiated_at: datetime
    completed_at: datetime | None
    creator_public_id: UUID | None


@dataclass(frozen=True, slots=True)
class DetailRow(ListedRow):
    """Its account is the one it is meant for, whatever tries went to."""

    currency: str
    notes: str | None
    estimated_arrival: datetime | None
    held_because: str | None
    held_until: datetime | None
    creator_name: str | None
    completer_public_id: UUID | None
    completer_name: str | None
    bank_name: str | None
    routing_last_four: str | None


@dataclass(frozen=True, slots=True)
class TriedRow:
    id: str
    number: int
    rail: RailName
    status: AttemptStatus
    bank_name: str | None
    account_last_four: str | None
    routing_last_four: str | None
    trace_number: str | None
    started_at: datetime
    sent_at: datetime | None
    settles_on: date | None
    ended_at: datetime | None
    return_code: str | None
    correction_code: str | None
    correction_key_id: str | None
    correction_sealed: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SummaryRow:
    pending_minor: int
    processing_minor: int
    completed_this_month_minor: int


PAYOUTS = Pages(
    "payouts",
    ListedRow,
    source="shield.payout p",
    key="p.id",
    order="p.initiated_at DESC, p.id DESC",
    tally=tally("shield.payout_tally", "payouts", by={"status": "status = %(status)s"}),
    sql="""
    SELECT p.id, p.member_id, m.first_name || ' ' || m.last_name AS user_name, p.claim_id, p.amount_minor, p.status,
           p.method, coalesce(a.account_last_four, b.account_last_four) AS account_last_four, p.initiated_at,
           p.completed_at, s.public_id AS creator_public_id
      FROM {page}
      JOIN shield.payout p USING (id)
      JOIN shield.member m ON m.id = p.member_id
      LEFT JOIN shield.bank_account b ON b.id = p.bank_account_id
      LEFT JOIN kernel.staff s ON s.id = p.created_by
      LEFT JOIN LATERAL (SELECT t.account_last_four FROM shield.payout_attempt t
                          WHERE t.payout_id = p.id AND p.status NOT IN ('pending', 'cancelled')
                          ORDER BY t.number DESC LIMIT 1) a ON true
     ORDER BY {order}
    """,
    filters={
        "status": "p.status = %(status)s",
        "user_id": "p.member_id = %(user_id)s",
        "claim_id": "p.claim_id = %(claim_id)s",
        "date_from": "p.initiated_at >= %(date_from)s",
        "date_to": "p.initiated_at < %(date_to)s",
    },
)


def get_summary(db: Db) -> Query[SummaryRow]:
    """Of all payouts, whatever the list shows, in cents. Months are those of UTC."""
    return db.one(
        SummaryRow,
        """
        SELECT coalesce(sum(amount_minor) FILTER (WHERE status = 'pending'), 0)::bigint AS pending_minor,
               coalesce(sum(amount_minor) FILTER (WHERE status = 'processing'), 0)::bigint AS processing_minor,
               coalesce(sum(amount_minor) FILTER (
                   WHERE status = 'completed' AND completed_on >= date_trunc('month', now() AT TIME ZONE 'UTC')::date
               ), 0)::bigint AS completed_this_month_minor
          FROM shield.payout_tally
        """,
    )


def get_detail(db: Db, payout_id: str) -> Query[DetailRow]:
    return db.one(
        DetailRow,
        """
        SELECT p.id, p.member_id, m.first_name || ' ' || m.last_name AS user_name, p.claim_id, p.amount_minor,
               p.status, p.method, b.account_last_four, p.initiated_at, p.completed_at,
               s.public_id AS creator_public_id, p.currency, p.notes, p.estimated_arrival, p.held_because,
               p.held_until, s.full_name AS creator_name, c.public_id AS completer_public_id,
               c.full_name AS completer_name, b.bank_name, b.routing_last_four
          FROM shield.payout p
          JOIN shield.member m ON m.id = p.member_id
          LEFT JOIN shield.bank_account b ON b.id = p.bank_account_id
          LEFT JOIN kernel.staff s ON s.id = p.created_by
          LEFT JOIN kernel.staff c ON c.id = p.completed_by
         WHERE p.id = %(payout_id)s
        """,
        payout_id=payout_id,
        missing=rules.PayoutNotFound(payout_id=payout_id),
    )


def list_tries(db: Db, payout_id: str) -> Query[list[TriedRow]]:
    """Newest first."""
    return db.all(
        TriedRow,
        """
        SELECT id, number, rail, status, bank_name, account_last_four, routing_last_four, trace_number, started_at,
               sent_at, settles_on, ended_at, return_code, correction_code, correction_key_id, correction_sealed
          FROM shield.payout_attempt WHERE payout_id = %(payout_id)s ORDER BY number DESC
        """,
        payout_id=payout_id,
    )
