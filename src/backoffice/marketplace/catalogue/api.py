"""The staff doors of services: read only."""

from backoffice.kernel.database import Db
from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.web import Call, Doors
from backoffice.marketplace.catalogue import listing, rules
from backoffice.marketplace.catalogue.schemas import DetailOut, ListedOut, ServicesQuery
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Listed, Success, meta, success

door = Doors(MARKETPLACE, tag="Services", prefix="/api/v1/admin/services")


@door.get("", permission=Market.SERVICES_LIST)
async def list_services(query: ServicesQuery, db: Db, call: Call) -> Listed[ListedOut]:
    """Services with their vendor, newest first unless sorted otherwise."""
    rows, total = await listing.SERVICES.page(db, query, call)
    return {"success": True, "data": rows, "meta": meta(query.number, query.size, total=total)}


@door.get("/{service_id}", permission=Market.SERVICES_VIEW, errors=[rules.ServiceNotFound])
async def get_service(service_id: ShownId, db: Db) -> Success[DetailOut]:
    """One service with how often it was booked and how it is rated."""
    return success(await listing.get_detail(db, service_id))
