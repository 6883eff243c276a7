"""What the sign-in doors take and give."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import AliasChoices, Field
from typing_extensions import TypedDict

from backoffice.helpdesk.team.schemas import BriefOut
from backoffice.kernel.access import SessionOut
from backoffice.kernel.web import In


class LoginIn(In):
    username: str = Field(min_length=1, max_length=254)
    password: str = Field(min_length=1, max_length=128)


class RefreshIn(In):
    refresh_token: str = Field(min_length=1, max_length=4096)


class ChangePasswordIn(In):
    old_password: str = Field(
        min_length=1, max_length=128, validation_alias=AliasChoices("old_password", "current_password")
    )
    new_password: str = Field(min_length=1, max_length=1024)


@dataclass(frozen=True)
class MeOut(BriefOut):
    is_available: bool
    last_login_at: datetime | None
    created_at: datetime


class TokensOut(TypedDict):
    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


class LoginData(TokensOut):
    user: MeOut


class LoginOut(TypedDict):
    success: bool
    message: str
    data: LoginData


class RefreshOut(TypedDict):
    success: bool
    message: str
    data: TokensOut


class DoneOut(TypedDict):
    success: bool
    message: str


class SessionsOut(TypedDict):
    sessions: list[SessionOut]
    total: int
