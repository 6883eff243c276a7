"""staff: who works here, from the command line. Passwords are made here, shown once, changed at the first sign-in."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from backoffice.cli.speaking import VAR, Data, Refused, in_house, out
from backoffice.helpdesk.permissions import ROLES, Role
from backoffice.helpdesk.ticket.rules import Category
from backoffice.kernel.actor import Actor, ActorKind, Context

if TYPE_CHECKING:
    from backoffice.kernel.house import House

app = typer.Typer(help="The staff directory and its memberships.", no_args_is_help=True)
OPERATOR = Actor(ActorKind.SYSTEM, 0, "command line", "helpdesk", Role.SUPER_ADMIN, ROLES[Role.SUPER_ADMIN])
"""Whoever may run commands here may do everything; the audit log says that it was done from here."""
RoleOption = Annotated[Role, typer.Option(help="What they are in the helpdesk")]
DepartmentOption = Annotated[Category | None, typer.Option(help="The department of an agent")]


@app.command(name="list")
def list_staff(data: Data = VAR) -> None:
    """Print everybody with their role in the helpdesk."""
    from backoffice.helpdesk.team import listing
    from backoffice.helpdesk.team.store import MemberRow

    async def find(house: "House") -> list[MemberRow]:
        async with house.database.read() as db:
            return await listing.list_page(db, {}, limit=10_000, offset=0)

    table = Table("id", "username", "e-mail", "role", "department", "active")
    for one in in_house(data, find):
        active = "yes" if one.is_active else "no"
        table.add_row(str(one.id), one.username, one.email, one.role, one.department or "", active)
    out.print(table)


@app.command(name="create")
def create_staff(
    username: str,
    email: str,
    full_name: str,
    role: RoleOption = Role.AGENT,
    department: DepartmentOption = None,
    data: Data = VAR,
) -> None:
    """Add a person to the directory and to the helpdesk; prints a password that signs in once."""
    from backoffice.helpdesk.team import actions
    from backoffice.helpdesk.team.rules import NewMember
    from backoffice.kernel.identity import actions as identity
    from backoffice.kernel.identity import passwords

    async def add(house: "House") -> str:
        password = passwords.generate_password()
        hashed = await passwords.hash_password(password)
        new = NewMember(username=username, email=email, full_name=full_name, role=role, department=department)
        async with house.database.write(OPERATOR) as tx:
            member = await actions.create_member(tx, new, password_hash=hashed)
            await identity.reset_password(tx, member.id, hashed)
        return password

    _show_once(username, in_house(data, add))


@app.command(name="grant")
def grant_membership(login: str, role: RoleOption, department: DepartmentOption = None, data: Data = VAR) -> None:
    """Link a person who is in the directory already to the helpdesk, or change their role in it."""
    from backoffice.helpdesk.team import actions

    async def link(house: "House") -> str:
        async with house.database.write(OPERATOR) as tx:
            return (await actions.grant(tx, login, role=role, department=department)).username

    out.print(f"{in_house(data, link)} is {role} in the helpdesk.", highlight=False)


@app.command(name="reset-password")
def reset_password(login: str, data: Data = VAR) -> None:
    """Print a password that signs in once, to choose another; all sessions of the person end."""
    from backoffice.helpdesk.team import actions
    from backoffice.kernel.identity import store

    async def reset(house: "House") -> str:
        async with house.database.read() as db:
            person = await store.find_credentials(db, "helpdesk", login)
        if person is None:
            raise Refused(f"nobody in the helpdesk is called {login}")
        _, password = await actions.reset_password(house, OPERATOR, context=Context(), staff_id=person.staff_id)
        return password

    _show_once(login, in_house(data, reset))


def _show_once(login: str, password: str) -> None:
    out.print(f"{login} signs in once with this password and then chooses another:", highlight=False)
    out.print(password, markup=False, highlight=False)
