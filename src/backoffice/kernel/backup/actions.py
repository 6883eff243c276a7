"""Asking for a backup: a task, at most one an hour, whoever asks."""

from uuid import UUID

from backoffice.kernel.backup import rules, store
from backoffice.kernel.backup.rules import BackupAct, Form, Kind
from backoffice.kernel.task import NewTask, begin
from backoffice.kernel.write import Tx

HOUR = int(rules.APART.total_seconds())


async def request_backup(tx: Tx, kind: Kind, *, with_uploads: bool, description: str) -> UUID:
    """The task that makes it. OneBackupAnHour; NothingToFollow and IncrementalNotOurs, where that is known by now."""
    since = await store.lock_seconds_since_request(tx)
    if since is not None and since < HOUR:
        raise rules.OneBackupAnHour(retry_after_seconds=HOUR - since)
    if kind is Kind.INCREMENTAL:
        state = await store.get_state(tx)
        if state.form is Form.LOGICAL:
            raise rules.IncrementalNotOurs(reason="its role may not replicate")
        if state.newest_at is None:
            raise rules.NothingToFollow
    await store.set_requested(tx)
    metadata = {"backup_type": kind, "include_uploads": with_uploads, "description": description}
    task_id = await begin(tx, NewTask(f"{kind}_backup", metadata, job=rules.MAKE))
    tx.audit(BackupAct.REQUESTED, task_id, after=metadata)
    return task_id
