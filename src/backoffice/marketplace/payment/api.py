"""The staff door of payments that came too late: they are shown until somebody gives them back."""

from backoffice.kernel.database import Db
from backoffice.kernel.web import Call, Doors
from backoffice.marketplace.payment import listing
from backoffice.marketplace.payment.listing import LateRow
from backoffice.marketplace.payment.schemas import LateQuery
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Listed, meta

door = Doors(MARKETPLACE, tag="Refunds", prefix="/api/v1/admin/payments")


@door.get("/to-return", permission=Market.PAYMENTS_LIST)
async def list_payments_to_return(query: LateQuery, db: Db, call: Call) -> Listed[LateRow]:
    """Money for bookings that are off or were paid already, newest first; nothing goes back by itself."""
    rows, total = await listing.TO_RETURN.page(db, query, call)
    return {"success": True, "data": rows, "meta": meta(query.number, query.size, total=total)}
