"""What customers do, and what can be wrong with a session. Pure: no SQL, no clock, no HTTP."""

from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, NotFound

PROFILE = ("name", "email", "phone", "profile_picture_url", "email_verified_at", "phone_verified_at")
"""What a customer changes of their profile."""
KEPT_DAYS = 400
"""How long sessions and activity are kept."""


class Told(StrEnum):
    """What the platform tells because it leaves no row of its own."""

    LOGIN = "login"
    LOGOUT = "logout"
    PROFILE_UPDATE = "profile_update"


class ActivityType(StrEnum):
    """Everything that the log shows."""

    LOGIN = "login"
    LOGOUT = "logout"
    BOOKING_CREATED = "booking_created"
    PAYMENT = "payment"
    REVIEW = "review"
    DISPUTE = "dispute"
    PROFILE_UPDATE = "profile_update"


class EndedBy(StrEnum):
    """Who ended a session: its customer, our staff, or the platform itself."""

    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"


class ProfileAct(Act):
    UPDATED = "user.profile_updated"


class Known(StrEnum):
    """What the platform's name of something that it tells was, before it told."""

    NEW = "new"
    SAME = "same"
    ANOTHER = "another"


class ActivityExists(Conflict):
    """The external_id names something else that was told already"""

    external_id: str


class SessionNotFound(NotFound):
    """Session not found"""

    session_id: str


class SessionExists(Conflict):
    """The session's id names a session of somebody else already"""

    session_id: str
