"""Approvals and votes. An open approval is held while somebody agrees: two at once count one after the other."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from backoffice.kernel.approval.rules import STRANGERS_AFTER, Proposal, Status
from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    id: UUID
    digest: bytes
    is_late: bool


def digest_of(proposal: Proposal) -> bytes:
    return hashlib.sha256(proposal.content).digest()


def lock_open(tx: Tx, proposal: Proposal) -> Query[ApprovalRow | None]:
    """What is open for this act on this subject, held until this write ends."""
    return tx.find(
        ApprovalRow,
        """
        SELECT id, digest, expires_at <= clock_timestamp() AS is_late
          FROM kernel.approval
         WHERE product = %(product)s AND act = %(act)s AND subject = %(subject)s AND status = 'open'
           FOR UPDATE
        """,
        product=tx.actor.product,
        act=proposal.act,
        subject=proposal.subject,
    )


def insert_approval(tx: Tx, approval_id: UUID, proposal: Proposal) -> Query[UUID | None]:
    """None where somebody else has just opened one for the same act and subject."""
    return tx.find_value(
        UUID,
        """
        INSERT INTO kernel.approval (id, product, act, subject, digest, quorum, permission, payload, expires_at)
             VALUES (%(id)s, %(product)s, %(act)s, %(subject)s, %(digest)s, %(quorum)s, %(permission)s, %(payload)s,
                     clock_timestamp() + %(lasts)s)
        ON CONFLICT (product, act, subject) WHERE status = 'open' DO NOTHING
          RETURNING id
        """,
        id=approval_id,
        product=tx.actor.product,
        act=proposal.act,
        subject=proposal.subject,
        digest=digest_of(proposal),
        quorum=proposal.quorum,
        permission=proposal.permission,
        payload=Jsonb(dict(proposal.payload)),
        lasts=proposal.lasts,
    )


def insert_vote(tx: Tx, approval_id: UUID) -> Query[datetime | None]:
    """None where whoever acts has agreed before."""
    return tx.find_value(
        datetime,
        """
        INSERT INTO kernel.approval_vote (approval_id, staff_id) VALUES (%(approval_id)s, %(staff_id)s)
        ON CONFLICT DO NOTHING RETURNING voted_at
        """,
        approval_id=approval_id,
        staff_id=tx.actor.staff_id,
    )


def hold_voters(tx: Tx, approval_id: UUID) -> Query[list[int]]:
    """Nobody who voted is demoted or shut out between the count and the act."""
    return tx.values(
        int,
        """
        SELECT m.staff_id
          FROM kernel.membership m JOIN kernel.approval_vote v ON v.staff_id = m.staff_id
         WHERE v.approval_id = %(approval_id)s AND m.product = %(product)s
         ORDER BY m.staff_id FOR SHARE OF m
        """,
        approval_id=approval_id,
        product=tx.actor.product,
    )


def hold_roles(tx: Tx, approval_id: UUID) -> Query[list[str]]:
    """Nor does a role that staff made, and that one of them has, lose what it may do."""
    return tx.values(
        str,
        """
        SELECT r.name FROM kernel.role r
         WHERE r.product = %(product)s
           AND r.name IN (SELECT m.role FROM kernel.membership m
                            JOIN kernel.approval_vote v ON v.staff_id = m.staff_id AND m.product = %(product)s
                           WHERE v.approval_id = %(approval_id)s)
         ORDER BY r.name FOR SHARE OF r
        """,
        approval_id=approval_id,
        product=tx.actor.product,
    )


def delete_lapsed(tx: Tx, approval_id: UUID, proposal: Proposal, *, roles: list[str]) -> Query[list[int]]:
    """Take back the votes of people who may not agree any more, by their role and by `roles` or roles that staff made.

    Their ids.
    """
    return tx.values(
        int,
        """
        DELETE FROM kernel.approval_vote v
         WHERE v.approval_id = %(approval_id)s
           AND NOT EXISTS (
               SELECT FROM kernel.membership m
                WHERE m.staff_id = v.staff_id AND m.product = %(product)s AND m.is_active
                  AND %(role)s IN ('', m.role)
                  AND (%(permission)s = '' OR m.role = ANY (%(roles)s)
                       OR EXISTS (SELECT FROM kernel.role r
                                   WHERE r.product = m.product AND r.name = m.role
                                     AND %(permission)s = ANY (r.permissions))))
     RETURNING v.staff_id
        """,
        approval_id=approval_id,
        product=tx.actor.product,
        role=proposal.role,
        permission=proposal.permission,
        roles=roles,
    )


def count_votes(tx: Tx, approval_id: UUID) -> Query[int]:
    return tx.value(
        int,
        "SELECT count(*) FROM kernel.approval_vote WHERE approval_id = %(approval_id)s",
        approval_id=approval_id,
    )


def know_first_passwords(tx: Tx, approval_id: UUID) -> Query[bool]:
    """Whether one person could have signed in as two of those who agreed: by accounts opened a short time ago, and by
    accounts that those opened.
    """
    return tx.value(
        bool,
        """
        WITH RECURSIVE known_to (voter_id, staff_id) AS (
            SELECT staff_id, staff_id FROM kernel.approval_vote WHERE approval_id = %(approval_id)s
             UNION
            SELECT k.voter_id, person.opened_by
              FROM known_to k JOIN kernel.staff person ON person.id = k.staff_id
             WHERE person.opened_by IS NOT NULL
               AND person.created_at > clock_timestamp() - %(lasts)s::interval
        )
        SELECT EXISTS (SELECT FROM known_to one JOIN known_to other USING (staff_id)
                        WHERE one.voter_id < other.voter_id)
        """,
        approval_id=approval_id,
        lasts=STRANGERS_AFTER,
    )


def set_ended(tx: Tx, approval_id: UUID, to: Status) -> Query[str]:
    return tx.value(
        str,
        """
        UPDATE kernel.approval SET status = %(to)s, ended_at = clock_timestamp()
         WHERE id = %(approval_id)s AND status = 'open' RETURNING status
        """,
        approval_id=approval_id,
        to=to,
    )


@dataclass(frozen=True, slots=True)
class LateRow:
    id: UUID
    product: str
    act: str
    subject: str


def list_late(db: Db) -> Query[list[LateRow]]:
    """Open approvals whose time is over."""
    return db.all(
        LateRow,
        """
        SELECT id, product, act, subject FROM kernel.approval
         WHERE status = 'open' AND expires_at <= clock_timestamp()
         ORDER BY expires_at LIMIT 1000
        """,
    )


def set_expired(tx: Tx, approval_id: UUID) -> Query[int]:
    """How many: none where somebody ended it meanwhile."""
    return tx.run(
        """
        UPDATE kernel.approval SET status = 'expired', ended_at = clock_timestamp()
         WHERE id = %(approval_id)s AND status = 'open' AND expires_at <= clock_timestamp()
        """,
        approval_id=approval_id,
    )
