"""What the helpdesk's roles may do (helpdesk contract, "Permissions" and "Access control")."""

from enum import StrEnum


class Role(StrEnum):
    SUPER_ADMIN = "super_admin"
    ADMIN = "admin"
    AGENT = "agent"


class Desk(StrEnum):
    SELF = "self:manage"
    AVAILABILITY_SET = "availability:set"
    TEAM_MANAGE = "team:manage"
    ADMINS_MANAGE = "admins:manage"
    TICKETS_VIEW = "tickets:view"
    TICKETS_VIEW_ALL = "tickets:view_all"
    TICKETS_WORK = "tickets:work"
    TICKETS_MANAGE = "tickets:manage"
    CUSTOMERS_VIEW = "customers:view"
    KNOWLEDGE_MANAGE = "knowledge:manage"
    TESTING_MODE_MANAGE = "testing_mode:manage"
    BROADCAST_MANAGE = "broadcast:manage"
    USAGE_VIEW = "usage:view"


AGENT = frozenset({Desk.SELF, Desk.AVAILABILITY_SET, Desk.TICKETS_VIEW, Desk.TICKETS_WORK})
ADMIN = AGENT | {Desk.TEAM_MANAGE, Desk.TICKETS_VIEW_ALL, Desk.TICKETS_MANAGE, Desk.CUSTOMERS_VIEW}
SUPER_ADMIN = frozenset(Desk)

ROLES: dict[str, frozenset[str]] = {Role.SUPER_ADMIN: SUPER_ADMIN, Role.ADMIN: ADMIN, Role.AGENT: AGENT}
"""Highest first, as error texts list them."""
