"""Joining the helpdesk from the command line and the first start: agents have a department and take from the queue."""

from dataclasses import dataclass

from backoffice.helpdesk.permissions import Role
from backoffice.helpdesk.team import actions, rules
from backoffice.helpdesk.team.rules import NewMember
from backoffice.helpdesk.ticket.rules import Category
from backoffice.kernel.database import Db
from backoffice.kernel.identity.joining import Joining
from backoffice.kernel.identity.membership import ColleagueRow, NewPerson
from backoffice.kernel.identity.store import CredentialsRow
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class MateRow(ColleagueRow):
    department: str | None


class TeamJoining(Joining):
    departments = tuple(Category)

    async def add(self, tx: Tx, new: NewPerson, *, password_hash: str, department: str | None = None) -> int:
        place = Category(department) if department else None
        member = NewMember(new.username, new.email, new.full_name, Role(new.role), place)
        return (await actions.create_member(tx, member, password_hash=password_hash)).id

    async def grant(self, tx: Tx, login: str, *, role: str, department: str | None = None) -> int:
        place = Category(department) if department else None
        return (await actions.grant(tx, login, role=Role(role), department=place)).id

    async def deactivate(self, tx: Tx, person: CredentialsRow) -> None:
        await actions.shut_out(tx, person)

    async def activate(self, tx: Tx, person: CredentialsRow) -> None:
        await actions.let_in(tx, person)

    async def list_colleagues(self, db: Db) -> list[MateRow]:
        return await db.all(
            MateRow,
            """
            SELECT s.id, s.username, s.email, m.role, m.is_active, t.department
              FROM kernel.membership m
              JOIN kernel.staff s ON s.id = m.staff_id
              JOIN helpdesk.team_member t ON t.staff_id = s.id
             WHERE m.product = %(product)s
             ORDER BY s.id
            """,
            product=self.product,
        )


JOINING = TeamJoining(rules.PRODUCT)
