"""The staff doors of vendors: read only."""

from backoffice.kernel.database import Db
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Listed, Success, meta, success
from backoffice.marketplace.vendor import listing, rules
from backoffice.marketplace.vendor.schemas import DetailOut, ListedOut, VendorsQuery

door = Doors(MARKETPLACE, tag="Vendors", prefix="/api/v1/admin/vendors")


@door.get("", permission=Market.VENDORS_LIST)
async def list_vendors(query: VendorsQuery, db: Db, call: Call) -> Listed[ListedOut]:
    """Vendors with their rating, the latest to join first unless sorted otherwise."""
    rows, total = await listing.VENDORS.page(db, query, call)
    return {"success": True, "data": rows, "meta": meta(query.number, query.size, total=total)}


@door.get("/{vendor_id}", permission=Market.VENDORS_VIEW, errors=[rules.VendorNotFound])
async def get_vendor(vendor_id: Id, db: Db) -> Success[DetailOut]:
    """One vendor with what they did."""
    return success(await listing.get_detail(db, vendor_id))
