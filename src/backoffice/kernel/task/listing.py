"""Reading tasks: a page of them, and how many there are in each status. `product` is always given.

`seen_by` is the person who may see no others than their own; without it these are everybody's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.database import Db, Listing, Pages, Query, tally
from backoffice.kernel.database.compose import Filter
from backoffice.kernel.task.rules import Status


@dataclass(frozen=True, slots=True)
class ListedRow:
    id: UUID
    type: str
    status: Status
    creator_id: int | None
    creator_name: str | None
    metadata: dict[str, Any]
    rows_processed: int
    total_rows: int | None
    error_code: str | None
    error_message: str | None
    error_is_retryable: bool | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatusRow:
    status: Status
    tasks: int


KEPT: Mapping[str, Filter] = {
    "product": "product = %(product)s",
    "seen_by": "creator_id = %(seen_by)s",
    "creator_id": "creator_id = %(creator_id)s",
    "status": "status = %(status)s",
}
TASKS = Pages(
    "tasks",
    ListedRow,
    source="kernel.task t",
    key="t.id",
    order="t.created_at DESC, t.id DESC",
    tally=tally("kernel.task_tally", "tasks", by=KEPT),
    sql="""
    SELECT t.id, t.type, t.status, t.creator_id, s.full_name AS creator_name, t.metadata, t.rows_processed,
           t.total_rows, t.error_code, t.error_message, t.error_is_retryable, t.created_at, t.updated_at, t.started_at,
           t.completed_at
      FROM {page}
      JOIN kernel.task t USING (id)
      LEFT JOIN kernel.staff s ON s.id = t.creator_id
     ORDER BY {order}
    """,
    filters={
        "product": "t.product = %(product)s",
        "seen_by": "t.creator_id = %(seen_by)s",
        "creator_id": "t.creator_id = %(creator_id)s",
        "status": "t.status = %(status)s",
        "type": "t.type = %(type)s",
        "from_date": "t.created_at >= %(from_date)s",
        "to_date": "t.created_at < %(to_date)s",
    },
)
SUMMARY = Listing(
    StatusRow,
    "SELECT coalesce(status, '') AS status, sum(tasks)::bigint AS tasks FROM kernel.task_tally {where} GROUP BY 1",
    filters=KEPT,
)


def list_sums(db: Db, *, product: str, seen_by: int | None) -> Query[list[StatusRow]]:
    """How many there are in each status that has any, whatever the list shows."""
    shown = {"product": product, "seen_by": seen_by}
    return db.all(StatusRow, SUMMARY.where(shown), **shown)
