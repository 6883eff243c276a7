"""What the sign-in doors take and give; clients read `access` and `refresh` as well as the longer words."""

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
