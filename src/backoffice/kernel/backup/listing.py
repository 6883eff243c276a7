"""Reading what backups there are. Nothing here writes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backoffice.kernel.backup.rules import Form, Kind
from backoffice.kernel.database import Pages


@dataclass(frozen=True, slots=True)
class ListedRow:
    id: UUID
    kind: Kind
    form: Form
    follows: UUID | None
    started_at: datetime
    ended_at: datetime
    with_uploads: bool
    plain_bytes: int
    kept_bytes: int
    keys: list[str]
    description: str
    checked_at: datetime
    tables_checked: int
    entries_checked: int
    seals_checked: int


BACKUPS = Pages(
    "backups",
    ListedRow,
    source="kernel.backup b",
    key="b.id",
    order="b.ended_at DESC, b.id DESC",
    sql="""
    SELECT b.id, b.kind, b.form, b.follows, b.started_at, b.ended_at, b.with_uploads, b.plain_bytes, b.kept_bytes,
           b.keys, b.description, b.checked_at, b.tables_checked, b.entries_checked, b.seals_checked
      FROM {page}
      JOIN kernel.backup b USING (id)
     ORDER BY {order}
    """,
    filters={"kind": "b.kind = %(kind)s"},
)
