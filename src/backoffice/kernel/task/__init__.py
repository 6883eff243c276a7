"""Tasks: work that somebody asked for and comes back to. They see how far it is, may cancel it, and fetch its result.

    task_id = await begin(tx, NewTask("user_export", metadata={"format": "csv"}))     in an action
    tx.defer(rules.EXPORT_USERS, lock=lock_of(task_id), task_id=str(task_id))

    @job(rules.EXPORT_USERS, attempts=ATTEMPTS)                                       in jobs.py
    async def export_users(run: JobRun, *, task_id: str) -> None:
        await carry_out(run, UUID(task_id), work=write_users)                         Working -> Made | None

A task is cancelled within two seconds. One whose worker died is begun anew by another: only the latest who began may
say anything more, and what the one before left half done is removed. Files are kept seven days, tasks ninety.

Audited: task.cancelled.
"""

from backoffice.kernel.task.actions import NewTask, begin, cancel, lock_of
from backoffice.kernel.task.rules import ATTEMPTS, CannotCancel, Status, TaskAct
from backoffice.kernel.task.running import Made, Working, carry_out
from backoffice.kernel.task.store import TaskRow, get_task

__all__ = [
    "ATTEMPTS",
    "CannotCancel",
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
    "lock_of",
]
