"""How services are priced, and what can be wrong with one. Pure: no SQL, no clock, no HTTP."""

from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import NotFound


class Pricing(StrEnum):
    FIXED = "fixed"
    HOURLY = "hourly"
    DAILY = "daily"
    PER_PERSON = "per_person"
    QUOTE = "quote"


class ServiceAct(Act):
    CREATED = "service.created"


class ServiceNotFound(NotFound):
    """Service not found"""

    service_id: str
