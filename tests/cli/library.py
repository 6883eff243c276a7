"""A third product, made up: all that a new one has to write before its first own door."""

from datetime import timedelta
from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel import access
from backoffice.kernel.access import SignInDoors
from backoffice.kernel.actor import system
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.database import Db, Query
from backoffice.kernel.errors import Refusal
from backoffice.kernel.house import House
from backoffice.kernel.web import Call, In, Product
from backoffice.kernel.web.product import Later

SELF = "self:manage"


class LibraryAct(Act):
    STOCKED = "library.stocked"


class ErrorOut(TypedDict):
    wrong: str


def shape(refusal: Refusal, status: int) -> dict[str, Any]:
    return {"wrong": refusal.sentence}


class Story:
    """The demo: nothing but its entry in the audit log."""

    async def load(self, house: House) -> None:
        async with house.database.write(system(LIBRARY.name, "demo")) as tx:
            tx.audit(LibraryAct.STOCKED, LIBRARY.name)

    def is_begun(self, db: Db) -> Query[bool]:
        return db.value(bool, "SELECT EXISTS (SELECT FROM kernel.audit_entry WHERE product = 'library')")


STORY = Story()
LIBRARY = Product(
    name="library",
    title="Library",
    summary="Books, and who has them.",
    roles={"super_admin": frozenset({SELF}), "reader": frozenset({SELF})},
    shape=shape,
    error_model=ErrorOut,
    in_sentences="the library",
    doors="tests.cli.library:DOORS",
    demo=Later("tests.cli.library:STORY"),
)
door = SignInDoors(LIBRARY, SELF, prefix="/auth")
DOORS = (door,)


class LoginIn(In):
    login: str = Field(max_length=254)
    password: str = Field(max_length=1024)


class LoginOut(TypedDict):
    token: str


class MeOut(TypedDict):
    id: int
    role: str


@door.login
async def login(body: LoginIn, call: Call) -> LoginOut:
    signed = await access.sign_in(call, product=LIBRARY, login=body.login, password=body.password, hours=1)
    return {"token": access.only_token(call, signed, product=LIBRARY, lifetime=timedelta(hours=1))}


@door.me
async def get_me(call: Call) -> MeOut:
    return {"id": call.caller.id, "role": call.caller.role}
