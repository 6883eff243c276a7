"""What the first start leaves behind: demo data, a super admin with a generated password, and the note that says so.

The note, readable by its owner only, keeps base_url, the address of each product, and how to sign in to it.
"""

import gc
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from backoffice.kernel.actor import system
from backoffice.kernel.database import Db, Query, together
from backoffice.kernel.house import House
from backoffice.kernel.identity import passwords
from backoffice.kernel.identity.membership import SUPER_ADMIN, NewPerson
from backoffice.kernel.web.product import Demo, every_product, product_of
from backoffice.products import FIRST, LISTED
from backoffice.settings import Settings

NOTE = "first-sign-in.json"
USERNAME = "superadmin"
EMAIL = "superadmin@backoffice.example"
RESET = "backoffice staff reset-password USERNAME --product {product}"
BY_DEMO = "demo"
"""Under this name a demo writes, and is found in the audit log."""


@dataclass(frozen=True)
class SignIns:
    """`fresh` is True when this start made them: only then are the passwords shown."""

    fresh: bool
    note: Path
    by_product: dict[str, dict[str, str]]


async def fill(settings: Settings, tell: Callable[[str], None] = lambda _: None) -> SignIns:
    """On an empty database the demos; where nobody could sign in, a super admin; always the note with its addresses.

    The super admin comes last, after the note: a start that is cut short is made again from where it ended.
    """
    house = House.build(settings, database_url=settings.direct_url)
    await house.open()
    try:
        demos, fresh = await _what_is_missing(house)
        await load_demos(house, demos, tell=tell)
        people = _new_super_admin(settings) if fresh else _known_people(settings)
        note, products = _write_note(settings, people)
        if fresh:
            await _make_super_admin(house, next(iter(people.values()))["password"])
    finally:
        await house.close()
    return SignIns(fresh, note, products)


async def load_demos(house: House, demos: Mapping[str, Demo], *, tell: Callable[[str], None]) -> None:
    """One after the other, each told of before it is begun.

    A demo is a million objects, all of which stay until they are written: to look for garbage among them again and
    again took a third of the time.
    """
    gc.disable()
    try:
        for product, demo in demos.items():
            tell(f"Loading the demo of {product} (once)")
            await demo.load(house)
    finally:
        gc.enable()


async def _what_is_missing(house: House) -> tuple[dict[str, Demo], bool]:
    """The demos still to be made, and whether nobody can sign in.

    A first start that was cut short left the demos it made and no super admin; it is never begun among others' data.
    """
    async with house.database.read() as db:
        empty, fresh = await together(
            db.value(bool, "SELECT NOT EXISTS (SELECT FROM kernel.staff)"),
            db.value(
                bool, "SELECT NOT EXISTS (SELECT FROM kernel.membership WHERE role = 'super_admin' AND is_active)"
            ),
        )
        made = await _find_demos(db) if fresh else []
    wanted = [one for one in every_product() if (empty or made) and one.name not in made]
    return {one.name: one.demo.load() for one in wanted if one.demo}, fresh


def _find_demos(db: Db) -> Query[list[str]]:
    """The products whose demo is here."""
    return db.values(
        str,
        "SELECT DISTINCT product FROM kernel.audit_entry WHERE actor_kind = 'system' AND actor_label = %(by)s",
        by=BY_DEMO,
    )


def address_of(settings: Settings, product: str) -> str:
    """Where a product answers: below its own segment, or at the root when it is served alone."""
    return settings.public_url if settings.product else f"{settings.public_url}/{product}"


def _new_super_admin(settings: Settings) -> dict[str, dict[str, str]]:
    """One person with one password, in every product that is served."""
    person = {"username": USERNAME, "email": EMAIL, "password": passwords.generate_password()}
    return {name: person for name in LISTED if settings.product in (None, name)}


async def _make_super_admin(house: House, password: str) -> None:
    hashed = await passwords.hash_password(password)
    new = NewPerson(USERNAME, EMAIL, "Super Administrator", SUPER_ADMIN)
    async with house.database.write(system(FIRST, "first start")) as tx:
        await product_of(FIRST).joining().add(tx, new, password_hash=hashed)
        for other in list(LISTED)[1:]:
            await product_of(other).joining().grant(tx, USERNAME, role=SUPER_ADMIN)


def read_note(data: Path) -> dict[str, Any] | None:
    file = data / NOTE
    return orjson.loads(file.read_bytes()) if file.exists() else None


def _known_people(settings: Settings) -> dict[str, dict[str, str]]:
    """What the note says; where it is gone, how to come by another password. The addresses are told all the same."""
    known = (read_note(settings.data_folder) or {}).get("products", {})
    served = [name for name in LISTED if settings.product in (None, name)]
    return {name: dict(known.get(name) or {"new_password": RESET.format(product=name)}) for name in served}


def _write_note(settings: Settings, people: dict[str, dict[str, str]]) -> tuple[Path, dict[str, dict[str, str]]]:
    products = {name: {**person, "address": address_of(settings, name)} for name, person in people.items()}
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    file = settings.data_folder / NOTE
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(orjson.dumps({"base_url": settings.public_url, "products": products}, option=orjson.OPT_INDENT_2))
    return file, products
