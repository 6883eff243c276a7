"""What the sign-in doors take and give."""

from datetime import datetime

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.access import SessionOut
from backoffice.kernel.web import In


class LoginIn(In):
    email: str = Field(min_length=1, max_length=254)
    password: str = Field(min_length=1, max_length=128)


class ChangePasswordIn(In):
    old_password: str = Field(min_length=1, max_length=128)
    new_password: str = Field(min_length=1, max_length=1024)


class AdminOut(TypedDict):
    id: str
    email: str
    name: str
    role: str
    permissions: list[str]


class ActorOut(TypedDict):
    """Who did something, as every answer but the audit log's shows them."""

    admin_id: str
    admin_name: str


class LoginData(TypedDict):
    token: str
    expires_at: datetime
    admin: AdminOut


class DoneOut(TypedDict):
    message: str


class SessionsOut(TypedDict):
    sessions: list[SessionOut]
