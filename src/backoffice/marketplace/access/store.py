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
