"""The claim row, its history, documents and notes: locking, deciding, adding. Lists and the detail are in listing.py.

Lock order everywhere in shield: member, then claim, then payout, then bank account.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.shield.claim import rules
from backoffice.shield.claim.rules import Status


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim says, and what became of it."""

    id: str
    member_id: str
    status: Status
    type: str
    reason: str
    termination_date: datetime
    submitted_at: datetime
    amount_requested_minor: int
    amount_approved_minor: int | None
    amount_paid_minor: int


@dataclass(frozen=True, slots=True)
class ClaimRow(Claim):
    external_id: str | None
    plan_id: str
    approved_by: int | None
    assigned_to: int | None


@dataclass(frozen=True, slots=True)
class Note:
    id: str
    content: str
    is_internal: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class HandlerRow:
    id: int
    role: str
    is_active: bool


CLAIM: LiteralString = """
    SELECT id, member_id, status, type, reason, termination_date, submitted_at, amount_requested_minor,
           amount_approved_minor, amount_paid_minor, external_id, plan_id, approved_by, assigned_to
      FROM shield.claim
"""


def lock_member_of(tx: Tx, claim_id: str) -> Query[str | None]:
    """The claim's member, held until this write ends: two approvals for one member wait for each other here."""
    return tx.find_value(
        str,
        """
        SELECT m.id FROM shield.claim c JOIN shield.member m ON m.id = c.member_id
         WHERE c.id = %(claim_id)s FOR UPDATE OF m
        """,
        claim_id=claim_id,
    )


def lock_claim(tx: Tx, claim_id: str) -> Query[ClaimRow]:
    """The claim, held until this write ends. ClaimNotFound if there is none."""
    missing = rules.ClaimNotFound(claim_id=claim_id)
    return tx.one(ClaimRow, CLAIM + "WHERE id = %(claim_id)s FOR UPDATE", claim_id=claim_id, missing=missing)


def find_claimant(db: Db, claim_id: str) -> Query[str | None]:
    """Whose claim it is: the member, who is locked before the claim."""
    return db.find_value(str, "SELECT member_id FROM shield.claim WHERE id = %(claim_id)s", claim_id=claim_id)


def get_by_external_id(db: Db, external_id: str) -> Query[ClaimRow]:
    return db.one(ClaimRow, CLAIM + "WHERE external_id = %(external_id)s", external_id=external_id)


def insert_claim(tx: Tx, new: ClaimRow) -> Query[datetime | None]:
    """When it was submitted; None where a claim has its external id already."""
    return tx.find_value(
        datetime,
        """
        INSERT INTO shield.claim (id, external_id, member_id, plan_id, type, reason, termination_date,
                                  amount_requested_minor)
             VALUES (%(id)s, %(external_id)s, %(member_id)s, %(plan_id)s, %(type)s, %(reason)s, %(termination_date)s,
                     %(amount_requested_minor)s)
        ON CONFLICT (external_id) DO NOTHING
          RETURNING submitted_at
        """,
        **asdict(new),
    )


def set_decision(
    tx: Tx, claim: ClaimRow, to: Status, *, amount_minor: int | None, approved_by: int | None
) -> Query[str]:
    """The new state, with who approved how much while it is approved, and since when it is decided while it is.

    Whoever answers for the amount saw the account as it is now; who only takes something off it saw it for nobody.

    Times are those of the clock: a write that waited for the member must not seem older than the one it waited for.
    """
    return tx.value(
        str,
        """
        UPDATE shield.claim
           SET status = %(to)s,
               amount_approved_minor = %(amount)s,
               approved_by = %(approved_by)s,
               account_version = CASE WHEN %(to)s::text <> 'approved' THEN NULL
                                      WHEN %(approved_by)s::bigint IS DISTINCT FROM %(by)s THEN account_version
                                      ELSE (SELECT b.version FROM shield.bank_account b
                                             WHERE b.member_id = claim.member_id) END,
               approved_at = CASE %(to)s::text WHEN 'approved' THEN coalesce(approved_at, clock_timestamp()) END,
               decided_at = CASE WHEN %(to)s::text IN ('approved', 'denied')
                                 THEN coalesce(decided_at, clock_timestamp()) END
         WHERE id = %(claim_id)s AND status = %(expected)s
     RETURNING id
        """,
        claim_id=claim.id,
        expected=claim.status,
        to=to,
        amount=amount_minor,
        approved_by=approved_by,
        by=tx.actor.id,
    )


def set_paid(tx: Tx, claim: ClaimRow, to: Status, *, paid_minor: int) -> Query[str]:
    """What payouts have paid, and what that makes of the claim."""
    return tx.value(
        str,
        """
        UPDATE shield.claim SET status = %(to)s, amount_paid_minor = %(paid)s
         WHERE id = %(claim_id)s AND status = %(expected)s
     RETURNING id
        """,
        claim_id=claim.id,
        expected=claim.status,
        to=to,
        paid=paid_minor,
    )


def set_assigned(tx: Tx, claim_id: str, staff_id: int | None) -> Query[int]:
    return tx.run(
        "UPDATE shield.claim SET assigned_to = %(staff_id)s WHERE id = %(claim_id)s",
        claim_id=claim_id,
        staff_id=staff_id,
    )


def insert_history(tx: Tx, claim_id: str, became: Status, *, notes: str | None) -> Query[int]:
    """Moved by whoever acts, nobody where it was a job."""
    return tx.run(
        """
        INSERT INTO shield.claim_history (claim_id, became, changed_by, notes)
             VALUES (%(claim_id)s, %(became)s, %(changed_by)s, %(notes)s)
        """,
        claim_id=claim_id,
        became=became,
        changed_by=tx.actor.staff_id,
        notes=notes,
    )


def insert_note(tx: Tx, claim_id: str, content: str, *, note_id: str, is_internal: bool) -> Query[Note]:
    """A note by whoever acts."""
    return tx.one(
        Note,
        """
        INSERT INTO shield.claim_note (id, claim_id, author_id, content, is_internal)
             VALUES (%(id)s, %(claim_id)s, %(author_id)s, %(content)s, %(is_internal)s)
          RETURNING id, content, is_internal, created_at
        """,
        id=note_id,
        claim_id=claim_id,
        author_id=tx.actor.id,
        content=content,
        is_internal=is_internal,
    )


def find_handler(db: Db, public_id: UUID) -> Query[HandlerRow | None]:
    """A staff member of shield, by the id that is shown."""
    return db.find(
        HandlerRow,
        """
        SELECT s.id, m.role, m.is_active
          FROM kernel.staff s JOIN kernel.membership m ON m.staff_id = s.id AND m.product = 'shield'
         WHERE s.public_id = %(public_id)s
        """,
        public_id=public_id,
    )


def get_public_id(db: Db, staff_id: int) -> Query[UUID]:
    return db.value(UUID, "SELECT public_id FROM kernel.staff WHERE id = %(staff_id)s", staff_id=staff_id)
