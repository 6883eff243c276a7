"""From rows to the shapes of the contract. No database, no decisions."""

from backoffice.kernel.actor import Actor
from backoffice.kernel.identity.accounts import AccountRow
from backoffice.kernel.identity.roles import RoleRow
from backoffice.marketplace.permissions import BOOK, EVERYTHING, Role
from backoffice.marketplace.staff.schemas import AccountOut, RoleOut


def role_out(row: RoleRow, caller: Actor) -> RoleOut:
    held = BOOK.held_by(row.name, row.permissions)
    permissions = BOOK.read_back(held)
    return {
        "id": row.name,
        "name": row.title,
        "description": row.description,
        "permissions": [*permissions, EVERYTHING] if row.name == Role.SUPER_ADMIN else permissions,
        "is_system_role": row.is_system,
        "can_be_assigned": held <= caller.permissions,
        "user_count": row.user_count,
    }


def account_out(row: AccountRow) -> AccountOut:
    return {
        "id": row.id,
        "email": row.email,
        "username": row.username,
        "phone": row.phone,
        "name": row.full_name,
        "role": row.role,
        "role_name": row.role_title,
        "roles": [row.role],
        "is_active": row.is_active,
        "password_change_due": row.password_change_due,
        "mfa_enabled": row.has_second_factor,
        "created_at": row.created_at,
        "last_login_at": row.last_login_at,
    }
