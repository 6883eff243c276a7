"""The platform's doors of vendors."""

from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success
from backoffice.marketplace.vendor import actions
from backoffice.marketplace.vendor.rules import VendorAct
from backoffice.marketplace.vendor.schemas import CreatedOut, NewVendorIn

door = Doors(MARKETPLACE, tag="Platform: catalogue", prefix="/api/v1/platform/vendors")


@door.post("", scope=Scope.CATALOGUE_WRITE, status=201, audit=[VendorAct.CREATED])
async def create_vendor(body: NewVendorIn, tx: Tx) -> Success[CreatedOut]:
    """A vendor who joined the platform; sent again it is the same one."""
    vendor_id = await actions.create_vendor(tx, body.model_dump())
    return success({"id": vendor_id, "external_id": body.external_id})
