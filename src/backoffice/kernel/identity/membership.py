"""Who of the staff directory works in which product: joining, being linked to a further product, being shut out of one.

None asks for a permission: the command line, the first start and the demos use them, doors check before.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg.errors import UniqueViolation

from backoffice.kernel.audit.entry import personal
from backoffice.kernel.database.query import Db, Query, together
from backoffice.kernel.identity import people, store
from backoffice.kernel.identity.rules import (
    EmailTaken,
    IdentityAct,
    LastSuperAdmin,
    PersonNotFound,
    PhoneTaken,
    UsernameTaken,
)
from backoffice.kernel.identity.store import CredentialsRow
from backoffice.kernel.write.transaction import Tx

SUPER_ADMIN = "super_admin"
"""The role every product has. A product may leave giving and taking it to the command line."""
ACTIVE, INACTIVE = {"is_active": True}, {"is_active": False}


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody about to enter the staff directory, and what they will be in one product."""

    username: str
    email: str
    full_name: str
    role: str
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class ColleagueRow:
    id: int
    username: str
    email: str
    role: str
    is_active: bool


async def add_person(tx: Tx, product: str, new: NewPerson, *, password_hash: str) -> int:
    """A new person of the staff directory who works in this product; the id of the person."""
    staff_id = await enter(tx, product, new, password_hash=password_hash)
    tx.audit(
        IdentityAct.STAFF_CREATED,
        staff_id,
        after={
            "username": personal(new.username),
            "email": personal(new.email),
            "full_name": personal(new.full_name),
            **({"phone": personal(new.phone)} if new.phone else {}),
            "role": new.role,
        },
        person=f"staff:{staff_id}",
    )
    return staff_id


async def enter(tx: Tx, product: str, new: NewPerson, *, password_hash: str) -> int:
    """The rows of `add_person`, for a product that audits its joining itself.

    UsernameTaken, EmailTaken and PhoneTaken where anybody, in any product, has the name.
    """
    person = store.NewStaff(
        username=new.username,
        email=new.email,
        full_name=new.full_name,
        phone=new.phone,
        password_hash=password_hash,
        opened_by=tx.actor.staff_id,
    )
    with names_taken(username=new.username, email=new.email):
        staff_id = await store.insert_staff(tx, person)
    await store.insert_membership(tx, staff_id, product=product, role=new.role)
    return staff_id


async def grant(
    tx: Tx, product: str, login: str, *, role: str, more: Mapping[str, Any] | None = None
) -> tuple[int, str | None]:
    """Link somebody of the directory to a product, or change their role in it; their sessions there end.

    Who it is, and what they were there before. The last active super admin of a product stays one. `more` is what
    else the audit log is to say about them.
    """
    staff_id = await people.find_person(tx, login)
    if staff_id is None:
        raise PersonNotFound(login=login)
    return staff_id, await assign(tx, staff_id, product=product, role=role, more=more)


async def assign(
    tx: Tx, staff_id: int, *, product: str, role: str, more: Mapping[str, Any] | None = None
) -> str | None:
    """What the person is in a product from now on; their sessions there end. What they were before."""
    _, super_admins, was, names = await together(
        people.lock_person(tx, staff_id),
        lock_super_admins(tx, product),
        find_role(tx, staff_id, product),
        people.get_names(tx, staff_id),
    )
    if role != SUPER_ADMIN and super_admins == [staff_id]:
        raise LastSuperAdmin(username=names.username or "")
    await set_role(tx, staff_id, product=product, role=role)
    await store.set_product_sessions_ended(tx, staff_id, product=product, because="role granted")
    entry = tx.audit(
        IdentityAct.MEMBERSHIP_GRANTED, staff_id, before={"role": was}, after={"role": role, **(more or {})}
    )
    tx.audit_also_in(await people.list_products(tx, staff_id), entry, product=product)
    return was


async def deactivate(tx: Tx, person: CredentialsRow, *, product: str) -> None:
    """Shut somebody out of a product: their sessions there end. The last active super admin of a product stays."""
    _, super_admins = await together(people.lock_person(tx, person.staff_id), lock_super_admins(tx, product))
    if super_admins == [person.staff_id]:
        raise LastSuperAdmin(username=person.username)
    if await set_active(tx, person.staff_id, product=product, to=False):
        await store.set_product_sessions_ended(tx, person.staff_id, product=product, because="deactivated")
        entry = tx.audit(IdentityAct.MEMBERSHIP_DEACTIVATED, person.staff_id, before=ACTIVE, after=INACTIVE)
        tx.audit_also_in(await people.list_products(tx, person.staff_id), entry, product=product)


async def activate(tx: Tx, person: CredentialsRow, *, product: str) -> None:
    """Let somebody into a product again, as what they were there."""
    await people.lock_person(tx, person.staff_id)
    if await set_active(tx, person.staff_id, product=product, to=True):
        entry = tx.audit(IdentityAct.MEMBERSHIP_ACTIVATED, person.staff_id, before=INACTIVE, after=ACTIVE)
        tx.audit_also_in(await people.list_products(tx, person.staff_id), entry, product=product)


def find_role(tx: Tx, staff_id: int, product: str) -> Query[str | None]:
    """What the person is in the product, if anything."""
    return tx.find_value(
        str,
        "SELECT role FROM kernel.membership WHERE staff_id = %(staff_id)s AND product = %(product)s",
        staff_id=staff_id,
        product=product,
    )


def lock_super_admins(tx: Tx, product: str) -> Query[list[int]]:
    """The active ones; while this write lasts nobody else stops being one."""
    return tx.values(
        int,
        """
        SELECT staff_id FROM kernel.membership
         WHERE product = %(product)s AND role = 'super_admin' AND is_active
         ORDER BY staff_id FOR UPDATE
        """,
        product=product,
    )


def set_role(tx: Tx, staff_id: int, *, product: str, role: str) -> Query[int]:
    """What the person is in the product from now on. A one-time password stays one in the product they come to."""
    return tx.run(
        """
        INSERT INTO kernel.membership (staff_id, product, role, password_change_due)
        SELECT %(staff_id)s, %(product)s, %(role)s, coalesce(bool_or(password_change_due), false)
          FROM kernel.membership WHERE staff_id = %(staff_id)s
        ON CONFLICT (staff_id, product) DO UPDATE SET role = excluded.role
        """,
        staff_id=staff_id,
        product=product,
        role=role,
    )


def set_active(tx: Tx, staff_id: int, *, product: str, to: bool) -> Query[int]:
    """How many memberships changed: none where it was so already."""
    return tx.run(
        """
        UPDATE kernel.membership SET is_active = %(to)s
         WHERE staff_id = %(staff_id)s AND product = %(product)s AND is_active <> %(to)s
        """,
        staff_id=staff_id,
        product=product,
        to=to,
    )


def list_colleagues(db: Db, product: str) -> Query[list[ColleagueRow]]:
    """Everybody who works or worked in the product."""
    return db.all(
        ColleagueRow,
        """
        SELECT s.id, s.username, s.email, m.role, m.is_active
          FROM kernel.membership m
          JOIN kernel.staff s ON s.id = m.staff_id
         WHERE m.product = %(product)s
         ORDER BY s.id
        """,
        product=product,
    )


@contextmanager
def names_taken(*, username: str, email: str) -> Iterator[None]:
    """Turns the database's word that somebody else has this name into the sentence people read."""
    try:
        yield
    except UniqueViolation as taken:
        if taken.diag.constraint_name == "staff_username_key":
            raise UsernameTaken(username=username) from taken
        if taken.diag.constraint_name == "staff_email_key":
            raise EmailTaken(email=email) from taken
        if taken.diag.constraint_name == "staff_phone_key":
            raise PhoneTaken from taken
        raise
