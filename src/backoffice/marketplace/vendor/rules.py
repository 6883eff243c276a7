"""What can be wrong with a vendor, and how far one is verified. Pure: no SQL, no clock, no HTTP."""

from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import NotFound


class Verification(StrEnum):
    PENDING = "pending"
    VERIFIED = "verified"
    REJECTED = "rejected"


class VendorAct(Act):
    CREATED = "vendor.created"


class VendorNotFound(NotFound):
    """Vendor not found"""

    vendor_id: int | str


def person(vendor_id: int) -> str:
    """Under whose key what is written to a vendor is sealed."""
    return f"marketplace:vendor:{vendor_id}"
