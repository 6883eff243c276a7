"""The roles of a product whose staff may make some of their own, as rows.

System roles are the code's: their rows say what they are called, and refuse change and deletion. A role that staff made
is any set of the permissions that the code knows; what is changed about it holds at the next request of whoever has it.
Audited: role.created, role.changed, role.deleted.
"""

from dataclasses import asdict, dataclass, replace

from backoffice.kernel.actor import Actor
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.errors import Unauthenticated
from backoffice.kernel.house import House
from backoffice.kernel.identity.confirming import find_held
from backoffice.kernel.identity.role_book import (
    OwnRole,
    RoleBook,
    RoleExists,
    RoleInUse,
    RoleNotFound,
    SystemRoleProtected,
    check_within,
    name_of,
)
from backoffice.kernel.write.transaction import Tx


class RoleAct(Act):
    CREATED = "role.created"
    CHANGED = "role.changed"
    DELETED = "role.deleted"


@dataclass(frozen=True, slots=True)
class RoleRow:
    """`permissions` of a system role are empty: the code knows them. `user_count` are the active people who have it."""

    name: str
    title: str
    description: str
    permissions: list[str]
    is_system: bool
    user_count: int


@dataclass(frozen=True, slots=True)
class KeptRole:
    """A role's own row. `permissions` of a system role are empty: the code knows them."""

    name: str
    title: str
    description: str
    permissions: list[str]
    is_system: bool


@dataclass(frozen=True, slots=True)
class HoldsRow:
    """A person's role here, and what its row says that it may do."""

    role: str
    permissions: list[str]


@dataclass(frozen=True, slots=True)
class RoleWish:
    """What is wanted of a role; None leaves it as it is."""

    title: str | None = None
    description: str | None = None
    permissions: list[str] | None = None


def list_roles(db: Db, product: str) -> Query[list[RoleRow]]:
    """System roles first, in the order in which they came."""
    return db.all(
        RoleRow,
        """
        SELECT r.name, r.title, r.description, coalesce(r.permissions, '{}') AS permissions,
               r.permissions IS NULL AS is_system, count(m.staff_id) AS user_count
          FROM kernel.role r
          LEFT JOIN kernel.membership m ON m.product = r.product AND m.role = r.name AND m.is_active
         WHERE r.product = %(product)s
         GROUP BY r.product, r.name
         ORDER BY r.permissions IS NULL DESC, r.created_at, r.name
        """,
        product=product,
    )


def get_role(db: Db, product: str, name: str) -> Query[RoleRow]:
    return db.one(
        RoleRow,
        """
        SELECT r.name, r.title, r.description, coalesce(r.permissions, '{}') AS permissions,
               r.permissions IS NULL AS is_system,
               (SELECT count(*) FROM kernel.membership m
                 WHERE m.product = r.product AND m.role = r.name AND m.is_active) AS user_count
          FROM kernel.role r
         WHERE r.product = %(product)s AND r.name = %(name)s
        """,
        product=product,
        name=name,
        missing=RoleNotFound(role_id=name),
    )


def lock_role(tx: Tx, product: str, name: str) -> Query[KeptRole]:
    """The role, held for changing it: nobody is given it meanwhile."""
    return tx.one(
        KeptRole,
        """
        SELECT name, title, description, coalesce(permissions, '{}') AS permissions, permissions IS NULL AS is_system
          FROM kernel.role WHERE product = %(product)s AND name = %(name)s FOR UPDATE
        """,
        product=product,
        name=name,
        missing=RoleNotFound(role_id=name),
    )


def hold_role(tx: Tx, product: str, name: str) -> Query[KeptRole]:
    """The role as it stays until this write ends, for giving it to somebody."""
    return tx.one(
        KeptRole,
        """
        SELECT name, title, description, coalesce(permissions, '{}') AS permissions, permissions IS NULL AS is_system
          FROM kernel.role WHERE product = %(product)s AND name = %(name)s FOR SHARE
        """,
        product=product,
        name=name,
        missing=RoleNotFound(role_id=name),
    )


def insert_role(tx: Tx, product: str, role: KeptRole) -> Query[str | None]:
    """Its name; None where there is one of this name."""
    return tx.find_value(
        str,
        """
        INSERT INTO kernel.role (product, name, title, description, permissions)
             VALUES (%(product)s, %(name)s, %(title)s, %(description)s, %(permissions)s)
        ON CONFLICT DO NOTHING RETURNING name
        """,
        product=product,
        name=role.name,
        title=role.title,
        description=role.description,
        permissions=role.permissions,
    )


def set_role(tx: Tx, product: str, role: KeptRole) -> Query[str]:
    return tx.value(
        str,
        """
        UPDATE kernel.role
           SET title = %(title)s, description = %(description)s, permissions = %(permissions)s
         WHERE product = %(product)s AND name = %(name)s RETURNING name
        """,
        product=product,
        name=role.name,
        title=role.title,
        description=role.description,
        permissions=role.permissions,
    )


def delete_role(tx: Tx, product: str, name: str) -> Query[int]:
    return tx.run("DELETE FROM kernel.role WHERE product = %(product)s AND name = %(name)s", product=product, name=name)


def count_holders(db: Db, product: str, name: str) -> Query[int]:
    """Deactivated people included: they come back as what they were."""
    return db.value(
        int,
        "SELECT count(*) FROM kernel.membership WHERE product = %(product)s AND role = %(name)s",
        product=product,
        name=name,
    )


def find_holds(db: Db, staff_id: int | None, *, product: str) -> Query[HoldsRow | None]:
    """None for whoever does not work in the product, or no longer does."""
    return db.find(
        HoldsRow,
        """
        SELECT m.role, coalesce(r.permissions, '{}') AS permissions
          FROM kernel.membership m
          LEFT JOIN kernel.role r ON r.product = m.product AND r.name = m.role
         WHERE m.staff_id = %(staff_id)s AND m.product = %(product)s AND m.is_active
        """,
        staff_id=staff_id,
        product=product,
    )


async def permissions_now(db: Db, staff_id: int | None, *, book: RoleBook) -> frozenset[str]:
    """What a person may do at the moment: for jobs, which run as whoever asked for them, long after the request."""
    holds = await find_holds(db, staff_id, product=book.product)
    return book.held_by(holds.role, holds.permissions) if holds else frozenset()


async def with_permissions(house: House, actor: Actor, *, book: RoleBook | None) -> Actor:
    """Somebody whose role staff made, with what it may do at the moment. Unauthenticated where it is not theirs."""
    async with house.database.read() as db:
        found = await find_held(db, actor)
    if found is None or book is None:
        raise Unauthenticated
    return replace(actor, permissions=book.held_by(actor.role, found.permissions))


async def create_role(tx: Tx, wish: RoleWish, *, book: RoleBook, name: str | None) -> RoleRow:
    """A role of any known permissions. RoleExists, RoleNameInvalid, UnknownPermission, BeyondOwn."""
    permissions = book.read(wish.permissions or ())
    check_within(tx.actor, permissions)
    title = wish.title or ""
    role = KeptRole(name or name_of(title), title, wish.description or "", permissions, is_system=False)
    if await insert_role(tx, book.product, role) is None:
        raise RoleExists(role_id=role.name)
    tx.audit(RoleAct.CREATED, role.name, after={"title": title, "permissions": permissions})
    return await get_role(tx, book.product, role.name)


async def change_role(tx: Tx, name: str, *, book: RoleBook, wish: RoleWish) -> RoleRow:
    """What is wanted and differs. RoleNotFound, SystemRoleProtected, OwnRole, UnknownPermission, BeyondOwn."""
    was = await _lock_made(tx, name, book=book)
    permissions = was.permissions if wish.permissions is None else book.read(wish.permissions)
    check_within(tx.actor, set(permissions) ^ set(was.permissions))
    title = was.title if wish.title is None else wish.title
    description = was.description if wish.description is None else wish.description
    now = KeptRole(name, title, description, permissions, is_system=False)
    if now != was:
        await set_role(tx, book.product, now)
        before, after = asdict(was), asdict(now)
        changed = [fact for fact in after if after[fact] != before[fact]]
        tx.audit(
            RoleAct.CHANGED,
            name,
            before={fact: before[fact] for fact in changed},
            after={fact: after[fact] for fact in changed},
        )
    return await get_role(tx, book.product, name)


async def remove_role(tx: Tx, name: str, *, book: RoleBook) -> None:
    """A role that nobody has is gone. RoleNotFound, SystemRoleProtected, OwnRole, RoleInUse."""
    was = await _lock_made(tx, name, book=book)
    held_by = await count_holders(tx, book.product, name)
    if held_by:
        raise RoleInUse(role_id=name, held_by=held_by)
    await delete_role(tx, book.product, name)
    tx.audit(RoleAct.DELETED, name, before={"title": was.title, "permissions": was.permissions})


async def _lock_made(tx: Tx, name: str, *, book: RoleBook) -> KeptRole:
    role = await lock_role(tx, book.product, name)
    if role.is_system:
        raise SystemRoleProtected(role_id=name)
    if name == tx.actor.role:
        raise OwnRole
    return role
