"""The person behind memberships: held while something is decided about them, and in which products they work.

Lock order: the person, then memberships, then sessions. Whoever changes a membership holds its person first, so that
a sign-in, a reset and a grant at the same time come one after the other.
"""

from dataclasses import asdict, dataclass
from typing import LiteralString

from backoffice.kernel.database.query import Db, Query, together
from backoffice.kernel.identity.store import CALLED, CREDENTIALS, CredentialsRow
from backoffice.kernel.phones import find_number
from backoffice.kernel.write.transaction import Tx

PERSON: LiteralString = "SELECT s.id FROM kernel.staff s "


@dataclass(frozen=True, slots=True)
class Names:
    """What a person is called; as a wish, None leaves a name as it is."""

    username: str | None
    email: str | None
    full_name: str | None
    phone: str | None = None


def find_person(db: Db, login: str) -> Query[int | None]:
    """Somebody of the staff directory, by e-mail, phone or username, whatever their case and product."""
    return db.find_value(
        int,
        PERSON
        + "WHERE"
        + CALLED
        + "ORDER BY lower(s.email) = lower(%(login)s) DESC, s.phone = %(phone)s DESC NULLS LAST LIMIT 1",
        login=login,
        phone=find_number(login, country=None),
    )


def lock_person(tx: Tx, staff_id: int) -> Query[int]:
    """Hold the person until this write ends: they don't sign in and are not linked, reset or shut out meanwhile."""
    return tx.value(int, "SELECT id FROM kernel.staff WHERE id = %(staff_id)s FOR NO KEY UPDATE", staff_id=staff_id)


def lock_credentials(tx: Tx, product: str, staff_id: int) -> Query[CredentialsRow | None]:
    """What may have changed since a password was compared, as it is now and stays until this write ends."""
    return tx.find(
        CredentialsRow,
        CREDENTIALS + "WHERE s.id = %(staff_id)s FOR SHARE OF s, m",
        product=product,
        staff_id=staff_id,
    )


def list_products(db: Db, staff_id: int) -> Query[list[str]]:
    """Every product the person works or worked in."""
    return db.values(
        str,
        "SELECT product FROM kernel.membership WHERE staff_id = %(staff_id)s ORDER BY product",
        staff_id=staff_id,
    )


def moves_money(tx: Tx, staff_id: int) -> Query[bool]:
    """Whether the person works, or worked, in a product that moves money; a product nobody knows counts as one."""
    return tx.value(
        bool,
        """
        SELECT EXISTS (SELECT FROM kernel.membership m
                         LEFT JOIN kernel.product p ON p.name = m.product
                        WHERE m.staff_id = %(staff_id)s AND coalesce(p.moves_money, true))
        """,
        staff_id=staff_id,
    )


def is_money_product(tx: Tx, product: str) -> Query[bool]:
    """Whether a product moves money; one that nobody knows does."""
    return tx.value(
        bool,
        "SELECT coalesce((SELECT moves_money FROM kernel.product WHERE name = %(product)s), true)",
        product=product,
    )


def get_names(tx: Tx, staff_id: int) -> Query[Names]:
    return tx.one(
        Names, "SELECT username, email, full_name, phone FROM kernel.staff WHERE id = %(staff_id)s", staff_id=staff_id
    )


def set_names(tx: Tx, staff_id: int, names: Names) -> Query[int]:
    """What the person is called, in all products."""
    return tx.run(
        """
        UPDATE kernel.staff
           SET username = %(username)s, email = %(email)s, full_name = %(full_name)s, phone = %(phone)s
         WHERE id = %(staff_id)s
        """,
        staff_id=staff_id,
        **asdict(names),
    )


async def comes_to_money(tx: Tx, product: str, login: str) -> bool:
    """Whether linking this person to the product is their first way to money; they are held until this write ends.

    Their password may be one that admins of another product chose or gave out.
    """
    staff_id = await find_person(tx, login)
    if staff_id is None:
        return False
    _, is_of_money, has_been = await together(
        lock_person(tx, staff_id), is_money_product(tx, product), moves_money(tx, staff_id)
    )
    return is_of_money and not has_been
