"""staff: who works here, from the command line. Passwords are made here, shown once, changed at the first sign-in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from backoffice.kernel.actor import Actor, ActorKind
from backoffice.kernel.identity.names import Email, FullName, Phone, Username
from backoffice.kernel.web.product import product_of
from backoffice.products import FIRST
from backoffice.settings import Product
from backoffice.speaking import PRODUCTS, VAR, Data, Refused, checked, in_house, out, product_named

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from backoffice.kernel.house import House
    from backoffice.kernel.identity.membership import ColleagueRow
    from backoffice.kernel.identity.people import Names
    from backoffice.kernel.identity.store import CredentialsRow
    from backoffice.kernel.write import Tx

app = typer.Typer(help="The staff directory and its memberships.", no_args_is_help=True)
PersonArgument = Annotated[
    tuple[str, str, str],
    typer.Argument(metavar="USERNAME EMAIL FULL_NAME", help="Who they are; a name of several words in quotes"),
]
Login = Annotated[str, typer.Argument(help="Their username, e-mail address or phone number")]
ProductOption = Annotated[
    Product, typer.Option(help="The product they work in", parser=product_named, metavar=PRODUCTS)
]
RoleOption = Annotated[str, typer.Option(help="What they are in that product")]
DepartmentOption = Annotated[str | None, typer.Option(help="Their department, in a product that has some")]


@app.command(name="list")
def list_staff(product: ProductOption = FIRST, data: Data = VAR) -> None:
    """Print everybody of a product with their role in it."""
    joining = product_of(product).joining()

    async def find(house: "House") -> "Sequence[ColleagueRow]":
        async with house.database.read() as db:
            return await joining.list_colleagues(db)

    names = ("id", "username", "email", "role", *(["department"] if joining.departments else []))
    table = Table(*names, "active")
    for one in in_house(data, find):
        facts = [str(getattr(one, name) or "") for name in names]
        table.add_row(*facts, "yes" if one.is_active else "no")
    out.print(table)


@app.command(name="create")
def create_staff(
    person: PersonArgument,
    role: RoleOption,
    product: ProductOption = FIRST,
    department: DepartmentOption = None,
    data: Data = VAR,
) -> None:
    """Add a person to the directory and to a product; prints a password that signs in once."""
    from backoffice.kernel.identity import actions as identity
    from backoffice.kernel.identity import membership, passwords

    _check_post(product, role, department)
    person = _as_the_api_takes(person)
    joining = product_of(product).joining()

    async def add(house: "House") -> str:
        password, hashed = await passwords.one_time_password()
        async with house.database.write(_operator(product)) as tx:
            new = membership.NewPerson(*person, role)
            staff_id = await joining.add(tx, new, password_hash=hashed, department=department)
            await identity.reset_password(tx, staff_id, hashed)
        return password

    _show_once(person[0], in_house(data, add))


@app.command(name="grant")
def grant_membership(
    login: Login,
    role: RoleOption,
    product: ProductOption = FIRST,
    department: DepartmentOption = None,
    data: Data = VAR,
) -> None:
    """Link a person who is in the directory already to a product, or change their role in it.

    Whoever comes to a product that moves money gets a new password, and enrols their second factor anew: others may
    know the password they had, and may have enrolled an app with it.
    """
    from backoffice.kernel.identity import actions as identity
    from backoffice.kernel.identity import passwords, people, second_factor

    _check_post(product, role, department)
    joining = product_of(product).joining()

    async def link(house: "House") -> str | None:
        password, hashed = await passwords.one_time_password()
        async with house.database.write(_operator(product)) as tx:
            fresh = await people.comes_to_money(tx, product, login)
            staff_id = await joining.grant(tx, login, role=role, department=department)
            if fresh:
                await identity.reset_password(tx, staff_id, hashed)
                await second_factor.forget(tx, staff_id)
        return password if fresh else None

    password = in_house(data, link)
    out.print(f"{login} is {role} in {_named(product)}.", highlight=False)
    if password:
        _show_once(login, password)


@app.command(name="reset-password")
def reset_password(login: Login, product: ProductOption = FIRST, data: Data = VAR) -> None:
    """Print a password that signs in once, to choose another; all sessions of the person end, in every product."""
    from backoffice.kernel.identity import actions as identity
    from backoffice.kernel.identity import passwords

    async def reset(house: "House") -> str:
        password, hashed = await passwords.one_time_password()
        async with house.database.write(_operator(product)) as tx:
            await identity.reset_password(tx, (await _of_product(tx, product, login)).staff_id, hashed)
        return password

    _show_once(login, in_house(data, reset))


@app.command(name="forget-second-factor")
def forget_second_factor(login: Login, product: ProductOption = FIRST, data: Data = VAR) -> None:
    """Take a person's authenticator app and recovery codes away, in every product; they enrol another themselves.

    For whoever lost both. Make sure that it is them who ask.
    """
    from backoffice.kernel.identity import second_factor

    async def forget(tx: "Tx", person: "CredentialsRow") -> None:
        await second_factor.forget(tx, person.staff_id)

    _act_on(login, product, forget, data=data)
    out.print(f"{login} has no second factor any more.", highlight=False)


@app.command(name="rename")
def rename_person(
    login: Login,
    username: Annotated[str | None, typer.Option(help="What they sign in with, where a username is asked")] = None,
    email: Annotated[str | None, typer.Option(help="Where their e-mail goes, and what they sign in with")] = None,
    full_name: Annotated[str | None, typer.Option(help="What colleagues and customers read")] = None,
    data: Data = VAR,
) -> None:
    """Change a person's username, e-mail or name in every product; whoever also moves money, only here."""
    from backoffice.kernel.identity import people

    names = people.Names(
        _checked(Username, username, "username"),
        _checked(Email, email, "email"),
        _checked(FullName, full_name, "full name"),
    )

    if not (username or email or full_name):
        raise Refused("nothing to change: name a --username, an --email or a --full-name")

    _rename(login, names, data)
    out.print(f"{login} is renamed in every product.", highlight=False)


@app.command(name="phone")
def set_phone(
    login: Login,
    phone: Annotated[str, typer.Argument(help="With its country code, as in +919876543210")],
    data: Data = VAR,
) -> None:
    """Set a person's phone number, with its country code; where a product takes numbers they may sign in with it."""
    from backoffice.kernel.identity import people

    _rename(login, people.Names(None, None, None, _checked(Phone, phone, "phone")), data)
    out.print(f"{login} has another phone number in every product.", highlight=False)


def _rename(login: str, names: "Names", data: Path) -> None:
    from backoffice.kernel.identity import actions as identity
    from backoffice.kernel.identity import people

    async def rename(house: "House") -> None:
        async with house.database.read() as db:
            staff_id = await people.find_person(db, login)
            products = await people.list_products(db, staff_id or 0)
        if staff_id is None or not products:
            raise Refused(f"nobody in the staff directory is called {login}")
        async with house.database.write(_operator(products[0])) as tx:
            await identity.rename_person(tx, staff_id, names=names)

    in_house(data, rename)


def _checked(kind: Any, value: str | None, named: str) -> str | None:
    return None if value is None else checked(kind, value, named=named)


@app.command(name="deactivate")
def deactivate_membership(
    login: Login,
    product: ProductOption = FIRST,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="In every product they work in")] = False,
    data: Data = VAR,
) -> None:
    """Shut a person out of a product, or of all: their sessions there end."""
    for one in _products_of(login, data) if everywhere else [product]:
        _act_on(login, one, product_of(one).joining().deactivate, data=data)
        out.print(f"{login} is deactivated in {_named(one)}.", highlight=False)


def _products_of(login: str, data: Path) -> list[Product]:
    """Every product the person works or worked in."""
    from backoffice.kernel.identity import people

    async def find(house: "House") -> list[str]:
        async with house.database.read() as db:
            return await people.list_products(db, await people.find_person(db, login) or 0)

    products = in_house(data, find)
    if not products:
        raise Refused(f"nobody in the staff directory is called {login}")
    return products


@app.command(name="activate")
def activate_membership(login: Login, product: ProductOption = FIRST, data: Data = VAR) -> None:
    """Let a person who was shut out of a product in again, as what they were there."""
    _act_on(login, product, product_of(product).joining().activate, data=data)
    out.print(f"{login} is active in {_named(product)}.", highlight=False)


def _act_on(
    login: str, product: Product, act: "Callable[[Tx, CredentialsRow], Awaitable[None]]", *, data: Path
) -> None:
    async def work(house: "House") -> None:
        async with house.database.write(_operator(product)) as tx:
            await act(tx, await _of_product(tx, product, login))

    in_house(data, work)


async def _of_product(tx: "Tx", product: Product, login: str) -> "CredentialsRow":
    """Somebody who works or worked in the product."""
    from backoffice.kernel.identity.store import find_credentials

    person = await find_credentials(tx, product, login)
    if person is None:
        raise Refused(f"nobody in {_named(product)} is called {login}")
    return person


def _operator(product: Product) -> Actor:
    """Whoever may run commands here may do everything; the audit log says that it was done from here."""
    from backoffice.kernel.identity.membership import SUPER_ADMIN

    permissions = product_of(product).permissions_of(SUPER_ADMIN)
    return Actor(ActorKind.SYSTEM, 0, "command line", product, SUPER_ADMIN, permissions)


def _check_post(product: Product, role: str, department: str | None) -> None:
    roles, departments = product_of(product).roles, product_of(product).joining().departments
    if role not in roles and product_of(product).role_book is None:
        raise Refused(f"{_named(product)} has no role '{role}'; its roles are {', '.join(roles)}")
    if department and not departments:
        raise Refused(f"{_named(product)} has no departments")
    if department and department not in departments:
        raise Refused(f"{_named(product)} has no department '{department}'; its are {', '.join(departments)}")


def _as_the_api_takes(person: tuple[str, str, str]) -> tuple[str, str, str]:
    username, email, full_name = person
    return (
        checked(Username, username, named="username"),
        checked(Email, email, named="email"),
        checked(FullName, full_name, named="full name"),
    )


def _named(product: Product) -> str:
    """The product as a sentence names it."""
    return product_of(product).said


def _show_once(login: str, password: str) -> None:
    out.print(f"{login} signs in once with this password and then chooses another:", highlight=False)
    out.print(password, markup=False, highlight=False)
