"""What staff say among themselves about a dispute. Nothing that is told outside may lead here: import-linter looks."""

from dataclasses import dataclass
from datetime import datetime

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class NoteRow:
    id: int
    dispute_id: int
    staff_id: int
    staff_name: str
    note: str
    attachments: list[str]
    created_at: datetime


def insert_note(tx: Tx, dispute_id: int, note: str, *, attachments: list[str]) -> Query[NoteRow]:
    """A note of whoever acts."""
    return tx.one(
        NoteRow,
        """
        WITH added AS (
            INSERT INTO marketplace.dispute_note (dispute_id, staff_id, note, attachments)
                 VALUES (%(dispute_id)s, %(staff_id)s, %(note)s, %(attachments)s)
              RETURNING id, dispute_id, staff_id, note, attachments, created_at
        )
        SELECT a.id, a.dispute_id, a.staff_id, s.full_name AS staff_name, a.note, a.attachments, a.created_at
          FROM added a JOIN kernel.staff s ON s.id = a.staff_id
        """,
        dispute_id=dispute_id,
        staff_id=tx.actor.id,
        note=note,
        attachments=attachments,
    )


def list_notes(db: Db, dispute_id: int) -> Query[list[NoteRow]]:
    """Oldest first."""
    return db.all(
        NoteRow,
        """
        SELECT n.id, n.dispute_id, n.staff_id, s.full_name AS staff_name, n.note, n.attachments, n.created_at
          FROM marketplace.dispute_note n JOIN kernel.staff s ON s.id = n.staff_id
         WHERE n.dispute_id = %(dispute_id)s
         ORDER BY n.id
        """,
        dispute_id=dispute_id,
    )
