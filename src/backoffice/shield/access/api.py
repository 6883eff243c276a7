"""The sign-in doors of shield's contract (8), one's own sessions, and one's second factor."""

from datetime import UTC, datetime, timedelta

from backoffice.kernel import access
from backoffice.kernel.access import (
    CodeIn,
    SessionId,
    SignInDoors,
)
from backoffice.kernel.database import Db
from backoffice.kernel.identifiers import shown
from backoffice.kernel.identity import actions
from backoffice.kernel.web import Call
from backoffice.kernel.write import Tx
from backoffice.shield.access import store
from backoffice.shield.access.schemas import AdminOut, ChangePasswordIn, DoneOut, LoginData, LoginIn, SessionsOut
from backoffice.shield.access.store import AdminRow
from backoffice.shield.permissions import ROLES, Shield
from backoffice.shield.product import SHIELD, Success, success

door = SignInDoors(SHIELD, Shield.SELF, prefix="/v1/admin/auth")
SESSION_HOURS = 12


def admin_out(row: AdminRow) -> AdminOut:
    return {
        "id": shown("admin", row.public_id),
        "email": row.email,
        "name": row.full_name,
        "role": row.role,
        "permissions": sorted(ROLES.get(row.role, frozenset())),
    }


@door.login
async def login(body: LoginIn, call: Call) -> Success[LoginData]:
    """Sign in with e-mail and password. There is no refresh: the token lives as long as the session."""
    signed = await access.sign_in(call, product=SHIELD, login=body.email, password=body.password, hours=SESSION_HOURS)
    lifetime = timedelta(hours=SESSION_HOURS)
    expires_at = datetime.now(UTC) + lifetime
    token = access.only_token(call, signed, product=SHIELD, lifetime=lifetime)
    async with call.house.database.read() as db:
        admin = await store.get_admin(db, signed.staff_id)
    return success({"token": token, "expires_at": expires_at, "admin": admin_out(admin)})


@door.me
async def get_me(db: Db, call: Call) -> Success[AdminOut]:
    """The signed-in person."""
    return success(admin_out(await store.get_admin(db, call.caller.id)))


@door.change_password
async def change_password(body: ChangePasswordIn, call: Call) -> Success[DoneOut]:
    """Change one's own password; every other session ends."""
    await access.change_password(call, old=body.old_password, new=body.new_password)
    return success({"message": "Password changed"})


@door.logout
async def logout(tx: Tx) -> Success[DoneOut]:
    """End this session: the token stops working at once."""
    await actions.sign_out(tx)
    return success({"message": "Logged out"})


@door.sessions
async def list_own_sessions(db: Db, call: Call) -> Success[SessionsOut]:
    """One's own live sessions, newest first."""
    return success({"sessions": await access.own_sessions(db, call)})


@door.end_session
async def end_own_session(session_id: SessionId, tx: Tx) -> Success[DoneOut]:
    """End one of one's own sessions, for example on a lost phone."""
    await actions.end_own_session(tx, session_id)
    return success({"message": "Session ended"})


door.declare_second_factor()


@door.remove_second_factor
async def remove_second_factor(body: CodeIn, call: Call) -> Success[DoneOut]:
    """Take the authenticator app away, with a code of it or a recovery code."""
    return success({"message": await access.remove_second_factor(call, body)})
