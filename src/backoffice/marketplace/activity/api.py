"""The staff doors of what a customer did (users and disputes, 10 and 11)."""

from backoffice.kernel.database import Db, together
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.marketplace.activity import listing
from backoffice.marketplace.activity.answers import activity_out
from backoffice.marketplace.activity.schemas import ActivityOut, ActivityQuery, SessionsOut
from backoffice.marketplace.customer.rules import UserNotFound
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Items, Success, items, success

door = Doors(MARKETPLACE, tag="Users", prefix="/api/v1/admin/users")


@door.get("/{user_id}/activity", permission=Market.USERS_VIEW, errors=[UserNotFound])
async def list_activity(user_id: Id, query: ActivityQuery, db: Db, call: Call) -> Success[Items[ActivityOut]]:
    """What a customer did, newest first."""
    rows, _, total = await listing.ACTIVITY.page(
        db, query, call, beside=listing.get_user(db, user_id), customer_id=user_id
    )
    return success(items([activity_out(row) for row in rows], query.number, size=query.size, total=total))


@door.get("/{user_id}/sessions", permission=Market.USERS_VIEW, errors=[UserNotFound])
async def list_sessions(user_id: Id, db: Db) -> Success[SessionsOut]:
    """The sessions of a customer that live, and the latest 20 sign-ins, with those that failed."""
    _, sessions, logins = await together(
        listing.get_user(db, user_id), listing.list_sessions(db, user_id), listing.list_logins(db, user_id)
    )
    return success({"active_sessions": sessions, "recent_logins": logins})
