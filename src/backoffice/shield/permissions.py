"""What shield's roles may do. Finer permissions stand beside the contract's five."""

from enum import StrEnum


class Role(StrEnum):
    SUPER_ADMIN = "super_admin"
    CLAIMS_HANDLER = "claims_handler"
    FINANCE = "finance"
    SUPPORT = "support"
    AUDITOR = "auditor"


class Shield(StrEnum):
    SELF = "self:manage"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    PLANS_WRITE = "plans:write"
    BANKING_WRITE = "banking:write"
    BANKING_OVERRIDE = "banking:override"
    CLAIMS_READ = "claims:read"
    CLAIMS_WRITE = "claims:write"
    CLAIMS_APPROVE = "claims:approve"
    PAYOUTS_READ = "payouts:read"
    PAYOUTS_CREATE = "payouts:create"
    PAYOUTS_COMPLETE = "payouts:complete"
    AUDIT_READ = "audit:read"


class Scope(StrEnum):
    """What an API key of the platform may do."""

    MEMBERS_WRITE = "members:write"
    CLAIMS_SUBMIT = "claims:submit"
    BANKING_SUBMIT = "banking:submit"


USERS = frozenset({Shield.USERS_READ, Shield.USERS_WRITE, Shield.PLANS_WRITE, Shield.BANKING_WRITE})
CLAIMS = frozenset({Shield.CLAIMS_READ, Shield.CLAIMS_WRITE, Shield.CLAIMS_APPROVE})
PAYOUTS = frozenset({Shield.PAYOUTS_READ, Shield.PAYOUTS_CREATE, Shield.PAYOUTS_COMPLETE})
EVERYBODY = frozenset({Shield.SELF})

ROLES: dict[str, frozenset[str]] = {
    Role.SUPER_ADMIN: frozenset(Shield),
    Role.CLAIMS_HANDLER: EVERYBODY | USERS | CLAIMS,
    Role.FINANCE: EVERYBODY | PAYOUTS | {Shield.CLAIMS_READ},
    Role.SUPPORT: EVERYBODY | USERS | {Shield.CLAIMS_READ},
    Role.AUDITOR: EVERYBODY | {Shield.USERS_READ, Shield.CLAIMS_READ, Shield.PAYOUTS_READ, Shield.AUDIT_READ},
}
