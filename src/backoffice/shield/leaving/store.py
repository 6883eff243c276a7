"""Deactivations: scheduled, in effect, ended by a return. Callers hold the member."""

from dataclasses import asdict, dataclass
from datetime import datetime

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.shield.member.rules import DeactivationReason


@dataclass(frozen=True, slots=True)
class DeactivationRow:
    id: str
    member_id: str
    reason: DeactivationReason
    reason_details: str | None
    effective_at: datetime
    notifies_member: bool
    notification_sent: bool
    decided_by: int
    took_effect_at: datetime | None


def insert_deactivation(tx: Tx, new: DeactivationRow) -> Query[int]:
    """A scheduled deactivation, of which a member has one at a time."""
    return tx.run(
        """
        INSERT INTO shield.deactivation (id, member_id, reason, reason_details, effective_at, notifies_member,
                                         decided_by)
             VALUES (%(id)s, %(member_id)s, %(reason)s, %(reason_details)s, %(effective_at)s, %(notifies_member)s,
                     %(decided_by)s)
        """,
        **asdict(new),
    )


def find_deactivation(db: Db, member_id: str) -> Query[DeactivationRow | None]:
    """The member's deactivation that is in effect or scheduled."""
    return db.find(
        DeactivationRow,
        """
        SELECT id, member_id, reason, reason_details, effective_at, notifies_member, notification_sent, decided_by,
               took_effect_at
          FROM shield.deactivation WHERE member_id = %(member_id)s AND ended_at IS NULL
        """,
        member_id=member_id,
    )


def set_in_effect(tx: Tx, deactivation_id: str, *, notified: bool) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.deactivation SET took_effect_at = now(), notification_sent = %(notified)s
         WHERE id = %(id)s AND took_effect_at IS NULL
        """,
        id=deactivation_id,
        notified=notified,
    )


def set_ended(tx: Tx, deactivation_id: str) -> Query[int]:
    return tx.run(
        "UPDATE shield.deactivation SET ended_at = now() WHERE id = %(id)s AND ended_at IS NULL", id=deactivation_id
    )


def list_due(db: Db) -> Query[list[str]]:
    """Members whose scheduled deactivation is due, longest due first."""
    return db.values(
        str,
        """
        SELECT member_id FROM shield.deactivation
         WHERE took_effect_at IS NULL AND ended_at IS NULL AND effective_at <= now()
         ORDER BY effective_at LIMIT 500
        """,
    )
