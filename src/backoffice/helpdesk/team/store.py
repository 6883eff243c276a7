"""Team members: the staff directory's people with their helpdesk membership, department and capacity.

Lock order: helpdesk.dispatch, then the member. Workloads are in listing.py.
"""

from typing import LiteralString

from backoffice.helpdesk.team import rules
from backoffice.helpdesk.team.rules import NewMember
from backoffice.helpdesk.team.schemas import MemberOut
from backoffice.helpdesk.ticket.rules import Category
from backoffice.kernel.database import Db, Pages, Query
from backoffice.kernel.errors import Refusal
from backoffice.kernel.write import Tx

MEMBER: LiteralString = """
    SELECT s.id, s.username, s.email, s.full_name, m.role, t.department, m.is_active,
           CASE WHEN m.role = 'agent' THEN t.capacity END AS agent_capacity, t.is_available,
           m.created_at, i.at AS last_login_at, greatest(s.updated_at, m.updated_at) AS updated_at
      FROM helpdesk.team_member t
      JOIN kernel.staff s ON s.id = t.staff_id
      JOIN kernel.membership m ON m.staff_id = s.id AND m.product = 'helpdesk'
      LEFT JOIN kernel.sign_in i ON i.staff_id = s.id AND i.product = 'helpdesk'
"""


MEMBERS = Pages(
    "team",
    MemberOut,
    source="helpdesk.team_member t JOIN kernel.membership m ON m.staff_id = t.staff_id AND m.product = 'helpdesk'",
    key="t.staff_id",
    order="t.staff_id",
    filters={
        "role": "m.role = %(role)s",
        "department": "t.department = %(department)s",
        "is_active": {True: "m.is_active", False: "NOT m.is_active"},
    },
    sql=MEMBER + "{where} ORDER BY {order} {cut}",
)
"""In the order in which they joined."""


def get_member(db: Db, staff_id: int) -> Query[MemberOut]:
    return MEMBERS.one(db, staff_id, missing=rules.MemberNotFound(user_id=staff_id))


def lock_member(tx: Tx, staff_id: int, *, missing: Refusal | None = None) -> Query[MemberOut]:
    """The member, held until this write ends."""
    return tx.one(
        MemberOut,
        MEMBER + "WHERE t.staff_id = %(staff_id)s FOR NO KEY UPDATE OF s, m, t",
        staff_id=staff_id,
        missing=missing or rules.MemberNotFound(user_id=staff_id),
    )


def insert_member(tx: Tx, staff_id: int, new: NewMember) -> Query[int]:
    return tx.value(
        int,
        """
        INSERT INTO helpdesk.team_member (staff_id, department, capacity, is_available)
             VALUES (%(staff_id)s, %(department)s, %(capacity)s, %(is_available)s)
          RETURNING staff_id
        """,
        staff_id=staff_id,
        department=new.department,
        capacity=new.capacity,
        is_available=new.is_available,
    )


def set_place(tx: Tx, staff_id: int, *, department: Category | None, capacity: int) -> Query[int]:
    """The person's place in the team from now on, whether or not they were a member before."""
    return tx.value(
        int,
        """
        INSERT INTO helpdesk.team_member (staff_id, department, capacity)
             VALUES (%(staff_id)s, %(department)s, %(capacity)s)
        ON CONFLICT (staff_id) DO UPDATE SET department = excluded.department, capacity = excluded.capacity
          RETURNING staff_id
        """,
        staff_id=staff_id,
        department=department,
        capacity=capacity,
    )


def set_person(tx: Tx, member: MemberOut) -> Query[int]:
    """The person's e-mail and name, in all products."""
    return tx.value(
        int,
        "UPDATE kernel.staff SET email = %(email)s, full_name = %(full_name)s WHERE id = %(staff_id)s RETURNING id",
        staff_id=member.id,
        email=member.email,
        full_name=member.full_name,
    )


def set_post(tx: Tx, member: MemberOut) -> Query[int]:
    """An agent's department, capacity and availability; the membership counts as updated."""
    return tx.value(
        int,
        """
        WITH touched AS (
            UPDATE kernel.membership SET updated_at = now() WHERE staff_id = %(staff_id)s AND product = 'helpdesk'
        )
        UPDATE helpdesk.team_member
           SET department = %(department)s, capacity = %(capacity)s, is_available = %(is_available)s
         WHERE staff_id = %(staff_id)s
     RETURNING staff_id
        """,
        staff_id=member.id,
        department=member.department,
        capacity=member.agent_capacity,
        is_available=member.is_available,
    )
