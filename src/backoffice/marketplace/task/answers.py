"""From a task to the shape of the contract, where it is called a job."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from backoffice.kernel.files.links import FilesDoor
from backoffice.kernel.task import Status, TaskRow
from backoffice.kernel.task.listing import ListedRow, StatusRow
from backoffice.kernel.task.rules import estimated, link_ends, percent
from backoffice.kernel.web import Call
from backoffice.kernel.web.files import base_of
from backoffice.marketplace.product import MARKETPLACE
from backoffice.marketplace.task.schemas import FailureOut, JobOut, ListedOut, ResultOut, SummaryOut

FILES = FilesDoor(MARKETPLACE.name, "/api/v1/admin/jobs/files")
"""Opens what jobs made."""
Sign = Callable[[str, datetime], str]
"""Makes the link of a file that holds until this moment."""


def signer(call: Call) -> Sign:
    base = base_of(call)

    def sign(file_id: str, until: datetime) -> str:
        lasting = (until - datetime.now(UTC)).total_seconds()
        return base + call.house.links.sign(FILES, file_id, lasting=lasting)

    return sign


def listed_out(row: ListedRow) -> ListedOut:
    return {
        "id": row.id,
        "type": row.type,
        "status": row.status,
        "progress_percent": percent(row.status, rows=row.rows_processed, total=row.total_rows),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "started_at": row.started_at,
        "completed_at": row.completed_at,
        "creator": {"id": row.creator_id, "name": row.creator_name},
        "metadata": _metadata_out(row),
        "error": _error_out(row),
    }


def summary_out(counts: Iterable[StatusRow]) -> SummaryOut:
    by = {row.status: row.tasks for row in counts}
    return {
        "pending": by.get(Status.PENDING, 0),
        "processing": by.get(Status.PROCESSING, 0),
        "succeeded": by.get(Status.SUCCEEDED, 0),
        "failed": by.get(Status.FAILED, 0),
        "cancelled": by.get(Status.CANCELLED, 0),
    }


def job_out(row: TaskRow, sign: Sign | None) -> JobOut:
    """Without `sign` the file opens to somebody else only."""
    spent = row.updated_at - row.started_at if row.started_at else None
    took = row.completed_at - row.started_at if row.completed_at and row.started_at else None
    return {
        "id": row.id,
        "type": row.type,
        "status": row.status,
        "progress_percent": percent(row.status, rows=row.rows_processed, total=row.total_rows),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "started_at": row.started_at,
        "completed_at": row.completed_at,
        "estimated_duration_seconds": estimated(
            rows=row.rows_processed, total=row.total_rows, spent=spent, usual=row.usual_seconds
        ),
        "actual_duration_seconds": round(took.total_seconds()) if took is not None else None,
        "creator_id": row.creator_id,
        "metadata": _metadata_out(row),
        "retried_as": row.again_as,
        "result": _result_out(row, sign),
        "error": _error_out(row),
    }


def _metadata_out(row: TaskRow | ListedRow) -> dict[str, Any]:
    """What was asked for and, once it has begun, how many rows are done."""
    counts = {"rows_processed": row.rows_processed, "total_rows": row.total_rows} if row.started_at else {}
    return {**row.metadata, **counts}


def _result_out(row: TaskRow, sign: Sign | None) -> ResultOut | None:
    """The file of a job that made one, with its link as long as it is kept."""
    if row.file_name is None or row.file_bytes is None or row.file_sha256 is None or row.completed_at is None:
        return None
    until = link_ends(datetime.now(UTC), completed_at=row.completed_at)
    link = sign(row.file_id, until) if sign is not None and row.file_id is not None else None
    return {
        "file_url": link,
        "download_url": link,
        "file_name": row.file_name,
        "file_size_bytes": row.file_bytes,
        "sha256": row.file_sha256.hex(),
        "expires_at": until if link else None,
        "rows_count": row.rows_processed,
        "format": row.metadata.get("format", ""),
    }


def _error_out(row: TaskRow | ListedRow) -> FailureOut | None:
    if row.error_code is None or row.error_message is None or row.error_is_retryable is None:
        return None
    return {"code": row.error_code, "message": row.error_message, "retryable": row.error_is_retryable}
