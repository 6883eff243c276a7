"""What the doors of roles and staff accounts take and give (remaining endpoints, 3)."""

from datetime import datetime
from typing import Annotated

import fastapi
from pydantic import AliasChoices, Field
from typing_extensions import TypedDict

from backoffice.kernel.identity.names import Email, FullName, Phone, Username
from backoffice.kernel.identity.role_book import LONGEST_NAME
from backoffice.kernel.web import In
from backoffice.kernel.web.paging import Paged
from backoffice.marketplace.product import Meta

RoleId = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
PathRole = Annotated[str, fastapi.Path(min_length=1, max_length=LONGEST_NAME)]
Permissions = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=200)]
Title = Annotated[str, Field(min_length=1, max_length=100)]
Described = Annotated[str, Field(max_length=500)]
StaffId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class NewRoleIn(In):
    """Without an `id` the role gets one from its name: `Weekend support` is weekend_support."""

    id: Annotated[str, Field(max_length=LONGEST_NAME, pattern=r"^[a-z][a-z0-9_]*$")] | None = None
    name: Title
    description: Described = ""
    permissions: Permissions


class RoleIn(In):
    """What is absent stays."""

    name: Title | None = None
    description: Described | None = None
    permissions: Permissions | None = None


class GivenIn(In):
    user_id: StaffId = Field(validation_alias=AliasChoices("user_id", "account_id", "admin_id"))
    role: RoleId = Field(validation_alias=AliasChoices("role", "role_id"))


class RoleOut(TypedDict):
    """`can_be_assigned`: by whoever asks. `user_count` are the active people who have the role."""

    id: str
    name: str
    description: str
    permissions: list[str]
    is_system_role: bool
    can_be_assigned: bool
    user_count: int


class RolesMeta(TypedDict):
    total_roles: int
    total_permissions: int


class RolesOut(TypedDict):
    success: bool
    data: list[RoleOut]
    meta: RolesMeta


class AccountsQuery(Paged, default=25, most=100):
    role: str | None = Field(None, max_length=LONGEST_NAME)
    is_active: bool | None = None
    search: str | None = Field(
        None, max_length=100, description="The beginning of e-mail address or username, or a part of the name"
    )


class NewAccountIn(In):
    """Without a `username` the part of the e-mail address before the @ is one."""

    email: Email
    name: FullName
    username: Username | None = None
    phone: Phone | None = None
    role: RoleId = Field(validation_alias=AliasChoices("role", "role_id"))


class AccountIn(In):
    """What is absent stays. `is_active` does what activating and deactivating do."""

    role: RoleId | None = Field(None, validation_alias=AliasChoices("role", "role_id"))
    is_active: bool | None = None


class AccountOut(TypedDict):
    id: int
    email: str
    username: str
    phone: str | None
    name: str
    role: str
    role_name: str
    roles: list[str]
    is_active: bool
    password_change_due: bool
    mfa_enabled: bool
    created_at: datetime
    last_login_at: datetime | None


class NewAccountOut(AccountOut):
    """The password is shown here only; it signs in once, to choose another."""

    one_time_password: str


class AccountsOut(TypedDict):
    success: bool
    data: list[AccountOut]
    meta: Meta
