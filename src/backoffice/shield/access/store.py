"""Who works in shield, as its contract shows them."""

from dataclasses import dataclass
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.kernel.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class AdminRow:
    public_id: UUID
    email: str
    full_name: str
    role: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: int
    email: str
    full_name: str


def get_admin(db: Db, staff_id: int) -> Query[AdminRow]:
    return db.one(
        AdminRow,
        """
        SELECT s.public_id, s.email, s.full_name, m.role
          FROM kernel.staff s
          JOIN kernel.membership m ON m.staff_id = s.id AND m.product = 'shield'
         WHERE s.id = %(staff_id)s
        """,
        staff_id=staff_id,
        missing=Unauthenticated(),
    )


def list_active_with_role(db: Db, roles: list[str]) -> Query[list[PersonRow]]:
    """Everybody who works in shield now in one of these roles."""
    return db.all(
        PersonRow,
        """
        SELECT s.id, s.email, s.full_name
          FROM kernel.membership m
          JOIN kernel.staff s ON s.id = m.staff_id
         WHERE m.product = 'shield' AND m.is_active AND m.role = ANY (%(roles)s)
         ORDER BY s.id
        """,
        roles=roles,
    )
