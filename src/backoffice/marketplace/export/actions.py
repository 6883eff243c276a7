"""Asking for an export: the job's task, and an entry that says who took what out."""

from uuid import UUID

from backoffice.kernel.task import NewTask, begin, lock_of
from backoffice.kernel.write import Tx
from backoffice.marketplace.export import rules
from backoffice.marketplace.export.rules import ExportAct
from backoffice.marketplace.export.schemas import ExportIn
from backoffice.marketplace.permissions import Market


async def request_export(tx: Tx, wanted: ExportIn) -> UUID:
    """The task of the export; its file is masked for whoever may not see personal values."""
    asked = wanted.model_dump(mode="json", exclude_none=True)
    metadata = {"report_type": "users", **asked, "masked": not tx.actor.can(Market.USERS_VIEW_PII)}
    task_id = await begin(tx, NewTask(rules.TYPE, metadata))
    tx.defer(rules.EXPORT_USERS, lock=lock_of(task_id), task_id=str(task_id))
    tx.audit(ExportAct.REQUESTED, task_id, after=metadata)
    return task_id
