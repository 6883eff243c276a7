"""What the team doors take and give (contract, "Admin User Management APIs")."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from backoffice.helpdesk.permissions import Role
from backoffice.helpdesk.team.rules import DEFAULT_CAPACITY, LARGEST_CAPACITY
from backoffice.helpdesk.ticket.rules import Category
from backoffice.kernel.identity.names import Email, FullName, Username
from backoffice.kernel.web import In, QueryString
from backoffice.kernel.web.paging import Paged


def _empty_is_absent(value: object) -> object:
    return None if value == "" else value


Department = Annotated[Category | None, BeforeValidator(_empty_is_absent)]
Capacity = Annotated[int, Field(ge=1, le=LARGEST_CAPACITY)]


class TeamQuery(Paged, default=100, most=500):
    role: Role | None = None
    department: Category | None = None
    is_active: bool | None = None


class WorkloadQuery(QueryString):
    department: Category | None = None


class CreateIn(In):
    username: Username
    email: Email
    password: str = Field(min_length=1, max_length=1024)
    full_name: FullName
    role: Role
    department: Department = None
    agent_capacity: Capacity = DEFAULT_CAPACITY


class UpdateIn(In):
    """What is absent or null stays; `department: ""` counts as absent."""

    email: Email | None = None
    full_name: FullName | None = None
    department: Department = None
    agent_capacity: Capacity | None = None
    is_available: bool | None = None
    is_active: bool | None = None


class AvailabilityIn(In):
    """Without `is_available` the availability is turned over."""

    is_available: bool | None = None


@dataclass(frozen=True)
class BriefOut:
    id: int
    username: str
    email: str
    full_name: str
    role: str
    department: str | None
    is_active: bool


@dataclass(frozen=True)
class UpdatedOut(BriefOut):
    agent_capacity: int | None
    is_available: bool


@dataclass(frozen=True)
class ListedOut(UpdatedOut):
    created_at: datetime
    last_login_at: datetime | None


@dataclass(frozen=True)
class MemberOut(ListedOut):
    updated_at: datetime


class CreatedData(TypedDict):
    message: str
    user: BriefOut


class UpdatedData(TypedDict):
    message: str
    user: UpdatedOut


class MemberData(TypedDict):
    user: MemberOut


class TeamPage(TypedDict):
    users: list[ListedOut]
    total: int
    limit: int
    offset: int


@dataclass(frozen=True)
class TicketsOut:
    active: int
    resolved: int
    closed: int
    total: int


@dataclass(frozen=True)
class WorkOut:
    agent_id: int
    username: str
    full_name: str
    department: str | None
    is_available: bool
    capacity: int
    tickets: TicketsOut


@dataclass(frozen=True)
class WorkloadOut(WorkOut):
    """`utilization` is active tickets by capacity, in percent."""

    utilization: float


class WorkloadsOut(TypedDict):
    agents: list[WorkloadOut]
    total_agents: int


class AvailableOut(TypedDict):
    id: int
    username: str
    is_available: bool


class AvailabilityOut(TypedDict):
    message: str
    agent: AvailableOut


class PasswordOut(TypedDict):
    message: str
    temporary_password: str
