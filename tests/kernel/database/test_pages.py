"""A list: filters named like its query's fields, totals from kept sums or counted, one plan kept for its first page."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from backoffice.kernel.database import Db, Pages, search, tally
from backoffice.kernel.database.batch import numbered
from backoffice.kernel.database.compose import Composed
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.errors import NotFound
from backoffice.kernel.house import House
from tests.conftest import superuser

MANY = 20_000


@dataclass(frozen=True, slots=True)
class PaintRow:
    id: int
    colour: str
    name: str


@dataclass
class PaintQuery:
    colour: str | None = None
    faded: bool | None = None
    search: str | None = None
    size: int = 20
    start: int = 0
    sort: str = "oldest"


class Caller:
    """Who asks: remembers what was counted for them."""

    def __init__(self) -> None:
        self.counted: list[str] = []

    async def lagging_total(self, key: str, count: Callable[[], Awaitable[int]]) -> int:
        self.counted.append(key)
        return await count()


PAINTS = Pages(
    "paints",
    PaintRow,
    source="trial.paint p",
    key="p.id",
    order={"oldest": "p.id", "newest": "p.id DESC"},
    always="p.id > 0",
    filters={
        "colour": "p.colour = %(colour)s",
        "faded": {True: "p.faded", False: "NOT p.faded"},
        "search": search("p.id", "trial.paint", begins={"lower(name)": "lower"}),
    },
    tally=tally("trial.paint_tally", "paints", by={"colour": "colour = %(colour)s"}),
    sql="SELECT p.id, p.colour, p.name FROM {page} JOIN trial.paint p USING (id) ORDER BY {order}",
)
BOTH_WAYS = replace(PAINTS, name="paints both ways", order={"id_asc": "p.id", "id_desc": "p.id DESC"})
FILLED = """
CREATE SCHEMA trial;
CREATE TABLE trial.paint (id bigint PRIMARY KEY, colour text, faded bool, name text);
INSERT INTO trial.paint SELECT n, CASE WHEN n % 1000 = 0 THEN 'red' ELSE 'blue' END, n % 2 = 0, 'Paint ' || n
  FROM generate_series(1, 20000) n;
CREATE INDEX ON trial.paint (colour, id);
CREATE INDEX ON trial.paint (lower(name) text_pattern_ops);
CREATE TABLE trial.paint_tally AS SELECT colour, count(*) AS paints FROM trial.paint GROUP BY colour;
GRANT USAGE ON SCHEMA trial TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA trial TO PUBLIC;
ANALYZE trial.paint;
"""
KEPT = "SELECT generic_plans > custom_plans FROM pg_prepared_statements WHERE statement LIKE %(like)s"


@pytest.fixture(scope="module")
def filled(server: EmbeddedServer) -> Iterator[None]:
    with superuser(server) as connection:
        connection.execute(FILLED)
        yield
        connection.execute("DROP SCHEMA trial CASCADE")


@pytest.fixture
async def db(house: House, filled: None) -> AsyncIterator[Db]:
    async with house.database.read() as db:
        yield db


async def test_a_page_is_what_its_query_asks_for(db: Db) -> None:
    rows, total = await PAINTS.page(db, PaintQuery(colour="red", size=2, start=2, sort="newest"), Caller())

    assert ([row.id for row in rows], total) == ([18_000, 17_000], MANY // 1000)


async def test_a_condition_may_be_one_for_each_value(db: Db) -> None:
    for faded, first in ((True, 2), (False, 1)):
        rows, total = await PAINTS.page(db, PaintQuery(faded=faded), Caller())
        assert (rows[0].id, total) == (first, MANY // 2)


async def test_a_search_finds_what_begins_with_the_term_and_an_empty_form_finds_nothing(db: Db) -> None:
    rows, total = await PAINTS.page(db, PaintQuery(search="PAINT 1999"), Caller())
    assert ([row.name for row in rows][:2], total) == (["Paint 1999", "Paint 19990"], 11)
    assert await PAINTS.page(db, PaintQuery(search=""), Caller()) == ([], 0)


async def test_kept_sums_are_asked_where_they_know_the_filters_and_rows_are_counted_where_not(db: Db) -> None:
    caller = Caller()
    await PAINTS.page(db, PaintQuery(), caller)
    await PAINTS.page(db, PaintQuery(colour="red"), caller)
    assert caller.counted == []

    await PAINTS.page(db, PaintQuery(colour="red", faded=True), caller)
    assert caller.counted == ["paints:[('colour', 'red'), ('faded', 'True')]"]


async def test_one_row_is_found_by_its_key_or_missed(db: Db) -> None:
    assert (await PAINTS.one(db, 7, missing=NotFound())).name == "Paint 7"
    with pytest.raises(NotFound):
        await PAINTS.one(db, MANY + 1, missing=NotFound())


async def test_another_statement_shares_the_round_trip(db: Db) -> None:
    rows, one, total = await PAINTS.page(db, PaintQuery(), Caller(), beside=db.value(int, "SELECT 1::bigint"))

    assert (len(rows), one, total) == (20, 1, MANY)


@pytest.mark.parametrize(
    ("query", "is_kept"),
    [
        (PaintQuery(), True),
        (PaintQuery(colour="blue", sort="newest"), True),
        (PaintQuery(colour="red"), True),
        (PaintQuery(colour="red", size=21), False),
        (PaintQuery(start=20), False),
        (PaintQuery(start=15_000), True),
        (PaintQuery(search="paint 77"), False),
    ],
)
async def test_a_page_of_a_usual_size_has_one_plan_for_all(db: Db, query: PaintQuery, is_kept: bool) -> None:
    """The others are planned for their values: by the beginning of a text, or where a page is taken to be a tenth."""
    for _ in range(30):
        await PAINTS.page(db, query, Caller())

    assert await db.value(bool, KEPT, like="SELECT p.id, p.colour%") is is_kept


@pytest.mark.parametrize("start", [0, 20, 15_000])
async def test_the_plan_for_all_pages_of_a_usual_size_reads_no_table_whole(db: Db, start: int) -> None:
    """Requests far down a list make PostgreSQL keep one plan: whoever looks at its second page must live with it."""
    query = PAINTS.rows(db, {"colour": "blue"}, limit=20, offset=start, sort="newest")

    cursor = await db.connection.execute(b"EXPLAIN (GENERIC_PLAN) " + numbered(query.sql).sql)

    plan = "\n".join(line for (line,) in await cursor.fetchall())
    assert "Seq Scan" not in plan, plan


@pytest.mark.parametrize("sort", ["id_asc", "id_desc"])
@pytest.mark.parametrize("start", [5_000, 9_990, 10_000, 19_970, 19_990, MANY, MANY + 50])
async def test_a_page_far_down_is_the_same_from_whichever_end_it_is_walked_to(db: Db, sort: str, start: int) -> None:
    query = PaintQuery(start=start, sort=sort)

    rows, one, total = await BOTH_WAYS.page(db, query, Caller(), beside=db.value(int, "SELECT 1::bigint"))

    assert rows == await BOTH_WAYS.rows(db, {}, limit=20, offset=start, sort=sort)
    assert (len(rows), one, total) == (max(min(20, MANY - start), 0), 1, MANY)


async def test_the_last_page_of_a_list_walks_no_further_than_the_first(db: Db) -> None:
    far = BOTH_WAYS.backwards("id_asc")
    assert far is not None
    assert PAINTS.backwards("oldest") is None

    plan = await db.values(
        str, Composed("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + far.where({}, cut="LIMIT 20").text)
    )

    scans = [line for line in plan if "Scan" in line and "p_1" in line]
    assert ["rows=20" in line or "rows=20.00" in line for line in scans] == [True], plan
