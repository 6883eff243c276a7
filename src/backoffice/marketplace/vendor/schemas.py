"""What the doors of vendors take and give."""

from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import Moment
from backoffice.marketplace.fields import Email, ExternalId, Line, Name, Phone, Url
from backoffice.marketplace.vendor.rules import Verification


class NewVendorIn(In):
    external_id: ExternalId
    name: Name
    display_name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    logo_url: Url | None = None
    city: Line | None = None
    verification_status: Verification = Verification.PENDING
    registered_at: Moment | None = None


class CreatedOut(TypedDict):
    id: int
    external_id: str
