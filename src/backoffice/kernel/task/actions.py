"""Asking for a task, and cancelling it. Whoever asks defers the job that does it in the same write."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.errors import Refusal
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.task import rules, store
from backoffice.kernel.task.rules import TaskAct
from backoffice.kernel.write.transaction import Tx


@dataclass(frozen=True, slots=True)
class NewTask:
    """`metadata` is what was asked for: shown to whoever may see the task, and all that its job knows of it."""

    kind: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


def lock_of(task_id: UUID) -> str:
    """The lock of the task's job: by it the house knows whether somebody still works on it."""
    return f"task:{task_id}"


async def begin(tx: Tx, new: NewTask) -> UUID:
    """A task that waits for its job, asked for by whoever acts."""
    task_id = uuid7()
    await store.insert_task(tx, task_id, kind=new.kind, metadata=dict(new.metadata))
    return task_id


async def cancel(tx: Tx, task_id: UUID, *, reason: str | None = None, missing: Refusal) -> datetime:
    """End a task that waits or runs; whoever works on it notices within two seconds. When it ended.

    `missing` where the actor's product has no such task; CannotCancel where it has ended.
    """
    held = await store.lock_task(tx, task_id)
    if held is None or held.product != tx.actor.product:
        raise missing
    if held.status in rules.ENDED:
        raise rules.CannotCancel(current_status=held.status)
    ended_at = await store.set_cancelled(tx, task_id)
    before, after = {"status": held.status}, {"status": rules.Status.CANCELLED}
    tx.audit(TaskAct.CANCELLED, task_id, before=before, after=after, reason=reason)
    return ended_at
