"""Who may manage whom in the team, and what is asked of a member. Pure.

Admins manage agents, super admins manage everyone. A super admin is made, changed in role and removed on the command
line only, so nobody can deactivate themself or the last super admin here.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from backoffice.helpdesk.permissions import Desk, Role
from backoffice.helpdesk.ticket.rules import Category
from backoffice.kernel.actor import Actor
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Forbidden, Invalid, NotFound
from backoffice.kernel.identity.rules import PersonOfMoney

PRODUCT = "helpdesk"
DEFAULT_CAPACITY = 10
LARGEST_CAPACITY = 1_000
OF_THE_PERSON = frozenset({"email", "full_name"})
"""Shared by all products somebody works in."""
OF_AGENTS = frozenset({"department", "agent_capacity", "is_available"})
"""What only agents have (contract, users 4)."""


class MemberAct(Act):
    CREATED = "member.created"
    UPDATED = "member.updated"
    DEACTIVATED = "member.deactivated"
    ACTIVATED = "member.activated"
    AVAILABILITY_SET = "member.availability_set"


class MemberNotFound(NotFound):
    """User with ID {user_id} not found"""

    user_id: int


class DepartmentRequired(Invalid):
    """Department is required for agents"""


class AgentsOnly(Invalid):
    """Only agents have a department, a capacity and an availability"""


class SuperAdminNotMade(Invalid):
    """Super admins can't be created here"""


class SuperAdminStays(Invalid):
    """Cannot deactivate super admin"""


class AdminsNotCreated(Forbidden):
    """Only super admin can create admin users"""


class AdminsNotManaged(Forbidden):
    """Only super admin can manage admin users"""


class WorksElsewhere(Forbidden):
    """Only super admin can change the email, name or password of a user of several products"""


class OthersAvailability(Forbidden):
    """Access denied. You can only change your own availability."""


@dataclass(frozen=True, slots=True)
class NewMember:
    """Somebody about to join: a person of their own, with what they are in the team."""

    username: str
    email: str
    full_name: str
    role: Role
    department: Category | None = None
    capacity: int = DEFAULT_CAPACITY
    is_available: bool = True


@dataclass(frozen=True, slots=True)
class Works:
    """Where a person works, this product included, and whether one of these moves money."""

    products: tuple[str, ...]
    with_money: bool


@dataclass(frozen=True, slots=True)
class Details:
    """What can be changed about a member, by the names of the contract; None leaves it as it is."""

    email: str | None = None
    full_name: str | None = None
    department: Category | None = None
    agent_capacity: int | None = None
    is_available: bool | None = None
    is_active: bool | None = None

    def differing_from(self, member: object) -> dict[str, Any]:
        """What is wanted and is not so yet; a form that sends everything changes only what was edited."""
        wanted = asdict(self)
        return {name: value for name, value in wanted.items() if value not in (None, getattr(member, name))}


def check_post(role: Role, department: Category | None) -> None:
    """Agents have a department, which decides their tickets; nobody else has one."""
    if role is Role.AGENT and department is None:
        raise DepartmentRequired
    if role is not Role.AGENT and department is not None:
        raise AgentsOnly


def check_may_create(actor: Actor, role: Role) -> None:
    """Admins create agents, super admins also admins (contract, users 1); super admins come from the command line."""
    if role is Role.SUPER_ADMIN:
        raise SuperAdminNotMade
    if role is not Role.AGENT and not actor.can(Desk.ADMINS_MANAGE):
        raise AdminsNotCreated


def check_may_manage(actor: Actor, role: str) -> None:
    """Admins manage agents; only super admins manage admins, themselves included."""
    if role != Role.AGENT and not actor.can(Desk.ADMINS_MANAGE):
        raise AdminsNotManaged


def check_may_deactivate(actor: Actor, role: str) -> None:
    """A super admin stays, whoever asks (contract, users 5); so there is always one."""
    if role == Role.SUPER_ADMIN:
        raise SuperAdminStays
    check_may_manage(actor, role)


def check_may_change_person(actor: Actor, works: Works) -> None:
    """Name, e-mail and password belong to the person: an admin of one product does not reach into another.

    Where the person also moves money nobody does, super admins included: they could become them there.
    """
    if len(works.products) > 1 and not actor.can(Desk.ADMINS_MANAGE):
        raise WorksElsewhere
    if works.with_money:
        raise PersonOfMoney


def check_changes(actor: Actor, role: str, *, changed: Collection[str], works: Works) -> None:
    """Whether this member has what is to be changed, and this person may change it."""
    check_may_manage(actor, role)
    if role != Role.AGENT and not OF_AGENTS.isdisjoint(changed):
        raise AgentsOnly
    if not OF_THE_PERSON.isdisjoint(changed):
        check_may_change_person(actor, works)


def check_may_set_availability(actor: Actor, agent_id: int) -> None:
    """Agents say whether they are there; admins say it for every agent."""
    if not actor.can(Desk.TEAM_MANAGE) and actor.id != agent_id:
        raise OthersAvailability
