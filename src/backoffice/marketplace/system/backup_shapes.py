"""What the doors of backups take and give (remaining endpoints, 4.2)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.backup.listing import ListedRow
from backoffice.kernel.backup.rules import Form, Kind
from backoffice.kernel.backup.store import StateRow
from backoffice.kernel.task import Status
from backoffice.kernel.web import In
from backoffice.kernel.web.paging import Paged
from backoffice.marketplace.product import Meta


class BackupIn(In):
    """`include_uploads` brings customers' files in."""

    backup_type: Kind
    include_uploads: bool = False
    description: Annotated[str, Field(max_length=500)] = ""


class BackupsQuery(Paged, default=25):
    kind: Kind | None = None


class RequestedOut(TypedDict):
    """`estimated_duration_seconds` is what the last ten of the kind took; null before the first."""

    job_id: UUID
    status: Status
    estimated_duration_seconds: int | None


class CheckOut(TypedDict):
    """The trial restore: when, and how much was compared."""

    checked_at: datetime
    tables: int
    audit_entries: int
    audit_seals: int


class BackupOut(TypedDict):
    """`form` is physical or, of a PostgreSQL of somebody else, logical. `keys_needed` are names, never keys."""

    id: UUID
    backup_type: Kind
    form: Form
    follows: UUID | None
    started_at: datetime
    completed_at: datetime
    include_uploads: bool
    size_bytes: int
    kept_bytes: int
    keys_needed: list[str]
    description: str
    check: CheckOut


class LastFailureOut(TypedDict):
    failed_at: datetime
    message: str


class StandingOut(TypedDict):
    """Any moment from `restorable_from` to `restorable_until` can be restored to; null where none is known.

    `log_files_waiting` is null where no worker that is handed the log has looked lately.
    """

    restorable_from: datetime | None
    restorable_until: datetime | None
    log_files_waiting: int | None
    last_failure: LastFailureOut | None


class BackupsMeta(Meta):
    standing: StandingOut


class BackupsPage(TypedDict):
    success: bool
    data: list[BackupOut]
    meta: BackupsMeta


def backup_out(row: ListedRow) -> BackupOut:
    return {
        "id": row.id,
        "backup_type": row.kind,
        "form": row.form,
        "follows": row.follows,
        "started_at": row.started_at,
        "completed_at": row.ended_at,
        "include_uploads": row.with_uploads,
        "size_bytes": row.plain_bytes,
        "kept_bytes": row.kept_bytes,
        "keys_needed": row.keys,
        "description": row.description,
        "check": {
            "checked_at": row.checked_at,
            "tables": row.tables_checked,
            "audit_entries": row.entries_checked,
            "audit_seals": row.seals_checked,
        },
    }


def standing_out(state: StateRow) -> StandingOut:
    """A failure counts until a backup succeeds."""
    last_failure: LastFailureOut | None = None
    if state.failed_at and (state.newest_at is None or state.failed_at > state.newest_at):
        last_failure = {"failed_at": state.failed_at, "message": state.failure or ""}
    first, archived = state.oldest_physical_at, state.archived_until
    return {
        "restorable_from": first,
        "restorable_until": max(archived or first, first) if first else None,
        "log_files_waiting": state.waiting_segments,
        "last_failure": last_failure,
    }
