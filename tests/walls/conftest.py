"""Whoever may stand before a door: staff of every product, and their platforms."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from backoffice.application import described
from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from backoffice.kernel.identity import api_keys
from tests.making import Make, Member
from tests.marketplace.making import Given as MarketGiven
from tests.marketplace.making import Staff
from tests.shield.making import Admin, Given
from tests.walls.knocking import Headers, Proofs

HIGHEST = "super_admin"
PLATFORMS = {name: app.product.scopes for name, app in described().items() if app.product.scopes}
Person = Member | Admin | Staff


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


class People:
    """Makes people and platforms, and the proofs they hold."""

    def __init__(self, make: Make, given: Given, market: MarketGiven) -> None:
        self.house: House = make.house
        self._make = make
        self._given = given
        self._market = market

    async def person(self, product: str, role: str = HIGHEST, *, proved: bool = True) -> Person:
        """With a live session, in which they gave a code of their second factor just now, unless told otherwise."""
        if product == "shield":
            person: Person = await self._given.admin(role)
        elif product == "marketplace":
            person = await self._market.staff(role)
        else:
            person = await self._make.member(role, username=f"{role}_of_helpdesk")
        if not proved:
            async with self.write(product) as tx:
                await tx.run("UPDATE kernel.session SET proved_at = NULL WHERE id = %(id)s", id=person.session_id)
        return person

    async def make_role(self, product: str, role: str, permissions: list[str]) -> None:
        """A role that staff made, or what it may do from now on."""
        async with self.write(product) as tx:
            tx.record("made", "for a test")
            await tx.run(
                """
                INSERT INTO kernel.role (product, name, title, permissions)
                     VALUES (%(product)s, %(role)s, 'Made', %(permissions)s)
                ON CONFLICT (product, name) DO UPDATE SET permissions = excluded.permissions
                """,
                product=product,
                role=role,
                permissions=permissions,
            )

    async def everybody(self) -> dict[str, Person]:
        """Somebody of the highest role in each product."""
        return {product: await self.person(product) for product in described()}

    def token(self, product: str, person: Person, *, kind: str = "access", minutes: int = 5, **other: Any) -> Headers:
        who = {"user_id": person.id, "username": person.username, "sid": person.session_id, "email": person.email}
        claims = {**who, "role": person.role, **other}
        return bearer(self.house.tokens.issue(kind, product, lifetime=timedelta(minutes=minutes), claims=claims))

    async def proofs(self) -> Proofs:
        """What opens every door."""
        staff = {product: self.token(product, person) for product, person in (await self.everybody()).items()}
        keys = {f"{product} platform": await self.key(product, scopes) for product, scopes in PLATFORMS.items()}
        return {**staff, **keys}

    async def key(self, product: str, scopes: Iterable[str]) -> Headers:
        async with self.write(product) as tx:
            _, secret = await api_keys.create_key(
                tx, product=product, name="platform", scopes=sorted(scopes), known=PLATFORMS[product]
            )
        return {"X-API-Key": secret}

    async def deactivate(self, product: str, person: Person) -> None:
        async with self.write(product) as tx:
            tx.record("made", "for a test")
            await tx.run(
                "UPDATE kernel.membership SET is_active = false WHERE staff_id = %(id)s AND product = %(product)s",
                id=person.id,
                product=product,
            )

    def write(self, product: str) -> Any:
        return self.house.database.write(system(product, "tests"))


@pytest.fixture
def people(make: Make, house: House, password_hash: str) -> People:
    return People(make, Given(house, password_hash), MarketGiven(house, password_hash))


@pytest.fixture
async def proofs(people: People) -> Proofs:
    """What opens every door."""
    return await people.proofs()
