"""Asking for an export: the job's task, and an entry that says who took what out."""

from typing import Any
from uuid import UUID

from backoffice.kernel.task import NewTask, begin
from backoffice.kernel.write import Tx
from backoffice.marketplace.export import rules
from backoffice.marketplace.export.rules import ExportAct
from backoffice.marketplace.export.schemas import BookingsExportIn, ExportIn
from backoffice.marketplace.permissions import Market


async def request_export(tx: Tx, wanted: ExportIn) -> UUID:
    """The task of the export; its file is masked for whoever may not see personal values."""
    metadata, opens = _asked(tx, wanted, report_type="users", permission=Market.USERS_LIST)
    return await _begin(tx, NewTask(rules.TYPE, metadata, job=rules.EXPORT_USERS, opens=opens))


async def request_bookings(tx: Tx, wanted: BookingsExportIn) -> UUID:
    """The same of bookings."""
    metadata, opens = _asked(tx, wanted, report_type="bookings", permission=Market.BOOKINGS_LIST)
    return await _begin(tx, NewTask(rules.BOOKINGS_TYPE, metadata, job=rules.EXPORT_BOOKINGS, opens=opens))


def _asked(
    tx: Tx, wanted: ExportIn | BookingsExportIn, *, report_type: str, permission: Market
) -> tuple[dict[str, Any], frozenset[Market]]:
    """What the task keeps, and who may open its file."""
    is_masked = not tx.actor.can(Market.USERS_VIEW_PII)
    asked = wanted.model_dump(mode="json", exclude_none=True)
    opens = {permission} if is_masked else {permission, Market.USERS_VIEW_PII}
    return {"report_type": report_type, **asked, "masked": is_masked}, frozenset(opens)


async def _begin(tx: Tx, new: NewTask) -> UUID:
    task_id = await begin(tx, new)
    tx.audit(ExportAct.REQUESTED, task_id, after=dict(new.metadata))
    return task_id
