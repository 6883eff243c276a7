"""What the doors of sessions and activity take and give (users and disputes, 10 and 11)."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StrictBool
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import Moment
from backoffice.kernel.web.paging import Paged
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.marketplace.activity.rules import PROFILE, ActivityType
from backoffice.marketplace.customer.rules import DeviceType, Status
from backoffice.marketplace.fields import Email, ExternalId, Line, Name, Phone, Url


def _is_address(written: str) -> str:
    try:
        return str(ip_address(written))
    except ValueError:
        raise ValueError("must be an IP address") from None


Address = Annotated[str, Field(min_length=2, max_length=45), AfterValidator(_is_address)]
Agent = Annotated[str, Field(min_length=1, max_length=500)]


class _From(In):
    """From where somebody did something; `at` is when, if not now."""

    ip_address: Address | None = None
    user_agent: Agent | None = None
    location: Line | None = None
    at: Moment | None = None


class SignInIn(_From):
    """A sign-in on the platform, which begins a session: `session_id` is the platform's id of it."""

    external_id: ExternalId
    session_id: ExternalId
    device_type: DeviceType
    device_name: Line | None = None
    browser: Line | None = None


class FailedSignInIn(_From):
    """Somebody tried to sign in as this customer and could not."""

    external_id: ExternalId
    device_type: DeviceType | None = None
    failure_reason: Line | None = None


class SeenIn(In):
    """The customer used the platform; the session is noted with it where it is named."""

    session_id: ExternalId | None = None
    at: Moment | None = None


class SignOutIn(In):
    """The end of a session on the platform: by its customer unless `by_customer` is false."""

    external_id: ExternalId
    session_id: ExternalId
    by_customer: StrictBool = True
    at: Moment | None = None


class ProfileIn(_From):
    """What the customer changed: what is not sent stays. `session_id` says from which session."""

    external_id: ExternalId
    session_id: ExternalId | None = None
    name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    profile_picture_url: Url | None = None
    email_verified_at: Moment | None = None
    phone_verified_at: Moment | None = None

    def changes(self) -> dict[str, Any]:
        return {name: value for name in PROFILE if (value := getattr(self, name)) is not None}


class ToldOut(TypedDict):
    """`session_id` is ours; null where no session was named."""

    user_id: int
    session_id: str | None
    account_status: Status


class ActivityQuery(Paged):
    activity_type: ActivityType | None = None
    from_date: From | None = None
    to_date: Until | None = None
    _period = in_order("from_date", "to_date")


class ActivityOut(TypedDict):
    id: int
    user_id: int
    activity_type: ActivityType
    description: str
    metadata: dict[str, Any]
    ip_address: str | None
    user_agent: str | None
    device_type: DeviceType | None
    location: str | None
    created_at: datetime


@dataclass(frozen=True)
class SessionOut:
    session_id: str
    user_id: int
    device_type: DeviceType
    device_name: str | None
    browser: str | None
    ip_address: str | None
    user_agent: str | None
    location: str | None
    last_activity: datetime
    created_at: datetime


@dataclass(frozen=True)
class LoginOut:
    login_at: datetime
    ip_address: str | None
    user_agent: str | None
    device_type: DeviceType | None
    location: str | None
    success: bool
    failure_reason: str | None


class SessionsOut(TypedDict):
    active_sessions: list[SessionOut]
    recent_logins: list[LoginOut]
