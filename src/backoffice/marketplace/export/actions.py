"""Asking for an export: the job's task, and an entry that says who took what out."""

from uuid import UUID

from backoffice.kernel.task import NewTask, begin
from backoffice.kernel.write import Tx
from backoffice.marketplace.export import rules
from backoffice.marketplace.export.rules import ExportAct
from backoffice.marketplace.export.schemas import ExportIn
from backoffice.marketplace.permissions import Market


async def request_export(tx: Tx, wanted: ExportIn) -> UUID:
    """The task of the export; its file is masked for whoever may not see personal values."""
    asked = wanted.model_dump(mode="json", exclude_none=True)
    is_masked = not tx.actor.can(Market.USERS_VIEW_PII)
    metadata = {"report_type": "users", **asked, "masked": is_masked}
    opens = {Market.USERS_LIST} if is_masked else {Market.USERS_LIST, Market.USERS_VIEW_PII}
    task_id = await begin(tx, NewTask(rules.TYPE, metadata, job=rules.EXPORT_USERS, opens=frozenset(opens)))
    tx.audit(ExportAct.REQUESTED, task_id, after=metadata)
    return task_id
