"""Statements: what a typed row is made of, what is said when there is none, and several in one round trip."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

import pytest

from backoffice.kernel.actor import system
from backoffice.kernel.database import Listing, NoRow, together
from backoffice.kernel.errors import NotFound
from backoffice.kernel.house import House


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class PaintRow:
    id: int
    colour: Colour
    under: Colour | None


async def test_a_row_is_typed_down_to_its_enums(house: House) -> None:
    async with house.database.read() as db:
        row = await db.one(PaintRow, "SELECT 7::bigint AS id, 'red' AS colour, NULL::text AS under")

    assert row == PaintRow(7, Colour.RED, None)
    assert row.colour is Colour.RED


async def test_a_dict_travels_as_jsonb_with_the_dates_and_ids_in_it(house: House) -> None:
    at, name = datetime(2026, 3, 1, tzinfo=UTC), uuid4()
    async with house.database.read() as db:
        kept = await db.value(dict, "SELECT %(facts)s::jsonb", facts={"at": at, "day": at.date(), "id": name})

    assert kept == {"at": "2026-03-01T00:00:00+00:00", "day": "2026-03-01", "id": str(name)}


async def test_no_row_is_none_or_the_refusal_that_was_named_or_a_bug(house: House) -> None:
    nothing = "SELECT 1::bigint AS id, 'red' AS colour, 'red' AS under WHERE false"
    async with house.database.read() as db:
        assert await db.find(PaintRow, nothing) is None
        assert await db.all(PaintRow, nothing) == []
        assert await db.find_value(int, nothing) is None
        assert await db.values(int, nothing) == []
        with pytest.raises(NotFound):
            await db.one(PaintRow, nothing, missing=NotFound())
        with pytest.raises(NoRow):
            await db.one(PaintRow, nothing)
        with pytest.raises(NoRow):
            await db.value(int, nothing)


async def test_several_statements_go_in_one_round_trip_and_come_back_in_their_order(house: House) -> None:
    async with house.database.read() as db:
        one, two, three = await together(
            db.value(int, "SELECT 1::bigint"),
            db.find(PaintRow, "SELECT 2::bigint AS id, 'blue' AS colour, 'red' AS under"),
            db.values(int, "SELECT generate_series(1, 3)::bigint"),
        )

    assert (one, two, three) == (1, PaintRow(2, Colour.BLUE, Colour.RED), [1, 2, 3])


async def test_integers_travel_as_bigint_whatever_their_size(house: House) -> None:
    async with house.database.read() as db:
        for number in (1, 70_000, 2**40):
            kind = await db.value(str, "SELECT pg_typeof(%(number)s)::text", number=number)
            assert kind == "bigint"


async def test_dicts_travel_as_jsonb_and_come_back_as_they_were(house: House) -> None:
    facts: dict[str, Any] = {"name": "Asha", "tags": ["a", 1, None, {"deep": True}]}
    async with house.database.read() as db:
        assert await db.value(dict, "SELECT %(facts)s", facts=facts) == facts


async def test_a_stream_brings_more_rows_than_it_holds_at_once_and_may_be_left_early(house: House) -> None:
    async with house.database.read() as db, db.connection.transaction():
        many = "SELECT n AS id, 'red' AS colour, NULL AS under FROM generate_series(1, 2500) n"
        rows = [row.id async for row in db.stream(PaintRow, many)]
        left = db.stream(PaintRow, many)
        first = await anext(left)
        await left.aclose()
        open_cursors = await db.values(str, "SELECT name FROM pg_cursors WHERE name LIKE 'stream%%'")

    assert rows == list(range(1, 2501))
    assert first.id == 1
    assert open_cursors == []


async def test_a_touching_statement_says_how_many_rows(house: House) -> None:
    async with house.database.write(system("helpdesk", "tests")) as tx:
        touched = await tx.run(
            "INSERT INTO kernel.idempotency_key (key, body_hash, status, answer) VALUES ('a','','1','')"
        )
        assert touched == 1
        assert await tx.run("DELETE FROM kernel.idempotency_key WHERE key = 'none'") == 0


PAINTS = Listing(
    PaintRow,
    "SELECT id, colour, under FROM paint {where} ORDER BY {order}",
    filters={"colour": "colour = %(colour)s", "under": "under = %(under)s"},
    sorts={"oldest": "id", "newest": "id DESC"},
)


def test_an_absent_filter_is_absent_sql() -> None:
    assert "WHERE" not in PAINTS.where({"colour": None}, sort="oldest").text
    assert "WHERE colour = %(colour)s ORDER" in PAINTS.where({"colour": "red"}, sort="oldest").text
    assert PAINTS.where({"under": "x", "colour": "red"}, sort="newest").text == (
        "SELECT id, colour, under FROM paint WHERE colour = %(colour)s AND under = %(under)s ORDER BY id DESC"
    )


def test_a_combination_is_composed_once() -> None:
    assert PAINTS.where({"colour": "red"}, sort="oldest") is PAINTS.where({"colour": "blue"}, sort="oldest")


def test_a_sort_that_nobody_wrote_is_no_sort() -> None:
    with pytest.raises(KeyError):
        PAINTS.where({}, sort="id; DROP TABLE paint")
