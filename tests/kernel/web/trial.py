"""A product of these tests: one door for each way a request can end. Its errors say their class."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.database import Db, together
from backoffice.kernel.errors import Conflict, Refusal
from backoffice.kernel.web import Call, Doors, In, Product
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.web.outcome import Seen
from backoffice.kernel.write import Tx

GATE = 4242
"""Whoever holds this advisory lock keeps the slow door waiting."""


class Trial(Act):
    ADDED = "customer.added"
    OTHER = "customer.other"


class AlreadyThere(Conflict):
    """A customer with {phone} is already there."""

    phone: str


class ErrorOut(TypedDict):
    refused: str
    says: str


class NameIn(In):
    phone: str = Field(max_length=20)


class AddedOut(TypedDict):
    id: int
    phone: str


def shape(refusal: Refusal, status: int) -> dict[str, Any]:
    return {"refused": type(refusal).__name__, "says": refusal.sentence}


TRIAL = Product(
    name="trial",
    title="Trial",
    summary="Doors that tests knock at.",
    roles={"boss": frozenset({"trial:do", "trial:rule"}), "hand": frozenset({"trial:do"})},
    shape=shape,
    error_model=ErrorOut,
)
door = Doors(TRIAL, tag="Trial", prefix="/v1")


async def add(tx: Tx, phone: str) -> AddedOut:
    known = await tx.find_value(int, "SELECT id FROM helpdesk.whatsapp_user WHERE phone = %(phone)s", phone=phone)
    if known is not None:
        raise AlreadyThere(phone=phone)
    made = await tx.value(
        int, "INSERT INTO helpdesk.whatsapp_user (phone) VALUES (%(phone)s) RETURNING id", phone=phone
    )
    return {"id": made, "phone": phone}


@door.get("/customers/count", permission="trial:do")
async def count_customers(db: Db) -> int:
    return await db.value(int, "SELECT count(*) FROM helpdesk.whatsapp_user")


@door.get("/customers/failing", permission="trial:do")
async def fail_at_the_second_statement(db: Db) -> tuple[int, int]:
    return await together(db.value(int, "SELECT 1::bigint"), db.value(int, "SELECT 1 / %(zero)s::bigint", zero=0))


@door.get("/customers/none", permission="trial:do", errors=[AlreadyThere])
async def refuse_without_asking(db: Db) -> None:
    raise AlreadyThere(phone="nobody's")


@door.get("/where", public="it tells nothing but where a caller is")
async def tell_where(call: Call) -> str:
    return call.context.address


@door.post("/customers", permission="trial:do", audit=[Trial.ADDED], errors=[AlreadyThere], status=201)
async def add_customer(body: NameIn, tx: Tx) -> AddedOut:
    added = await add(tx, body.phone)
    tx.audit(Trial.ADDED, added["id"])
    return added


@door.post("/slow", permission="trial:do", audit=[Trial.ADDED])
async def add_slowly(body: NameIn, tx: Tx) -> AddedOut:
    await tx.run("SELECT pg_advisory_xact_lock(%(gate)s)", gate=GATE)
    return await add_customer(body=body, tx=tx)


async def joined_by_now(db: Db, committed: Any) -> Seen:
    """Final once somebody else is there, too."""
    there = await count_customers(db)
    return Seen({**committed, "there": there}, is_final=there > 1)


@door.post("/waiting", permission="trial:do", audit=[Trial.ADDED], outcome=joined_by_now)
async def add_and_wait_for_another(body: NameIn, tx: Tx) -> AddedOut:
    return await add_customer(body=body, tx=tx)


@door.post("/required", permission="trial:do", audit=[Trial.ADDED], key=KeyRule.REQUIRED)
async def add_with_key(body: NameIn, tx: Tx) -> AddedOut:
    return await add_customer(body=body, tx=tx)


@door.post("/ignored", permission="trial:do", audit=[Trial.ADDED], key=KeyRule.IGNORED)
async def add_whatever_key(body: NameIn, tx: Tx) -> AddedOut:
    return await add_customer(body=body, tx=tx)


@door.post("/silent", permission="trial:do")
async def add_silently(body: NameIn, tx: Tx) -> AddedOut:
    return await add(tx, body.phone)


@door.post("/undeclared", permission="trial:do", audit=[Trial.OTHER])
async def add_undeclared(body: NameIn, tx: Tx) -> AddedOut:
    return await add_customer(body=body, tx=tx)


@door.post("/own/{act}", permission="trial:do", audit=[Trial.ADDED])
async def open_a_write_of_its_own(act: Annotated[str, Path(max_length=20)], call: Call) -> None:
    async with call.house.database.write(call.caller, call.context) as tx:
        tx.audit(Trial[act], 1)


@door.post("/late", permission="trial:do", audit=[Trial.ADDED])
async def add_twice_until_the_end(body: NameIn, tx: Tx) -> AddedOut:
    """Breaks a constraint that is looked at only when the transaction commits."""
    await tx.run("INSERT INTO tests.late (id) VALUES (1), (1)")
    return await add_customer(body=body, tx=tx)


@door.post("/broken/{number}", permission="trial:rule")
async def break_down(number: Id, tx: Tx) -> None:
    raise RuntimeError(f"a detail nobody may see: {number}")
