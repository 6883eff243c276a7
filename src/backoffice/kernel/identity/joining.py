"""How staff come to a product, change in it, are shut out and come back: here by the directory alone.

A product in which more follows, such as a team with departments, subclasses this and names it in its product.py.
"""

from collections.abc import Sequence

from backoffice.kernel.database.query import Db
from backoffice.kernel.identity import membership, roles
from backoffice.kernel.identity.membership import ColleagueRow, NewPerson
from backoffice.kernel.identity.role_book import RoleBook
from backoffice.kernel.identity.store import CredentialsRow
from backoffice.kernel.write.transaction import Tx


class Joining:
    """`departments` are those of the product that has some; with a `role_book` roles that staff made can be given."""

    departments: tuple[str, ...] = ()

    def __init__(self, product: str, *, role_book: RoleBook | None = None) -> None:
        self.product = product
        self.role_book = role_book

    async def hold_role(self, tx: Tx, role: str) -> None:
        """A role that staff made stays until this write ends. RoleNotFound."""
        if self.role_book and role not in self.role_book.system:
            await roles.hold_role(tx, self.product, role)

    async def add(self, tx: Tx, new: NewPerson, *, password_hash: str, department: str | None = None) -> int:
        """A new person of the directory who works here; their id."""
        await self.hold_role(tx, new.role)
        return await membership.add_person(tx, self.product, new, password_hash=password_hash)

    async def grant(self, tx: Tx, login: str, *, role: str, department: str | None = None) -> int:
        """Somebody of the directory works here from now on, as this; their id."""
        await self.hold_role(tx, role)
        staff_id, _ = await membership.grant(tx, self.product, login, role=role)
        return staff_id

    async def deactivate(self, tx: Tx, person: CredentialsRow) -> None:
        await membership.deactivate(tx, person, product=self.product)

    async def activate(self, tx: Tx, person: CredentialsRow) -> None:
        await membership.activate(tx, person, product=self.product)

    async def list_colleagues(self, db: Db) -> Sequence[ColleagueRow]:
        """Everybody who works or worked here; with a `department` where there are some."""
        return await membership.list_colleagues(db, self.product)
