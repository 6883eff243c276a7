"""Tasks: work that somebody asked for and comes back to. They see how far it is, may cancel it, and fetch its result.

    asked = NewTask("user_export", metadata={"format": "csv"}, job=rules.EXPORT_USERS)
    task_id = await begin(tx, asked)                                                  in an action

    @job(rules.EXPORT_USERS, attempts=ATTEMPTS)                                       in jobs.py
    async def export_users(run: JobRun, *, task_id: str) -> None:
        await carry_out(run, UUID(task_id), work=write_users)                         Working -> Made | None

A task is cancelled within two seconds. One whose worker died is begun anew by another: only the latest who began may
say anything more, and what the one before left half done is removed. Files are kept seven days, tasks ninety.
What ended without success is tried again as a task of its own, by whoever asks for that.

Audited: task.cancelled, task.deleted, task.retried.
"""

from backoffice.kernel.task.actions import begin, cancel, hold, lock_of, remove, retry
from backoffice.kernel.task.rules import ATTEMPTS, CannotCancel, CannotDelete, CannotRetry, NewTask, Status, TaskAct
from backoffice.kernel.task.running import Made, Working, carry_out
from backoffice.kernel.task.store import HeldRow, TaskRow, get_task

__all__ = [
    "ATTEMPTS",
    "CannotCancel",
    "CannotDelete",
    "CannotRetry",
    "HeldRow",
    "Made",
    "NewTask",
    "Status",
    "TaskAct",
    "TaskRow",
    "Working",
    "begin",
    "cancel",
    "carry_out",
    "get_task",
    "hold",
    "lock_of",
    "remove",
    "retry",
]
