"""The sign-in doors of the helpdesk contract ("Authentication APIs" 1-5), one's own sessions, and second factor."""

from backoffice.helpdesk.access.schemas import (
    ChangePasswordIn,
    DoneOut,
    LoginIn,
    LoginOut,
    MeOut,
    RefreshIn,
    RefreshOut,
    SessionsOut,
    TokensOut,
)
from backoffice.helpdesk.permissions import Desk
from backoffice.helpdesk.product import HELPDESK, Success, success
from backoffice.helpdesk.team import store as team
from backoffice.helpdesk.team.schemas import BriefOut, MemberOut
from backoffice.kernel import access
from backoffice.kernel.access import (
    CodeIn,
    SessionId,
    SignInDoors,
)
from backoffice.kernel.database import Db
from backoffice.kernel.database.rows import part_of, values_of
from backoffice.kernel.identity import actions
from backoffice.kernel.identity.actions import Pair, Signed
from backoffice.kernel.web import Call
from backoffice.kernel.write import Tx

door = SignInDoors(HELPDESK, Desk.SELF, prefix="/api/v1/auth")


def shown(me: MemberOut) -> MeOut:
    return MeOut(
        **values_of(part_of(BriefOut, me)),
        is_available=me.is_available,
        last_login_at=me.last_login_at,
        created_at=me.created_at,
    )


def _tokens(pair: Pair) -> TokensOut:
    return {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "token_type": "Bearer",
        "expires_in": pair.expires_in,
    }


async def _with_profile(call: Call, signed: Signed) -> tuple[Pair, MemberOut]:
    async with call.house.database.read() as db:
        me = await team.get_member(db, signed.staff_id)
    return actions.issue_pair(call.house, signed, product=HELPDESK.name, department=me.department), me


@door.login
async def login(body: LoginIn, call: Call) -> LoginOut:
    """Sign in with username (or e-mail) and password; returns an access token for 15 minutes and a refresh token."""
    hours = call.house.settings.refresh_token_days * 24
    signed = await access.sign_in(call, product=HELPDESK, login=body.username, password=body.password, hours=hours)
    pair, me = await _with_profile(call, signed)
    return {"success": True, "message": "Login successful", "data": {**_tokens(pair), "user": shown(me)}}


@door.refresh
async def refresh(body: RefreshIn, call: Call) -> RefreshOut:
    """Exchange a refresh token for a new pair. The old one stays good for 30 seconds, then reuse ends the session."""
    signed = await access.refresh(call, body.refresh_token, product=HELPDESK)
    pair, _ = await _with_profile(call, signed)
    return {"success": True, "message": "Token refreshed successfully", "data": _tokens(pair)}


@door.me
async def get_me(db: Db, call: Call) -> MeOut:
    """The signed-in person."""
    return shown(await team.get_member(db, call.caller.id))


@door.change_password
async def change_password(body: ChangePasswordIn, call: Call) -> DoneOut:
    """Change one's own password; every other session ends."""
    await access.change_password(call, old=body.old_password, new=body.new_password)
    return {"success": True, "message": "Password changed successfully"}


@door.logout
async def logout(tx: Tx) -> DoneOut:
    """End this session: its tokens stop working at once."""
    await actions.sign_out(tx)
    return {"success": True, "message": "Logged out successfully"}


@door.sessions
async def list_sessions(db: Db, call: Call) -> Success[SessionsOut]:
    """One's own live sessions, newest first."""
    sessions = await access.own_sessions(db, call)
    return success({"sessions": sessions, "total": len(sessions)})


@door.end_session
async def end_session(session_id: SessionId, tx: Tx) -> DoneOut:
    """End one of one's own sessions."""
    await actions.end_own_session(tx, session_id)
    return {"success": True, "message": "Session ended"}


door.declare_second_factor()


@door.remove_second_factor
async def remove_second_factor(body: CodeIn, call: Call) -> DoneOut:
    """Take the authenticator app away, with a code of it or a recovery code."""
    return {"success": True, "message": await access.remove_second_factor(call, body)}
