"""What the doors of background jobs give (bookings, analytics and takedowns, jobs)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from typing_extensions import TypedDict

from backoffice.kernel.task import Status


class ResultOut(TypedDict):
    """`download_url` is `file_url` under another name. After seven days the file is gone, and so are both."""

    file_url: str | None
    download_url: str | None
    file_name: str
    file_size_bytes: int
    sha256: str
    expires_at: datetime | None
    rows_count: int
    format: str


class FailureOut(TypedDict):
    code: str
    message: str
    retryable: bool


class JobOut(TypedDict):
    id: UUID
    type: str
    status: Status
    progress_percent: int
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    estimated_duration_seconds: int | None
    actual_duration_seconds: int | None
    creator_id: int | None
    metadata: dict[str, Any]
    result: ResultOut | None
    error: FailureOut | None
