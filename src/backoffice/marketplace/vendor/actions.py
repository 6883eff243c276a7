"""What the platform does with vendors."""

from typing import Any

from backoffice.kernel.write import Tx
from backoffice.marketplace.vendor import store
from backoffice.marketplace.vendor.rules import VendorAct


async def create_vendor(tx: Tx, new: dict[str, Any]) -> int:
    """A vendor as the platform knows them. The same external_id again is the same vendor."""
    vendor_id = await store.insert_vendor(tx, new)
    if vendor_id is None:
        known = await store.find_id(tx, new["external_id"])
        assert known is not None, "whoever conflicts is there"
        return known
    tx.audit(VendorAct.CREATED, vendor_id, after={"verification_status": new["verification_status"]})
    return vendor_id
