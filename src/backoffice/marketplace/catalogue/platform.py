"""The platform's doors of services."""

from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.catalogue import actions
from backoffice.marketplace.catalogue.rules import ServiceAct
from backoffice.marketplace.catalogue.schemas import CreatedOut, NewServiceIn
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success
from backoffice.marketplace.vendor.rules import VendorNotFound

door = Doors(MARKETPLACE, tag="Platform: catalogue", prefix="/api/v1/platform/services")


@door.post("", scope=Scope.CATALOGUE_WRITE, status=201, audit=[ServiceAct.CREATED], errors=[VendorNotFound])
async def create_service(body: NewServiceIn, tx: Tx) -> Success[CreatedOut]:
    """A service that a vendor offers; sent again it is the same one."""
    service_id = await actions.create_service(tx, body.model_dump())
    return success({"id": service_id, "external_id": body.external_id})
