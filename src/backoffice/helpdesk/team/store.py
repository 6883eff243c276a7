"""Team members: the staff directory's people with their helpdesk membership, department and capacity."""

from dataclasses import dataclass
from datetime import datetime

from backoffice.helpdesk.team import rules
from backoffice.kernel.database import Db, Query


@dataclass(frozen=True, slots=True)
class MemberRow:
    id: int
    username: str
    email: str
    full_name: str
    role: str
    department: str | None
    agent_capacity: int | None
    is_active: bool
    is_available: bool
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None


def get_member(db: Db, staff_id: int) -> Query[MemberRow]:
    return db.one(
        MemberRow,
        """
        SELECT s.id, s.username, s.email, s.full_name, m.role, t.department,
               CASE WHEN m.role = 'agent' THEN t.capacity END AS agent_capacity, m.is_active, t.is_available,
               m.created_at, greatest(s.updated_at, m.updated_at) AS updated_at, i.at AS last_login_at
          FROM helpdesk.team_member t
          JOIN kernel.staff s ON s.id = t.staff_id
          JOIN kernel.membership m ON m.staff_id = s.id AND m.product = 'helpdesk'
          LEFT JOIN kernel.sign_in i ON i.staff_id = s.id AND i.product = 'helpdesk'
         WHERE t.staff_id = %(staff_id)s
        """,
        staff_id=staff_id,
        missing=rules.MemberNotFound(user_id=staff_id),
    )
