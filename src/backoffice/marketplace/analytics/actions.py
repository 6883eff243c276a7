"""Asking for figures as a file."""

from datetime import UTC, datetime
from uuid import UUID

from backoffice.kernel.task import NewTask, begin
from backoffice.kernel.write import Tx
from backoffice.marketplace.analytics import rules
from backoffice.marketplace.analytics.rules import AnalyticsAct
from backoffice.marketplace.analytics.schemas import ExportIn
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.vendor import store as vendors


async def request_export(tx: Tx, wanted: ExportIn) -> UUID:
    """The task of the export. RangeEndsFirst, RangeInFuture, RangeTooLong, VendorNotFound."""
    rules.period(wanted.begins, wanted.past, now=datetime.now(UTC))
    if wanted.vendor_id is not None:
        await vendors.get_id(tx, wanted.vendor_id)
    opens = frozenset({Market.ANALYTICS_VIEW})
    task_id = await begin(tx, NewTask(rules.TASK, wanted.asked, job=rules.EXPORT_ANALYTICS, opens=opens))
    tx.audit(AnalyticsAct.EXPORTED, task_id, after=wanted.asked)
    return task_id
