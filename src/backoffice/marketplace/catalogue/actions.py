"""What the platform does with services."""

from typing import Any

from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.marketplace.catalogue import store
from backoffice.marketplace.catalogue.rules import ServiceAct
from backoffice.marketplace.vendor import store as vendors


async def create_service(tx: Tx, new: dict[str, Any]) -> str:
    """A service of a vendor. The same external_id again is the same service. VendorNotFound."""
    await vendors.get_id(tx, new["vendor_id"])
    service_id = await store.insert_service(tx, {**new, "id": new_id("svc")})
    if service_id is None:
        known = await store.find_id(tx, new["external_id"])
        assert known is not None, "what conflicts is there"
        return known
    tx.audit(ServiceAct.CREATED, service_id, after={"vendor_id": new["vendor_id"], "category": new["category"]})
    return service_id
