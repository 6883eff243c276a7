"""What staff asked for this morning and a worker has to do: a file of customers, a file nobody wanted, a bulk act."""

from collections.abc import Sequence

from backoffice.kernel import task
from backoffice.kernel.bulk import Selection
from backoffice.kernel.export import Format
from backoffice.kernel.urgency import Priority
from backoffice.kernel.write import Tx
from backoffice.marketplace.bulk.actions import start
from backoffice.marketplace.bulk.schemas import PrioritizeDisputes
from backoffice.marketplace.export.actions import request_export
from backoffice.marketplace.export.schemas import ExportIn
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.task.rules import not_found

URGENT = PrioritizeDisputes(act="disputes.priority", priority=Priority.HIGH)


async def ask(tx: Tx, disputes: Sequence[int]) -> None:
    """As whoever acts. The disputes become more urgent, one by one."""
    await request_export(tx, ExportIn.model_validate({"format": Format.XLSX, "filters": {"has_bookings": True}}))
    unwanted = await request_export(tx, ExportIn(format=Format.CSV))
    held = await task.hold(tx, unwanted, missing=not_found(unwanted))
    await task.cancel(tx, held, reason="Only customers with bookings are wanted")
    chosen = Selection([str(one) for one in disputes], None, {"selected_by": "ids"})
    await start(tx, chosen, URGENT, form=Format.CSV, opens=Market.DISPUTES_VIEW)
