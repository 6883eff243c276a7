"""The sign-in doors of the marketplace, who one is, one's own sessions, and one's second factor."""

from backoffice.kernel import access
from backoffice.kernel.access import (
    CodeIn,
    SessionId,
    SessionOut,
    SignInDoors,
)
from backoffice.kernel.database import Db
from backoffice.kernel.identity import actions
from backoffice.kernel.identity.actions import Pair, Signed
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.access import store
from backoffice.marketplace.access.schemas import (
    ChangePasswordIn,
    DoneOut,
    LoginIn,
    MeOut,
    RefreshIn,
    SignedInOut,
    TokensOut,
)
from backoffice.marketplace.access.store import StaffRow
from backoffice.marketplace.permissions import BOOK, EVERYTHING, Market, Role
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = SignInDoors(MARKETPLACE, Market.SELF, prefix="/api/v1/admin/auth")
me_door = Doors(MARKETPLACE, tag="Sign-in", prefix="/api/v1/admin")


def me_out(row: StaffRow) -> MeOut:
    permissions = BOOK.spellings(BOOK.held_by(row.role, row.made_permissions))
    return {
        "id": row.id,
        "email": row.email,
        "name": row.full_name,
        "roles": [row.role],
        "active_role": row.role,
        "permissions": [*permissions, EVERYTHING] if row.role == Role.SUPER_ADMIN else permissions,
    }


def _tokens(pair: Pair) -> TokensOut:
    return {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "access": pair.access_token,
        "refresh": pair.refresh_token,
        "token_type": "Bearer",
        "expires_in": pair.expires_in,
    }


async def _signed_in(call: Call, signed: Signed) -> SignedInOut:
    async with call.house.database.read() as db:
        me = await store.get_staff(db, signed.staff_id)
    return {**_tokens(actions.issue_pair(call.house, signed, product=MARKETPLACE.name)), "user": me_out(me)}


@door.login
async def login(body: LoginIn, call: Call) -> Success[SignedInOut]:
    """Sign in with e-mail, username or phone number: an access token for 15 minutes, a refresh token for 7 days."""
    hours = call.house.settings.refresh_token_days * 24
    login, password = body.email_or_phone, body.password
    signed = await access.sign_in(call, product=MARKETPLACE, login=login, password=password, hours=hours)
    return success(await _signed_in(call, signed))


@door.refresh
async def refresh(body: RefreshIn, call: Call) -> Success[SignedInOut]:
    """Exchange a refresh token for a new pair; the old one stays good for 30 seconds."""
    return success(await _signed_in(call, await access.refresh(call, body.refresh_token, product=MARKETPLACE)))


@door.change_password
async def change_password(body: ChangePasswordIn, call: Call) -> Success[DoneOut]:
    """Change one's own password; every other session ends."""
    await access.change_password(call, old=body.current_password, new=body.new_password)
    return success({"message": "Password changed"})


@door.logout
async def logout(tx: Tx) -> Success[DoneOut]:
    """End this session: its tokens stop working at once."""
    await actions.sign_out(tx)
    return success({"message": "Logged out"})


@door.sessions
async def list_own_sessions(db: Db, call: Call) -> Success[list[SessionOut]]:
    """One's own live sessions, newest first."""
    return success(await access.own_sessions(db, call))


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


@me_door.get("/me", permission=Market.SELF, even_if_password_due=True)
async def get_me(db: Db, call: Call) -> Success[MeOut]:
    """The signed-in person with their role and what it may do."""
    return success(me_out(await store.get_staff(db, call.caller.id)))
