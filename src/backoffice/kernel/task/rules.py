"""What a task may become, how far it is, and how long what came of it is kept. Pure: no SQL, no clock, no HTTP.

pending --> processing --> succeeded
   |            |--------> failed          it can't be done, or was tried often enough
   |____________|________> cancelled       by staff, at any time before its end
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Invalid, Refusal, Unavailable
from backoffice.kernel.lanes import JobName, Lane
from backoffice.kernel.moves import Transitions

ATTEMPTS = 3
"""How often a task that fails for a reason of ours is tried."""
MOST_TRIES = 5
"""How often it is begun at all: one that ends its worker each time stops there."""
FILE_KEPT = timedelta(days=7)
KEPT_DAYS = 90
LINK_LASTS = timedelta(hours=24)
LOST_AFTER = timedelta(minutes=1)
LEFT_BEHIND = timedelta(minutes=5)
"""So long a worker may still be writing the file of a task that was ended under its hands."""
DELETE_FILE = JobName("kernel.delete_task_file", Lane.BULK)


class Status(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


TRANSITIONS: Transitions[Status] = {
    Status.PENDING: frozenset({Status.PROCESSING, Status.FAILED, Status.CANCELLED}),
    Status.PROCESSING: frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
}
ENDED = frozenset(status for status, next_ones in TRANSITIONS.items() if not next_ones)


RETRIED_FROM = frozenset({Status.FAILED, Status.CANCELLED})


class TaskAct(Act):
    CANCELLED = "task.cancelled"
    DELETED = "task.deleted"
    RETRIED = "task.retried"


class CannotCancel(Conflict):
    """This job has ended already: it is {current_status}"""

    current_status: str


class CannotDelete(Invalid):
    """Only a job that has ended (succeeded, failed, cancelled) can be deleted; this one is {current_status}"""

    current_status: str


class CannotRetry(Conflict):
    """Only a job that failed or was cancelled can be tried again, and only once; this one is {current_status}"""

    current_status: str
    retried_as: str | None = None


class WorkerDied(Unavailable):
    """The worker died each time this was begun"""


class TaskLost(Unavailable):
    """Nobody works on this any more"""


class InternalError(Unavailable):
    """Something went wrong on our side. Please quote {request_id}"""

    request_id: str


@dataclass(frozen=True, slots=True)
class NewTask:
    """`metadata` is what was asked for: shown to whoever may see the task, and all that its job knows of it.

    `job` does it, and is queued with it. `opens` are the permissions that fetching its file asks for, beside having
    asked for it: whoever may see the task of somebody else need not be allowed to read all that it wrote.
    """

    kind: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    job: JobName | None = None
    opens: frozenset[str] = frozenset()


def is_worth_another_try(failure: Exception) -> bool:
    """A refusal says that it can't be done, whoever tries; all else may be over in a moment."""
    return isinstance(failure, Unavailable) or not isinstance(failure, Refusal)


def percent(status: Status, *, rows: int, total: int | None) -> int:
    """How far it is: a hundred only once it has succeeded."""
    if status is Status.SUCCEEDED:
        return 100
    return min(99, 100 * rows // total) if total else 0


def estimated(*, rows: int, total: int | None, spent: timedelta | None, usual: int | None) -> int | None:
    """Seconds from begin to end: as the rows go by, before that as the last ten of the kind took; None for the first.

    `spent` is the time from its begin until `rows` were done.
    """
    if total and rows and spent is not None:
        return max(1, round(spent.total_seconds() * total / rows))
    return usual


def link_ends(now: datetime, *, completed_at: datetime) -> datetime:
    """A link made now opens its file for a day, and never longer than the file is kept."""
    return min(now + LINK_LASTS, completed_at + FILE_KEPT)
