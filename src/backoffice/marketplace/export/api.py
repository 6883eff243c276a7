"""The staff doors of exports (users and disputes, 16)."""

from backoffice.kernel.task import Status
from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.export import actions
from backoffice.marketplace.export.rules import ExportAct
from backoffice.marketplace.export.schemas import BookingsExportIn, ExportIn, ExportOut
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Users", prefix="/api/v1/admin/users")
bookings = Doors(MARKETPLACE, tag="Bookings", prefix="/api/v1/admin/bookings")


@door.post("/export", permission=Market.USERS_LIST, status=202, audit=[ExportAct.REQUESTED])
async def export_users(body: ExportIn, tx: Tx) -> Success[ExportOut]:
    """Customers as a file, written in the background: the job's id leads to it."""
    return success({"job_id": await actions.request_export(tx, body), "status": Status.PENDING})


@bookings.post("/export", permission=Market.BOOKINGS_LIST, status=202, audit=[ExportAct.REQUESTED])
async def export_bookings(body: BookingsExportIn, tx: Tx) -> Success[ExportOut]:
    """Bookings as a file, written in the background: the job's id leads to it.

    Without `users:view_pii` e-mail and phone are masked.
    """
    return success({"job_id": await actions.request_bookings(tx, body), "status": Status.PENDING})
