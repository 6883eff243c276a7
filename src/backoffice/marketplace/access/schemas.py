"""What the sign-in doors take and give; clients read `access` and `refresh` as well as the longer words."""

from datetime import datetime
from uuid import UUID

from pydantic import AliasChoices, Field
from typing_extensions import TypedDict

from backoffice.kernel.web import In


class LoginIn(In):
    """`email_or_phone` may be a username, too; a phone number has its country code."""

    email_or_phone: str = Field(min_length=1, max_length=254)
    password: str = Field(min_length=1, max_length=128)


class RefreshIn(In):
    refresh_token: str = Field(min_length=1, max_length=4096)


class ChangePasswordIn(In):
    current_password: str = Field(
        min_length=1, max_length=128, validation_alias=AliasChoices("current_password", "old_password")
    )
    new_password: str = Field(min_length=1, max_length=1024)


class PasswordIn(In):
    current_password: str = Field(
        min_length=1, max_length=128, validation_alias=AliasChoices("current_password", "password")
    )


class CodeIn(In):
    """Six digits of the authenticator app, or a recovery code."""

    code: str = Field(min_length=6, max_length=40)


class MeOut(TypedDict):
    """`permissions` hold every spelling that clients look for."""

    id: int
    email: str
    name: str
    roles: list[str]
    active_role: str
    permissions: list[str]


class TokensOut(TypedDict):
    access_token: str
    refresh_token: str
    access: str
    refresh: str
    token_type: str
    expires_in: int


class SignedInOut(TokensOut):
    user: MeOut


class DoneOut(TypedDict):
    message: str


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
