"""What the marketplace's roles may do, `resource:action`. The contracts' other spellings of a permission are known."""

from enum import StrEnum

from backoffice.kernel.identity.role_book import RoleBook


class Role(StrEnum):
    SUPER_ADMIN = "super_admin"
    VENDOR_ADMIN = "vendor_admin"
    SUPPORT_AGENT = "support_agent"
    FINANCE_ADMIN = "finance_admin"
    CONTENT_MODERATOR = "content_moderator"


class Market(StrEnum):
    SELF = "self:manage"
    USERS_LIST = "users:list"
    USERS_VIEW = "users:view"
    USERS_VIEW_PII = "users:view_pii"
    USERS_CREATE = "users:create"
    USERS_UPDATE = "users:update"
    USERS_DELETE = "users:delete"
    USERS_MANAGE = "users:manage"
    USERS_ANONYMIZE = "users:anonymize"
    VENDORS_LIST = "vendors:list"
    VENDORS_VIEW = "vendors:view"
    VENDORS_VERIFY = "vendors:verify"
    VENDORS_SUSPEND = "vendors:suspend"
    SERVICES_LIST = "services:list"
    SERVICES_VIEW = "services:view"
    BOOKINGS_LIST = "bookings:list"
    BOOKINGS_VIEW = "bookings:view"
    BOOKINGS_UPDATE = "bookings:update"
    PAYMENTS_LIST = "payments:list"
    PAYMENTS_VIEW = "payments:view"
    PAYMENTS_REFUND = "payments:refund"
    REFUNDS_LIST = "refunds:list"
    REFUNDS_APPROVE = "refunds:approve"
    DISPUTES_VIEW = "disputes:view"
    DISPUTES_MANAGE = "disputes:manage"
    DISPUTES_REFUND = "disputes:refund"
    REVIEWS_LIST = "reviews:list"
    REVIEWS_VIEW = "reviews:view"
    REVIEWS_MODERATE = "reviews:moderate"
    REVIEWS_HIDE = "reviews:hide"
    REVIEWS_REMOVE = "reviews:remove"
    SUBSCRIPTIONS_LIST = "subscriptions:list"
    SUBSCRIPTIONS_VIEW = "subscriptions:view"
    REFERRALS_LIST = "referrals:list"
    REFERRALS_DECIDE = "referrals:decide"
    ANALYTICS_VIEW = "analytics:view"
    JOBS_LIST = "jobs:list"
    JOBS_VIEW_ALL = "jobs:view_all"
    JOBS_CANCEL = "jobs:cancel"
    JOBS_DELETE = "jobs:delete"
    ROLES_LIST = "roles:list"
    ROLES_MANAGE = "roles:manage"
    ACCOUNTS_MANAGE = "accounts:manage"
    AUDIT_READ = "audit:read"
    SYSTEM_HEALTH = "system:health"
    SYSTEM_BACKUP = "system:backup"
    SYSTEM_RESTORE = "system:restore"


class Scope(StrEnum):
    """What an API key of the platform may do."""

    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    VENDORS_READ = "vendors:read"
    CATALOGUE_WRITE = "catalogue:write"
    BOOKINGS_WRITE = "bookings:write"
    PAYMENTS_WRITE = "payments:write"
    DISPUTES_WRITE = "disputes:write"
    REVIEWS_WRITE = "reviews:write"
    ACTIVITY_WRITE = "activity:write"
    REFUNDS_WRITE = "refunds:write"


ALIASES = {
    "users.view": Market.USERS_LIST,
    "users.view_detail": Market.USERS_VIEW,
    "users.manage": Market.USERS_MANAGE,
    "users.anonymize": Market.USERS_ANONYMIZE,
    "disputes.view": Market.DISPUTES_VIEW,
    "disputes.manage": Market.DISPUTES_MANAGE,
    "disputes.refund": Market.DISPUTES_REFUND,
    "jobs:list_all": Market.JOBS_VIEW_ALL,
}
"""Spellings of the contracts that name a permission by another word."""

EVERYBODY = frozenset({Market.SELF})
EVERYTHING = "*"
"""What clients look for in a super admin's list; no role can be given it."""

ROLES: dict[str, frozenset[str]] = {
    Role.SUPER_ADMIN: frozenset(Market),
    Role.VENDOR_ADMIN: EVERYBODY
    | {
        Market.VENDORS_LIST,
        Market.VENDORS_VIEW,
        Market.VENDORS_VERIFY,
        Market.VENDORS_SUSPEND,
        Market.SERVICES_LIST,
        Market.SERVICES_VIEW,
    },
    Role.SUPPORT_AGENT: EVERYBODY
    | {
        Market.USERS_LIST,
        Market.USERS_VIEW,
        Market.USERS_VIEW_PII,
        Market.BOOKINGS_LIST,
        Market.BOOKINGS_VIEW,
        Market.REVIEWS_LIST,
        Market.REVIEWS_VIEW,
        Market.DISPUTES_VIEW,
        Market.DISPUTES_MANAGE,
    },
    Role.FINANCE_ADMIN: EVERYBODY
    | {
        Market.PAYMENTS_LIST,
        Market.PAYMENTS_VIEW,
        Market.PAYMENTS_REFUND,
        Market.SUBSCRIPTIONS_LIST,
        Market.SUBSCRIPTIONS_VIEW,
        Market.ANALYTICS_VIEW,
        Market.REFUNDS_LIST,
        Market.REFUNDS_APPROVE,
        Market.DISPUTES_VIEW,
    },
    Role.CONTENT_MODERATOR: EVERYBODY
    | {
        Market.REVIEWS_LIST,
        Market.REVIEWS_VIEW,
        Market.REVIEWS_MODERATE,
        Market.REVIEWS_HIDE,
        Market.REVIEWS_REMOVE,
    },
}

BOOK = RoleBook("marketplace", ROLES, EVERYBODY, ALIASES)
"""These roles, and what roles that staff make may be given."""
