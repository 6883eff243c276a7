"""Who of the staff is told of what."""

from dataclasses import dataclass

from backoffice.kernel.database import Db, Query
from backoffice.marketplace.permissions import ROLES


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: int
    email: str
    full_name: str


def list_who_may(db: Db, *permissions: str) -> Query[list[PersonRow]]:
    """Everybody who works in the marketplace now and may do all of this, by whatever role."""
    return db.all(
        PersonRow,
        """
        SELECT s.id, s.email, s.full_name
          FROM kernel.membership m
          JOIN kernel.staff s ON s.id = m.staff_id
          LEFT JOIN kernel.role r ON r.product = m.product AND r.name = m.role
         WHERE m.product = 'marketplace' AND m.is_active
           AND (m.role = ANY (%(roles)s) OR r.permissions @> %(permissions)s)
         ORDER BY s.id
        """,
        roles=[role for role, held in ROLES.items() if held.issuperset(permissions)],
        permissions=list(permissions),
    )


def list_active(db: Db, staff_ids: list[int]) -> Query[list[PersonRow]]:
    """Those of them who work in the marketplace now."""
    return db.all(
        PersonRow,
        """
        SELECT s.id, s.email, s.full_name
          FROM kernel.membership m
          JOIN kernel.staff s ON s.id = m.staff_id
         WHERE m.product = 'marketplace' AND m.is_active AND m.staff_id = ANY (%(staff_ids)s)
         ORDER BY s.id
        """,
        staff_ids=staff_ids,
    )
