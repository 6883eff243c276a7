"""The parts of the audit log by month, those that were cut off, and what a cut writes out."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.audit.entry import Entry
from backoffice.kernel.database.query import Db, Query


@dataclass(frozen=True, slots=True)
class PartRow:
    """Entries before `until` that are in no older part."""

    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class CutRow:
    """A part that was cut off, and what the entry `entry_id` says of it; None when that one is cut off itself."""

    part: str
    until: datetime
    entries: int
    sha256: bytes
    entry_id: UUID
    cut_at: datetime
    action: str | None
    said: dict[str, Any] | None


@dataclass(slots=True)
class WrittenRow(Entry):
    """An entry as it stands, with the digest over all its columns."""

    digest: bytes


def make_months(tx: Db, *, ahead: int) -> Query[int]:
    """Make the parts until so many months from now; how many were missing."""
    return tx.value(int, "SELECT kernel.make_audit_months(%(ahead)s::bigint)", ahead=ahead)


def list_parts(db: Db, *, before: datetime) -> Query[list[PartRow]]:
    """Those that ended by then and before now, oldest first."""
    return db.all(
        PartRow,
        """
        SELECT name::text AS name, coalesce(until, 'infinity') AS until FROM kernel.audit_month
         WHERE until <= %(before)s AND until <= now()
         ORDER BY until
        """,
        before=before,
    )


def count_waiting(db: Db, *, before: datetime) -> Query[int]:
    """Entries from before then that no seal covers yet."""
    return db.value(
        int,
        """
        SELECT count(*) FROM kernel.audit_unsealed u JOIN kernel.audit_entry e ON e.id = u.entry_id
         WHERE e.at < %(before)s
        """,
        before=before,
    )


def count_in_the_rest(db: Db, *, before: datetime) -> Query[int]:
    """Entries from before then whose month was not made in time: they would be left behind."""
    return db.value(
        int,
        """
        SELECT count(*) FROM kernel.audit_entry e
         WHERE e.at < %(before)s AND e.tableoid = (SELECT part FROM kernel.audit_month WHERE until IS NULL)
        """,
        before=before,
    )


def stream_entries(db: Db, *, before: datetime) -> AsyncGenerator[WrittenRow, None]:
    """Those from before then; older parts are cut off already."""
    return db.stream(
        WrittenRow,
        """
        SELECT id, at, product, actor_kind, actor_id, actor_label, action, subject, data_subject, before, after, reason,
               address, agent, request_id, digest
          FROM kernel.audit_entry
         WHERE at < %(before)s
        """,
        before=before,
    )


def list_seals_over(db: Db, *, before: datetime) -> Query[list[int]]:
    """The numbers of the seals that name an entry from before then. Slow: it looks at every line."""
    return db.values(
        int,
        """
        SELECT DISTINCT s.number
          FROM kernel.audit_seal s, unnest(s.entry_ids) AS l(id)
          JOIN kernel.audit_entry e USING (id)
         WHERE e.at < %(before)s
         ORDER BY s.number
        """,
        before=before,
    )


def list_cuts(db: Db) -> Query[list[CutRow]]:
    """All of them, oldest first."""
    return db.all(
        CutRow,
        """
        SELECT c.part, c.until, c.entries, c.sha256, c.entry_id, c.cut_at, e.action, e.after AS said
          FROM kernel.audit_cut c
          LEFT JOIN kernel.audit_entry e ON e.id = c.entry_id
         ORDER BY c.until
        """,
    )
