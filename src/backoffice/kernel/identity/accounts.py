"""The people of one product as its own admins manage them: their membership, never their password or their names.

Those belong to the person, in every product, and change on the command line. Nobody changes their own role or shuts
themselves out, the last super admin stays, and nobody rules over a colleague who may do what they may not.
Lock order: the role, the person, the membership, the session.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from backoffice.kernel.actor import Actor, Context
from backoffice.kernel.database.pages import Pages
from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.errors import Conflict, Forbidden, NotFound
from backoffice.kernel.house import House
from backoffice.kernel.identity import membership, passwords, people, roles, store
from backoffice.kernel.identity.membership import NewPerson
from backoffice.kernel.identity.role_book import OwnRole, RoleBook, check_within
from backoffice.kernel.write.transaction import Tx


class AccountNotFound(NotFound):
    """Account with ID {account_id} not found"""

    account_id: int


class OwnAccount(Forbidden):
    """Nobody deactivates their own account"""


class RoleNotHeld(Conflict):
    """This person is {current_role}, not {role_id}"""

    role_id: str
    current_role: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """`has_second_factor` says whether acts that ask for one are open to them."""

    id: int
    username: str
    email: str
    phone: str | None
    full_name: str
    role: str
    role_title: str
    is_active: bool
    password_change_due: bool
    has_second_factor: bool
    created_at: datetime
    last_login_at: datetime | None


ACCOUNT: LiteralString = """
    SELECT s.id, s.username, s.email, s.phone, s.full_name, m.role, coalesce(r.title, m.role) AS role_title,
           m.is_active, m.password_change_due, t.confirmed_at IS NOT NULL AS has_second_factor, m.created_at,
           i.at AS last_login_at
"""
JOINED: LiteralString = """
      JOIN kernel.staff s ON s.id = m.staff_id
      LEFT JOIN kernel.role r ON r.product = m.product AND r.name = m.role
      LEFT JOIN kernel.totp t ON t.staff_id = m.staff_id
      LEFT JOIN kernel.sign_in i ON i.staff_id = m.staff_id AND i.product = m.product
"""
ACCOUNTS = Pages(
    "accounts",
    AccountRow,
    source="kernel.membership m JOIN kernel.staff p ON p.id = m.staff_id",
    key="m.staff_id",
    order="m.staff_id",
    filters={
        "product": "m.product = %(product)s",
        "role": "m.role = %(role)s",
        "is_active": {True: "m.is_active", False: "NOT m.is_active"},
        "search": "(lower(p.email) ^@ lower(%(search)s) OR lower(p.username) ^@ lower(%(search)s)"
        " OR strpos(kernel.fold(p.full_name), kernel.fold(%(search)s)) > 0)",
    },
    sql=ACCOUNT
    + "FROM {page} JOIN kernel.membership m ON m.staff_id = page.staff_id AND m.product = %(product)s"
    + JOINED
    + "ORDER BY m.staff_id",
)
"""In the order in which they came to the directory."""


def get_account(db: Db, product: str, staff_id: int) -> Query[AccountRow]:
    return db.one(
        AccountRow,
        ACCOUNT + "FROM kernel.membership m" + JOINED + "WHERE m.product = %(product)s AND m.staff_id = %(staff_id)s",
        product=product,
        staff_id=staff_id,
        missing=AccountNotFound(account_id=staff_id),
    )


async def open_account(
    house: House, actor: Actor, *, context: Context, book: RoleBook, new: NewPerson
) -> tuple[AccountRow, str]:
    """A new person of the directory who works here, and the password that signs them in once, to choose another.

    It is returned and kept nowhere. RoleNotFound, BeyondOwn, UsernameTaken, EmailTaken, PhoneTaken.
    """
    password, hashed = await passwords.one_time_password()
    async with house.database.write(actor, context) as tx:
        await _hold_givable(tx, new.role, book=book)
        staff_id = await membership.add_person(tx, book.product, new, password_hash=hashed)
        await store.set_password(tx, staff_id, hashed, change_due=True)
        account = await get_account(tx, book.product, staff_id)
    return account, password


async def change_role(tx: Tx, staff_id: int, *, book: RoleBook, role: str) -> AccountRow:
    """Give somebody another role. AccountNotFound, RoleNotFound, OwnRole, BeyondOwn, LastSuperAdmin."""
    if staff_id == tx.actor.id:
        raise OwnRole
    await _hold_givable(tx, role, book=book)
    account = await _hold(tx, staff_id, book=book)
    if account.role == role:
        return account
    await membership.assign(tx, staff_id, product=book.product, role=role)
    return await get_account(tx, book.product, staff_id)


async def revoke_role(tx: Tx, staff_id: int, *, book: RoleBook, role: str) -> AccountRow:
    """Take somebody's only role from them: they are shut out here. RoleNotHeld, OwnRole, and what deactivating is."""
    if staff_id == tx.actor.id:
        raise OwnRole
    account = await _hold(tx, staff_id, book=book)
    if account.role != role:
        raise RoleNotHeld(role_id=role, current_role=account.role)
    return await deactivate(tx, staff_id, book=book)


async def deactivate(tx: Tx, staff_id: int, *, book: RoleBook) -> AccountRow:
    """Shut somebody out here; their sessions here end. AccountNotFound, OwnAccount, BeyondOwn, LastSuperAdmin."""
    if staff_id == tx.actor.id:
        raise OwnAccount
    await _hold(tx, staff_id, book=book)
    person = await store.get_credentials(tx, book.product, staff_id)
    await membership.deactivate(tx, person, product=book.product)
    return await get_account(tx, book.product, staff_id)


async def activate(tx: Tx, staff_id: int, *, book: RoleBook) -> AccountRow:
    """Let somebody in again, as what they were here. AccountNotFound, BeyondOwn."""
    await _hold(tx, staff_id, book=book)
    person = await store.get_credentials(tx, book.product, staff_id)
    await membership.activate(tx, person, product=book.product)
    return await get_account(tx, book.product, staff_id)


async def _hold_givable(tx: Tx, role: str, *, book: RoleBook) -> None:
    """The role stays as it is until this write ends, and whoever acts may do all of it. RoleNotFound, BeyondOwn."""
    held = await roles.hold_role(tx, book.product, role)
    check_within(tx.actor, book.held_by(role, held.permissions))


async def _hold(tx: Tx, staff_id: int, *, book: RoleBook) -> AccountRow:
    """Somebody who may do no more than whoever acts, as they are until this write ends. AccountNotFound, BeyondOwn."""
    await get_account(tx, book.product, staff_id)
    await people.lock_person(tx, staff_id)
    account = await get_account(tx, book.product, staff_id)
    held = await roles.get_role(tx, book.product, account.role)
    check_within(tx.actor, book.held_by(account.role, held.permissions))
    return account
