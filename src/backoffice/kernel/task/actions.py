"""Asking for a task, and deciding about one that is held: cancel it, take it back, ask for it again."""

from datetime import datetime
from uuid import UUID

from backoffice.kernel.errors import Refusal
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.lanes import JobName, Lane
from backoffice.kernel.task import rules, store
from backoffice.kernel.task.rules import NewTask, Status, TaskAct
from backoffice.kernel.task.store import HeldRow
from backoffice.kernel.write.transaction import Tx


def lock_of(task_id: UUID) -> str:
    """The lock of the task's job: by it the house knows whether somebody still works on it."""
    return f"task:{task_id}"


async def begin(tx: Tx, new: NewTask) -> UUID:
    """A task that waits for its job, asked for by whoever acts. A job that it names is queued with it."""
    task_id = uuid7()
    await store.insert_task(tx, task_id, new)
    if new.job is not None:
        tx.defer(new.job, lock=lock_of(task_id), task_id=str(task_id))
    return task_id


async def hold(tx: Tx, task_id: UUID, *, missing: Refusal) -> HeldRow:
    """The task, held until this write ends; `missing` where the actor's product has none of this id."""
    held = await store.lock_task(tx, task_id)
    if held is None or held.product != tx.actor.product:
        raise missing
    return held


async def cancel(tx: Tx, held: HeldRow, *, reason: str | None = None) -> datetime:
    """End a task that waits or runs; whoever works on it notices within two seconds. When it ended. CannotCancel."""
    if held.status in rules.ENDED:
        raise rules.CannotCancel(current_status=held.status)
    ended_at = await store.set_cancelled(tx, held.id)
    before, after = {"status": held.status}, {"status": Status.CANCELLED}
    tx.audit(TaskAct.CANCELLED, held.id, before=before, after=after, reason=reason)
    return ended_at


async def remove(tx: Tx, held: HeldRow) -> None:
    """Take back a task that has ended. Its links open nothing any more; its file goes in a moment. CannotDelete."""
    if held.status not in rules.ENDED:
        raise rules.CannotDelete(current_status=held.status)
    await store.delete_task(tx, held.id)
    if held.file_id is not None:
        wait = 0 if held.status is Status.SUCCEEDED else int(rules.LEFT_BEHIND.total_seconds())
        tx.defer(rules.DELETE_FILE, after_seconds=wait, file_id=held.file_id)
    tx.audit(TaskAct.DELETED, held.id, before={"type": held.type, "status": held.status, "metadata": held.metadata})


async def retry(tx: Tx, held: HeldRow) -> UUID:
    """The same asked for again, as a task of its own of whoever acts: what has ended stays as it was. CannotRetry."""
    if held.status not in rules.RETRIED_FROM or held.job is None or held.lane is None or held.again_as is not None:
        again_as = str(held.again_as) if held.again_as else None
        raise rules.CannotRetry(current_status=held.status, retried_as=again_as)
    metadata = {**held.metadata, "retry_of": str(held.id)}
    job = JobName(held.job, Lane(held.lane))
    task_id = await begin(tx, NewTask(held.type, metadata, job=job, opens=frozenset(held.opens)))
    await store.set_again(tx, held.id, task_id)
    tx.audit(TaskAct.RETRIED, held.id, after={"task_id": str(task_id), "metadata": held.metadata})
    return task_id
