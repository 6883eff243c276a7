"""A write whose reading goes with its commit: one round trip, and nothing is kept where PostgreSQL refuses."""

import psycopg
import pytest

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.database import Db, Query
from backoffice.kernel.errors import NotFound
from tests.making import Make
from tests.waits import Waits

LOOKED = "SELECT count(*) FROM kernel.audit_entry WHERE action = 'paint.viewed'"


class PaintAct(Act):
    VIEWED = "paint.viewed"


class PaintNotFound(NotFound):
    """There is no such paint"""


def require(db: Db, *, there: bool) -> Query[int]:
    return db.run("SELECT kernel.require(%(there)s)", there=there).otherwise(PaintNotFound())


async def test_what_is_shown_the_entry_and_the_commit_are_one_round_trip(make: Make, waits: Waits) -> None:
    with waits.counted() as seen:
        async with make.write() as tx:
            tx.audit(PaintAct.VIEWED, 7)
            tx.send_ahead(require(tx, there=True))
            shown, other = await tx.finish(tx.value(int, "SELECT 7"), tx.value(str, "SELECT 'red'"))
        counted = list(seen)

    assert (shown, other, counted) == (7, "red", [1])
    assert await make.value(LOOKED) == 1


async def test_a_condition_that_does_not_hold_is_its_refusal_and_keeps_nothing(make: Make) -> None:
    with pytest.raises(PaintNotFound):
        async with make.write() as tx:
            tx.audit(PaintAct.VIEWED, 7)
            tx.send_ahead(require(tx, there=False))
            await tx.finish(tx.value(int, "SELECT 7"))

    assert await make.value(LOOKED) == 0


async def test_what_fails_otherwise_is_no_refusal(make: Make) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        async with make.write() as tx:
            await tx.run("SELECT 1 / %(zero)s::int", zero=0).otherwise(PaintNotFound())
