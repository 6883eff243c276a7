"""The platform's doors of what customers do there: sign in and out, come back, change their profile."""

from datetime import UTC, datetime

from backoffice.kernel.web import Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx
from backoffice.marketplace.activity import actions, rules
from backoffice.marketplace.activity.rules import EndedBy, ProfileAct, Told
from backoffice.marketplace.activity.schemas import FailedSignInIn, ProfileIn, SeenIn, SignInIn, SignOutIn, ToldOut
from backoffice.marketplace.activity.store import NewActivity, Origin
from backoffice.marketplace.customer.rules import UserDeleted, UserExists, UserNotFound
from backoffice.marketplace.customer.store import CustomerRow
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Platform: customers", prefix="/api/v1/platform/customers")


def _past(at: datetime | None) -> datetime | None:
    """None is now; nothing has happened in the future, whatever a clock elsewhere says."""
    return at if at is not None and at < datetime.now(UTC) else None


def _origin(body: SignInIn | FailedSignInIn | ProfileIn) -> Origin:
    return Origin(body.ip_address, body.user_agent, body.location, _past(body.at))


def _told(customer: CustomerRow, session_id: str | None) -> Success[ToldOut]:
    return success({"user_id": customer.id, "session_id": session_id, "account_status": customer.status})


@door.post(
    "/{user_id}/sign-ins",
    scope=Scope.ACTIVITY_WRITE,
    status=201,
    errors=[UserNotFound, UserDeleted, rules.SessionExists, rules.ActivityExists],
)
async def tell_sign_in(user_id: Id, body: SignInIn, tx: Tx) -> Success[ToldOut]:
    """A sign-in that began a session; sent again it is the same one."""
    device = {
        "external_id": body.session_id,
        "device_type": body.device_type,
        "device_name": body.device_name,
        "browser": body.browser,
    }
    attempt = NewActivity(body.external_id, user_id, Told.LOGIN)
    return _told(*await actions.sign_in(tx, attempt, _origin(body), device=device))


@door.post(
    "/{user_id}/failed-sign-ins",
    scope=Scope.ACTIVITY_WRITE,
    status=201,
    errors=[UserNotFound, UserDeleted, rules.ActivityExists],
)
async def tell_failed_sign_in(user_id: Id, body: FailedSignInIn, tx: Tx) -> Success[ToldOut]:
    """A sign-in that failed; sent again it is the same one."""
    attempt = NewActivity(
        body.external_id,
        user_id,
        Told.LOGIN,
        is_success=False,
        failure_reason=body.failure_reason,
        device_type=body.device_type,
    )
    return _told(await actions.fail_sign_in(tx, attempt, _origin(body)), None)


@door.post(
    "/{user_id}/activity",
    scope=Scope.ACTIVITY_WRITE,
    errors=[UserNotFound, UserDeleted, rules.SessionNotFound],
)
async def tell_seen(user_id: Id, body: SeenIn, tx: Tx) -> Success[ToldOut]:
    """The customer used the platform: kept to the minute."""
    return _told(*await actions.see(tx, user_id, body.session_id, origin=Origin(at=_past(body.at))))


@door.post(
    "/{user_id}/sign-outs",
    scope=Scope.ACTIVITY_WRITE,
    errors=[UserNotFound, UserDeleted, rules.SessionNotFound, rules.ActivityExists],
)
async def tell_sign_out(user_id: Id, body: SignOutIn, tx: Tx) -> Success[ToldOut]:
    """A session ended on the platform."""
    told = NewActivity(body.external_id, user_id, Told.LOGOUT)
    by = EndedBy.CUSTOMER if body.by_customer else EndedBy.SYSTEM
    return _told(*await actions.sign_out(tx, told, body.session_id, by=by, origin=Origin(at=_past(body.at))))


@door.patch(
    "/{user_id}",
    scope=Scope.ACTIVITY_WRITE,
    audit=[ProfileAct.UPDATED],
    errors=[UserNotFound, UserDeleted, rules.SessionNotFound, UserExists, rules.ActivityExists],
)
async def update_profile(user_id: Id, body: ProfileIn, tx: Tx) -> Success[ToldOut]:
    """What the customer changed of their profile; what is not sent stays."""
    told = NewActivity(body.external_id, user_id, Told.PROFILE_UPDATE)
    return _told(*await actions.update_profile(tx, told, body.changes(), session=body.session_id, origin=_origin(body)))
