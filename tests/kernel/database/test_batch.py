"""A batch: one flush and one wait, values that come back as they went, and failures that leave the connection whole."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.pq import Trace, TransactionStatus
from psycopg.types.json import Jsonb

from backoffice.kernel.database import batch
from backoffice.kernel.database.batch import Connection, numbered
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.database.pool import configure
from tests.conftest import superuser

ONE: tuple[str, dict[str, Any]] = ("SELECT 1::bigint", {})
BROKEN: tuple[str, dict[str, Any]] = ("SELECT 1 / %(zero)s::bigint", {"zero": 0})
NAMES = "SELECT name FROM pg_prepared_statements ORDER BY prepare_time"


class Colour(StrEnum):
    RED = "red"


async def connected(server: EmbeddedServer, *, prepare: bool = True) -> Connection:
    connection = await Connection.connect(server.owner_url)
    await configure(connection, prepare=prepare)
    return connection


@pytest.fixture
async def connection(clean: EmbeddedServer) -> AsyncIterator[Connection]:
    connection = await connected(clean)
    yield connection
    await connection.close()


async def values(connection: Connection, *statements: tuple[str, dict[str, Any]]) -> list[Any]:
    return [result.rows(lambda row: row[0]) for result in await connection.batches.send(statements)]


async def value_of(connection: Connection, sql: str, **params: Any) -> Any:
    [[value]] = await values(connection, (sql, params))
    return value


async def names(connection: Connection) -> list[str]:
    cursor = await connection.execute(NAMES)
    return [name for (name,) in await cursor.fetchall()]


async def test_all_leave_before_the_first_answer_is_awaited_and_one_sync_ends_them(
    connection: Connection, tmp_path: Path
) -> None:
    """As libpq tells it: what goes out (F), then what comes in (B)."""
    heard = tmp_path / "wire"
    with heard.open("wb") as wire:
        connection.pgconn.trace(wire.fileno())
        connection.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        await values(connection, ONE, ("SELECT %(x)s::text", {"x": "a"}), ONE)
        connection.pgconn.untrace()

    said = re.findall(r"^([FB])\t\d+\t(\w+)", heard.read_text(), flags=re.M)
    assert re.fullmatch("F+B+", "".join(side for side, _ in said))
    assert [word for _, word in said if word in ("Parse", "Execute", "Sync")] == [
        *("Parse", "Execute", "Parse", "Execute", "Execute", "Sync")
    ]


ROUND: list[tuple[str, Any]] = [
    ("bigint", -(2**63)),
    ("text", "Ünï%s $1 ''"),
    ("text", None),
    ("bigint", None),
    ("bool", True),
    ("numeric", Decimal("1234567890.000123")),
    ("double precision", 0.1),
    ("bytea", b"\x00\xff"),
    ("uuid", UUID("01a21bc2-6e28-7d10-bbc6-bb7b009f508f")),
    ("date", date(1900, 2, 28)),
    ("time", time(23, 59, 59, 999999)),
    ("timestamptz", datetime(2026, 3, 1, 1, 2, 3, 4, tzinfo=UTC)),
    ("interval", timedelta(days=-3, microseconds=7)),
    ("text", Colour.RED),
    ("text[]", ["a", None, 'b",{}']),
    ("text[]", []),
    ("text[]", [Colour.RED]),
    ("bigint[]", [1, 70_000, 2**40]),
    ("bigint[]", []),
    ("uuid[]", [UUID(int=7)]),
    ("date[]", [date(2026, 3, 1)]),
    ("jsonb", {"deep": [1, None, {"x": "ü"}]}),
]


@pytest.mark.parametrize(("kind", "value"), ROUND, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("prepare", [True, False])
async def test_a_value_comes_back_as_it_went(clean: EmbeddedServer, kind: str, value: Any, prepare: bool) -> None:
    connection = await connected(clean, prepare=prepare)
    for _ in range(2):
        assert await value_of(connection, f"SELECT %(value)s::{kind}", value=value) == value
    await connection.close()


async def test_json_may_be_a_list_and_goes_beside_other_values(connection: Connection) -> None:
    sent = {"facts": Jsonb([1, {"a": None}]), "n": 3}
    assert await value_of(connection, "SELECT jsonb_build_array(%(facts)s, %(n)s, %(n)s)", **sent) == [
        *([1, {"a": None}], 3, 3)
    ]


async def test_a_day_that_python_has_not_is_an_error_of_data_and_the_next_statement_works(
    connection: Connection,
) -> None:
    with pytest.raises(psycopg.DataError):
        await value_of(connection, "SELECT 'infinity'::date")
    assert await value_of(connection, ONE[0]) == 1


async def test_one_text_may_come_with_values_of_other_types(connection: Connection) -> None:
    for value, kind in ((1, "bigint"), (UUID(int=1), "uuid"), (1.5, "double precision"), (2, "bigint")):
        assert await value_of(connection, "SELECT pg_typeof(%(value)s)::text", value=value) == kind


def test_a_name_has_one_number_and_two_percent_signs_are_one() -> None:
    text = numbered("SELECT %(a)s, %(b)s, %(a)s, 5 %% 3, '100%%(a)s'")

    assert text.sql == b"SELECT $1, $2, $1, 5 % 3, '100%(a)s'"
    assert text.names == ("a", "b")


@pytest.mark.parametrize(
    ("params", "failure"),
    [({}, "query parameter missing: word"), ({"word": object()}, "cannot adapt"), ({"word": "a\0b"}, "NUL")],
)
async def test_values_that_cant_be_sent_raise_before_anything_is(
    connection: Connection, params: dict[str, Any], failure: str
) -> None:
    with pytest.raises(psycopg.Error, match=failure):
        await connection.batches.send([("CREATE TABLE never ()", {}), ("SELECT %(word)s::text", params)])

    assert connection.info.transaction_status is TransactionStatus.IDLE
    assert await value_of(connection, ONE[0]) == 1


@pytest.mark.parametrize("prepare", [True, False])
async def test_a_statement_that_fails_names_its_error_and_the_connection_goes_on(
    clean: EmbeddedServer, prepare: bool
) -> None:
    connection = await connected(clean, prepare=prepare)
    for _ in range(3):
        before, failed, after = await connection.batches.send([ONE, BROKEN, ("SELECT 'after'", {})])
        assert before.first(lambda row: row[0]) == 1
        with pytest.raises(psycopg.errors.DivisionByZero):
            failed.first(tuple)
        with pytest.raises(psycopg.errors.PipelineAborted):
            assert after.touched
        assert await values(connection, ("SELECT 'after'", {}), ONE) == [["after"], [1]]
    with pytest.raises(psycopg.errors.SyntaxError):
        await value_of(connection, "SELEKT 1")
    assert await value_of(connection, ONE[0]) == 1
    await connection.close()


async def test_in_a_transaction_a_failure_stands_until_it_is_rolled_back(connection: Connection) -> None:
    began, broken = await connection.batches.send([("BEGIN", {}), BROKEN])
    assert began.tag == b"BEGIN"
    with pytest.raises(psycopg.errors.DivisionByZero):
        broken.first(tuple)
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        await value_of(connection, ONE[0])
    (ended,) = await connection.batches.send([("COMMIT", {})])

    assert ended.tag == b"ROLLBACK"
    assert await value_of(connection, ONE[0]) == 1


async def test_what_fails_only_at_the_end_of_the_batch_raises(connection: Connection) -> None:
    await connection.execute("CREATE TEMP TABLE late (id bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        await connection.batches.send([("INSERT INTO late VALUES (1), (1)", {})])

    assert await value_of(connection, "SELECT count(*) FROM late") == 0


async def test_a_statement_is_prepared_when_it_comes_first_and_known_by_its_name_from_then_on(
    connection: Connection,
) -> None:
    for _ in range(3):
        await values(connection, ONE, ONE, ("SELECT %(a)s::text", {"a": "x"}))

    assert await names(connection) == ["batch_1", "batch_2"]


async def test_the_name_that_was_used_longest_ago_makes_room(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "PREPARED_AT_MOST", 2)
    for number in (1, 2, 1, 3, 1, 3):
        assert await value_of(connection, f"SELECT {number}") == number

    assert await names(connection) == ["batch_1", "batch_3"]
    many = [(f"SELECT {number}", {}) for number in range(10)]
    assert await values(connection, *many, *many) == [[number] for number in range(10)] * 2
    await values(connection, many[8], many[9])
    assert await names(connection) == ["batch_10", "batch_11"], "the others were closed with this batch"


async def test_a_plan_that_no_longer_fits_its_table_fails_once(connection: Connection) -> None:
    await connection.execute("CREATE TEMP TABLE changing AS SELECT 1 AS a")
    await value_of(connection, "SELECT * FROM changing")
    await connection.execute("ALTER TABLE changing ALTER a TYPE text")
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        await value_of(connection, "SELECT * FROM changing")

    assert await value_of(connection, "SELECT * FROM changing") == "1"


async def test_behind_a_pooler_that_keeps_nothing_no_statement_has_a_name(clean: EmbeddedServer) -> None:
    connection = await connected(clean, prepare=False)
    for _ in range(10):
        assert await values(connection, ONE, ("SELECT %(a)s::text", {"a": "x"})) == [[1], ["x"]]

    assert await names(connection) == []
    await connection.close()


async def test_more_than_any_buffer_holds_goes_and_comes(connection: Connection) -> None:
    large = "x" * 3_000_000
    assert await values(connection, *[("SELECT %(large)s::text", {"large": large})] * 4) == [[large]] * 4


async def test_copy_is_refused_instead_of_awaited_for_good(connection: Connection) -> None:
    with pytest.raises(psycopg.Error):
        async with asyncio.timeout(20):
            await connection.batches.send([("COPY (SELECT 1) TO STDOUT", {})])
    assert connection.closed


async def test_notices_and_notifications_disturb_no_answer(connection: Connection) -> None:
    heard: list[str] = []
    connection.add_notify_handler(lambda notice: heard.append(notice.payload))
    await connection.execute("LISTEN trial")
    loud = ("DO $$ BEGIN RAISE NOTICE 'loud'; NOTIFY trial, 'heard'; END $$", {})

    assert (await values(connection, ONE))[0] == [1]
    await connection.batches.send([loud, ONE])
    assert await values(connection, ONE) == [[1]]
    assert heard == ["heard"]


async def test_a_server_that_hangs_up_in_the_middle_is_a_lost_connection_that_says_why(
    connection: Connection,
) -> None:
    with pytest.raises(psycopg.errors.AdminShutdown):
        await connection.batches.send([ONE, ("SELECT pg_terminate_backend(pg_backend_pid())", {}), ONE])
    assert connection.closed
    with pytest.raises(psycopg.OperationalError):
        await connection.batches.send([ONE])


async def test_a_connection_that_ended_while_it_lay_idle_is_lost(connection: Connection, clean: EmbeddedServer) -> None:
    await values(connection, ONE)
    with superuser(clean) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [connection.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        await connection.batches.send([ONE, ONE])
    assert connection.closed


async def test_a_batch_that_is_cancelled_is_read_to_its_end(connection: Connection) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await connection.batches.send([ONE, ("SELECT pg_sleep(60)", {}), ("SELECT 2", {})])

    assert await values(connection, ONE, ("SELECT 2", {})) == [[1], [2]]
