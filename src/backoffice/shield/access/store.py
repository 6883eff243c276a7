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
