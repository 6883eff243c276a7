"""The doors through which staff come in and go. A product writes their bodies and answers; the rest is the same in all.

    door = SignInDoors(SHIELD, Shield.SELF, prefix="/v1/admin/auth")

    @door.login
    async def login(body: LoginIn, call: Call) -> Success[LoginData]:
        signed = await sign_in(call, product=SHIELD, login=body.email, password=body.password, hours=12)
        ...

Who has to choose a new password may do nothing else but that, look who they are, and go. A door that a product does
not declare is not there: without `refresh` a session lasts as long as its first token.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AliasChoices, Field
from typing_extensions import TypedDict

from backoffice.kernel.database import Db
from backoffice.kernel.identity import actions, rules, second_factor, step_up
from backoffice.kernel.identity.actions import Attempt, Signed
from backoffice.kernel.identity.rules import IdentityAct
from backoffice.kernel.identity.second_factor import EnrolledAlready, NothingToConfirm, WrongCode
from backoffice.kernel.identity.step_up import MfaRequired
from backoffice.kernel.web import Call, Doors, In
from backoffice.kernel.web.inputs import or_missing
from backoffice.kernel.web.product import Product
from backoffice.kernel.web.success import Success, success

SessionId = Annotated[UUID, or_missing(lambda written: rules.SessionNotFound(session_id=written))]
F = TypeVar("F", bound=Callable[..., Any])


class PasswordIn(In):
    current_password: str = Field(
        min_length=1, max_length=128, validation_alias=AliasChoices("current_password", "password")
    )


class CodeIn(In):
    """Six digits of the authenticator app, or a recovery code."""

    code: str = Field(min_length=6, max_length=40)


class SessionOut(TypedDict):
    id: UUID
    ip_address: str
    user_agent: str
    created_at: datetime
    expires_at: datetime
    is_current: bool


class SecondFactorOut(TypedDict):
    """`proved_until` is when the next act that asks for a code will ask again; it may have passed."""

    is_enrolled: bool
    enrolled_at: datetime | None
    recovery_codes_left: int
    proved_until: datetime | None


class EnrolmentOut(TypedDict):
    """Shown here only: the secret to type, or the address that an authenticator app reads as a picture."""

    secret: str
    otpauth_uri: str


class RecoveryOut(TypedDict):
    """Shown here only: each code works once, for whoever lost the app."""

    message: str
    recovery_codes: list[str]


class ProvedOut(TypedDict):
    """`expires_in` is seconds."""

    message: str
    proved_until: datetime
    expires_in: int


class SignInDoors(Doors):
    """`permission` is the one that every role of the product has."""

    def __init__(self, product: Product, permission: str, *, prefix: str) -> None:
        super().__init__(product, tag="Sign-in", prefix=prefix)
        self._own = permission

    def login(self, function: F) -> F:
        acts, errors = [IdentityAct.SESSION_STARTED, IdentityAct.SESSION_REFUSED], [rules.WrongCredentials]
        public = "this is where one signs in"
        return self.post("/login", public=public, audit=acts, errors=[*errors, rules.AccountDeactivated])(function)

    def refresh(self, function: F) -> F:
        public, acts = "the refresh token in the body is the proof", [IdentityAct.SESSION_REVOKED]
        return self.post("/refresh", public=public, audit=acts, errors=[rules.RefreshRefused])(function)

    def me(self, function: F) -> F:
        return self.get("/me", permission=self._own, even_if_password_due=True)(function)

    def change_password(self, function: F) -> F:
        return self.post(
            "/change-password",
            permission=self._own,
            even_if_password_due=True,
            audit=[IdentityAct.PASSWORD_CHANGED, IdentityAct.PASSWORD_REFUSED],
            errors=[rules.WrongPassword, rules.WeakPassword, rules.PasswordUnchanged],
        )(function)

    def logout(self, function: F) -> F:
        acts = [IdentityAct.SESSION_ENDED]
        return self.post("/logout", permission=self._own, even_if_password_due=True, audit=acts)(function)

    def sessions(self, function: F) -> F:
        return self.get("/sessions", permission=self._own)(function)

    def end_session(self, function: F) -> F:
        acts, errors = [IdentityAct.SESSION_ENDED], [rules.SessionNotFound]
        return self.delete("/sessions/{session_id}", permission=self._own, audit=acts, errors=errors)(function)

    def declare_second_factor(self) -> None:
        """The doors of one's own authenticator app that answer alike in every product; how it goes away does not."""

        @self.get("/mfa", permission=self._own)
        async def get_second_factor(db: Db, call: Call) -> Success[SecondFactorOut]:
            """Whether one has enrolled an authenticator app, and until when this session's proof holds."""
            return success(await own_second_factor(db, call))

        @self.post(
            "/mfa/enrol",
            permission=self._own,
            audit=[IdentityAct.TOTP_OFFERED, IdentityAct.PASSWORD_REFUSED],
            errors=[rules.WrongPassword, EnrolledAlready],
        )
        async def enrol_second_factor(body: PasswordIn, call: Call) -> Success[EnrolmentOut]:
            """Begin to enrol an authenticator app; it counts once `/auth/mfa/confirm` got a code of it."""
            return success(await enrol(call, body, product=self.product))

        @self.post(
            "/mfa/confirm",
            permission=self._own,
            audit=[IdentityAct.TOTP_ENROLLED, IdentityAct.TOTP_REFUSED],
            errors=[NothingToConfirm, WrongCode],
        )
        async def confirm_second_factor(body: CodeIn, call: Call) -> Success[RecoveryOut]:
            """The app's first code. Answers with ten recovery codes, which are shown here only."""
            return success(await confirm_enrolment(call, body))

        @self.post(
            "/step-up",
            permission=self._own,
            audit=[IdentityAct.STEPPED_UP, IdentityAct.RECOVERY_CODE_USED, IdentityAct.TOTP_REFUSED],
            errors=[MfaRequired, WrongCode],
        )
        async def prove_second_factor(body: CodeIn, call: Call) -> Success[ProvedOut]:
            """Give a code: for ten minutes this session may do what asks for one. It works once; wrong ones count."""
            return success(await prove(call, body))

    def remove_second_factor(self, function: F) -> F:
        acts = [IdentityAct.TOTP_REMOVED, IdentityAct.RECOVERY_CODE_USED, IdentityAct.TOTP_REFUSED]
        return self.post("/mfa/remove", permission=self._own, audit=acts, errors=[MfaRequired, WrongCode])(function)


async def sign_in(call: Call, *, product: Product, login: str, password: str, hours: int) -> Signed:
    """A session that lives so many hours unless refreshed. WrongCredentials, AccountDeactivated, TooManyRequests."""
    attempt = Attempt(product.name, login, password, session_hours=hours)
    return await actions.sign_in(call.house, call.context, attempt=attempt)


async def refresh(call: Call, token: str, *, product: Product) -> Signed:
    """The session of a refresh token, with the next one to hand out. RefreshRefused where it is none any more."""
    claims = actions.read_refresh_token(call.house, token, product=product.name)
    return await actions.refresh_session(call.house, call.context, claims=claims)


async def change_password(call: Call, *, old: str, new: str) -> None:
    """The caller's own; every other session of theirs ends. WrongPassword, WeakPassword, PasswordUnchanged."""
    await actions.change_password(call.house, call.caller, context=call.context, old=old, new=new)


def only_token(call: Call, signed: Signed, *, product: Product, lifetime: timedelta) -> str:
    """The token of a session that is never refreshed."""
    claims = {"user_id": signed.staff_id, "username": signed.username, "email": signed.email, "role": signed.role}
    claims["sid"] = str(signed.session_id)
    return call.house.tokens.issue("access", product.name, lifetime=lifetime, claims=claims)


async def own_sessions(db: Db, call: Call) -> list[SessionOut]:
    """The caller's live sessions, newest first."""
    return [
        {
            "id": session.id,
            "ip_address": session.address,
            "user_agent": session.agent,
            "created_at": session.created_at,
            "expires_at": session.expires_at,
            "is_current": str(session.id) == call.caller.session_id,
        }
        for session in await actions.live_sessions(db, call.caller)
    ]


async def own_second_factor(db: Db, call: Call) -> SecondFactorOut:
    standing = await step_up.get_standing(db, call.caller)
    return {
        "is_enrolled": standing.is_enrolled,
        "enrolled_at": standing.enrolled_at,
        "recovery_codes_left": standing.recovery_codes_left,
        "proved_until": standing.proved_until,
    }


async def enrol(call: Call, body: PasswordIn, *, product: Product) -> EnrolmentOut:
    """A secret for the caller's app; it counts once a code confirms it. WrongPassword, EnrolledAlready."""
    password, issuer = body.current_password, product.title
    offered = await second_factor.enrol(call.house, call.caller, context=call.context, password=password, issuer=issuer)
    return {"secret": offered.secret, "otpauth_uri": offered.uri}


async def confirm_enrolment(call: Call, body: CodeIn) -> RecoveryOut:
    """NothingToConfirm, WrongCode, TooManyRequests."""
    codes = await second_factor.confirm(call.house, call.caller, context=call.context, code=body.code)
    return {"message": "Authenticator app enrolled", "recovery_codes": codes}


async def remove_second_factor(call: Call, body: CodeIn) -> str:
    """What was done, in words. MfaRequired, WrongCode, TooManyRequests."""
    await second_factor.remove(call.house, call.caller, context=call.context, code=body.code)
    return "Authenticator app removed"


async def prove(call: Call, body: CodeIn) -> ProvedOut:
    """For ten minutes this session may do what asks for a code. MfaRequired, WrongCode, TooManyRequests."""
    until = await second_factor.prove(call.house, call.caller, context=call.context, code=body.code)
    seconds = int(step_up.PROOF_LASTS.total_seconds())
    return {"message": "Code accepted", "proved_until": until, "expires_in": seconds}
