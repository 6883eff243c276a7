"""The sign-in doors of shield's contract (8)."""

from datetime import UTC, datetime, timedelta

from backoffice.kernel.database import Db
from backoffice.kernel.identifiers import shown
from backoffice.kernel.identity import actions, rules
from backoffice.kernel.identity.actions import Attempt
from backoffice.kernel.identity.rules import IdentityAct
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.write import Tx
from backoffice.shield.access import store
from backoffice.shield.access.schemas import AdminOut, ChangePasswordIn, DoneOut, LoginData, LoginIn
from backoffice.shield.access.store import AdminRow
from backoffice.shield.permissions import ROLES, Shield
from backoffice.shield.product import SHIELD, Success, success

door = Doors(SHIELD, tag="Sign-in", prefix="/v1/admin/auth")
SESSION_HOURS = 12


def admin_out(row: AdminRow) -> AdminOut:
    return {
        "id": shown("admin", row.public_id),
        "email": row.email,
        "name": row.full_name,
        "role": row.role,
        "permissions": sorted(ROLES.get(row.role, frozenset())),
    }


@door.post(
    "/login",
    public="this is where one signs in",
    audit=[IdentityAct.SESSION_STARTED, IdentityAct.SESSION_REFUSED],
    errors=[rules.WrongCredentials, rules.AccountDeactivated],
)
async def login(body: LoginIn, call: Call) -> Success[LoginData]:
    """Sign in with e-mail and password. There is no refresh: the token lives as long as the session."""
    attempt = Attempt(SHIELD.name, body.email, body.password, session_hours=SESSION_HOURS)
    signed = await actions.sign_in(call.house, call.context, attempt=attempt)
    expires_at = datetime.now(UTC) + timedelta(hours=SESSION_HOURS)
    claims = {"user_id": signed.staff_id, "username": signed.username, "email": signed.email, "role": signed.role}
    lifetime = timedelta(hours=SESSION_HOURS)
    token = call.house.tokens.issue(
        "access", SHIELD.name, lifetime=lifetime, claims={**claims, "sid": str(signed.session_id)}
    )
    async with call.house.database.read() as db:
        admin = await store.get_admin(db, signed.staff_id)
    return success({"token": token, "expires_at": expires_at, "admin": admin_out(admin)})


@door.get("/me", permission=Shield.SELF, even_if_password_due=True)
async def get_me(db: Db, call: Call) -> Success[AdminOut]:
    """The signed-in person."""
    return success(admin_out(await store.get_admin(db, call.caller.id)))


@door.post(
    "/change-password",
    permission=Shield.SELF,
    even_if_password_due=True,
    audit=[IdentityAct.PASSWORD_CHANGED, IdentityAct.PASSWORD_REFUSED],
    errors=[rules.WrongPassword, rules.WeakPassword, rules.PasswordUnchanged],
)
async def change_password(body: ChangePasswordIn, call: Call) -> Success[DoneOut]:
    """Change one's own password; every other session ends."""
    await actions.change_password(
        call.house, call.caller, context=call.context, old=body.old_password, new=body.new_password
    )
    return success({"message": "Password changed"})


@door.post("/logout", permission=Shield.SELF, even_if_password_due=True, audit=[IdentityAct.SESSION_ENDED])
async def logout(tx: Tx) -> Success[DoneOut]:
    """End this session: the token stops working at once."""
    await actions.sign_out(tx)
    return success({"message": "Logged out"})
