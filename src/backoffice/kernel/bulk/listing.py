"""Reading what became of the rows of a bulk act, a page at a time; they are few enough to be counted each time."""

from dataclasses import dataclass
from datetime import datetime

from backoffice.kernel.bulk.rules import Outcome
from backoffice.kernel.database import Pages


@dataclass(frozen=True, slots=True)
class ListedRow:
    subject: str
    outcome: Outcome
    code: str | None
    message: str | None
    ended_at: datetime | None
    can_be_undone: bool


ROWS = Pages(
    "rows of bulk acts",
    ListedRow,
    source="kernel.bulk_row r",
    key="r.id",
    order="r.id",
    sql="""
    SELECT r.subject, r.outcome, r.code, r.message, r.ended_at,
           r.outcome = 'done' AND r.kept IS NOT NULL AS can_be_undone
      FROM {page}
      JOIN kernel.bulk_row r USING (id)
     ORDER BY {order}
    """,
    filters={"task_id": "r.task_id = %(task_id)s", "outcome": "r.outcome = %(outcome)s"},
)
