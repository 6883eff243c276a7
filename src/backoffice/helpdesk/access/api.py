"""The sign-in doors of the helpdesk contract ("Authentication APIs" 1-5), and a person's own sessions."""

from uuid import UUID

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
from backoffice.helpdesk.team.store import MemberRow
from backoffice.kernel.database import Db
from backoffice.kernel.identity import actions, rules
from backoffice.kernel.identity.actions import Attempt, Pair, Signed
from backoffice.kernel.identity.rules import IdentityAct
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.write import Tx

door = Doors(HELPDESK, tag="Sign-in", prefix="/api/v1/auth")


def shown(me: MemberRow) -> MeOut:
    return {
        "id": me.id,
        "username": me.username,
        "email": me.email,
        "full_name": me.full_name,
        "role": me.role,
        "department": me.department,
        "is_active": me.is_active,
        "is_available": me.is_available,
        "last_login_at": me.last_login_at,
        "created_at": me.created_at,
    }


def _tokens(pair: Pair) -> TokensOut:
    return {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "token_type": "Bearer",
        "expires_in": pair.expires_in,
    }


async def _with_profile(call: Call, signed: Signed) -> tuple[Pair, MemberRow]:
    async with call.house.database.read() as db:
        me = await team.get_member(db, signed.staff_id)
    return actions.issue_pair(call.house, signed, product=HELPDESK.name, department=me.department), me


@door.post(
    "/login",
    public="this is where one signs in",
    audit=[IdentityAct.SESSION_STARTED, IdentityAct.SESSION_REFUSED],
    errors=[rules.WrongCredentials, rules.AccountDeactivated],
)
async def login(body: LoginIn, call: Call) -> LoginOut:
    """Sign in with username (or e-mail) and password; returns an access token for 15 minutes and a refresh token."""
    hours = call.house.settings.refresh_token_days * 24
    attempt = Attempt(HELPDESK.name, body.username, body.password, session_hours=hours)
    signed = await actions.sign_in(call.house, call.context, attempt=attempt)
    pair, me = await _with_profile(call, signed)
    return {"success": True, "message": "Login successful", "data": {**_tokens(pair), "user": shown(me)}}


@door.post(
    "/refresh",
    public="the refresh token in the body is the proof",
    audit=[IdentityAct.SESSION_REVOKED],
    errors=[rules.RefreshRefused],
)
async def refresh(body: RefreshIn, call: Call) -> RefreshOut:
    """Exchange a refresh token for a new pair. The old one stays good for 30 seconds, then reuse ends the session."""
    claims = actions.read_refresh_token(call.house, body.refresh_token, product=HELPDESK.name)
    signed = await actions.refresh_session(call.house, call.context, claims=claims)
    pair, _ = await _with_profile(call, signed)
    return {"success": True, "message": "Token refreshed successfully", "data": _tokens(pair)}


@door.get("/me", permission=Desk.SELF, even_if_password_due=True)
async def get_me(db: Db, call: Call) -> MeOut:
    """The signed-in person."""
    return shown(await team.get_member(db, call.caller.id))


@door.post(
    "/change-password",
    permission=Desk.SELF,
    even_if_password_due=True,
    audit=[IdentityAct.PASSWORD_CHANGED, IdentityAct.PASSWORD_REFUSED],
    errors=[rules.WrongPassword, rules.WeakPassword, rules.PasswordUnchanged],
)
async def change_password(body: ChangePasswordIn, call: Call) -> DoneOut:
    """Change one's own password; every other session ends."""
    await actions.change_password(
        call.house, call.caller, context=call.context, old=body.old_password, new=body.new_password
    )
    return {"success": True, "message": "Password changed successfully"}


@door.post("/logout", permission=Desk.SELF, even_if_password_due=True, audit=[IdentityAct.SESSION_ENDED])
async def logout(tx: Tx) -> DoneOut:
    """End this session: its tokens stop working at once."""
    await actions.sign_out(tx)
    return {"success": True, "message": "Logged out successfully"}


@door.get("/sessions", permission=Desk.SELF)
async def list_sessions(db: Db, call: Call) -> Success[SessionsOut]:
    """One's own live sessions, newest first."""
    sessions = await actions.live_sessions(db, call.caller)
    return success(
        {
            "sessions": [
                {
                    "id": session.id,
                    "ip_address": session.address,
                    "user_agent": session.agent,
                    "created_at": session.created_at,
                    "expires_at": session.expires_at,
                    "is_current": str(session.id) == call.caller.session_id,
                }
                for session in sessions
            ],
            "total": len(sessions),
        }
    )


@door.delete(
    "/sessions/{session_id}",
    permission=Desk.SELF,
    audit=[IdentityAct.SESSION_ENDED],
    errors=[rules.SessionNotFound],
)
async def end_session(session_id: UUID, tx: Tx) -> DoneOut:
    """End one of one's own sessions."""
    await actions.end_own_session(tx, session_id)
    return {"success": True, "message": "Session ended"}
