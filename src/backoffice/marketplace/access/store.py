"""Who works in the marketplace."""

from dataclasses import dataclass

from backoffice.kernel.database import Db, Query
from backoffice.kernel.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class StaffRow:
    id: int
    email: str
    full_name: str
    role: str
    made_permissions: list[str]
    """Of a role that staff made."""


def get_staff(db: Db, staff_id: int) -> Query[StaffRow]:
    return db.one(
        StaffRow,
        """
        SELECT s.id, s.email, s.full_name, m.role, coalesce(r.permissions, '{}') AS made_permissions
          FROM kernel.staff s
          JOIN kernel.membership m ON m.staff_id = s.id AND m.product = 'marketplace'
          LEFT JOIN kernel.role r ON r.product = m.product AND r.name = m.role
         WHERE s.id = %(staff_id)s
        """,
        staff_id=staff_id,
        missing=Unauthenticated(),
    )


@dataclass(frozen=True, slots=True)
class PostRow:
    """What somebody works as; `made_permissions` are those of a role that staff made."""

    role: str
    made_permissions: list[str]


def find_post(db: Db, staff_id: int | None) -> Query[PostRow | None]:
    """None for whoever no longer works here."""
    return db.find(
        PostRow,
        """
        SELECT m.role, coalesce(r.permissions, '{}') AS made_permissions
          FROM kernel.membership m
          LEFT JOIN kernel.role r ON r.product = m.product AND r.name = m.role
         WHERE m.staff_id = %(staff_id)s AND m.product = 'marketplace' AND m.is_active
        """,
        staff_id=staff_id,
    )
