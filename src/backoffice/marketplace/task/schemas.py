"""What the doors of background jobs take and give (bookings, analytics and takedowns; remaining endpoints, 1)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.task import Status
from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID, or_missing
from backoffice.kernel.web.paging import Paged
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.marketplace.fields import Text
from backoffice.marketplace.product import Meta
from backoffice.marketplace.task.rules import JobNotFound

JobId = Annotated[UUID, or_missing(lambda written: JobNotFound(job_id=written))]


class JobsQuery(Paged, default=25):
    """The period is that in which they were asked for. A type that no job has finds nothing."""

    status: Status | None = None
    type: str | None = Field(None, max_length=60)
    creator_id: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None
    from_date: From | None = None
    to_date: Until | None = None
    _period = in_order("from_date", "to_date")


class CancelIn(In):
    reason: Text | None = None


class ResultOut(TypedDict):
    """`download_url` is `file_url` under another name. After seven days the file is gone, and so are both.

    They are null, too, for whoever may see the job but not what is in its file.
    """

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


class CreatorOut(TypedDict):
    id: int | None
    name: str | None


class ListedOut(TypedDict):
    id: UUID
    type: str
    status: Status
    progress_percent: int
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    creator: CreatorOut
    metadata: dict[str, Any]
    error: FailureOut | None


class SummaryOut(TypedDict):
    """Of all jobs that the caller may see."""

    pending: int
    processing: int
    succeeded: int
    failed: int
    cancelled: int


class JobsMeta(Meta):
    summary: SummaryOut


class JobsPage(TypedDict):
    success: bool
    data: list[ListedOut]
    meta: JobsMeta


class CancelledOut(TypedDict):
    id: UUID
    status: Status
    cancelled_at: datetime
    cancelled_by: int


class RetriedOut(TypedDict):
    job_id: UUID
    status: Status
    retry_of: UUID


class JobOut(TypedDict):
    """`retried_as` is the job by which this one was tried again."""

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
    retried_as: UUID | None
    result: ResultOut | None
    error: FailureOut | None
