"""Sealing the audit log beside open transactions, the file outside, and the refusal of every change."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.kernel.audit.entry import digest_of
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.house import House
from backoffice.kernel.proof.seal import SEALS_FILE, hash_of, seal_entries, write_outside
from backoffice.kernel.proof.store import UnwrittenRow
from backoffice.kernel.proof.verify import Report
from tests.kernel.proof.chain import KEEPER, audit, check, rows_of, run_sealing, seal


async def test_a_seal_takes_no_more_than_a_batch(house: House) -> None:
    await audit(house, *range(5))

    sizes = [one.entries for one in [await seal(house, most=2) for _ in range(3)] if one]

    assert sizes == [2, 2, 1]
    assert await check(house) == Report(seals=3, entries=5)


@asynccontextmanager
async def open_transaction(house: House) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A second connection in the middle of a write that has already recorded its entry."""
    url = house.settings.database_url.get_secret_value()
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(
            """
            INSERT INTO kernel.audit_entry (id, at, product, actor_kind, actor_id, actor_label, action, subject,
                                            address, agent, request_id, digest)
            SELECT gen_random_uuid(), at, product, actor_kind, actor_id, actor_label, action, 'test:late', address,
                   agent, request_id, digest
              FROM kernel.audit_entry LIMIT 1
            """
        )
        yield connection


async def test_nothing_is_sealed_past_a_transaction_that_is_still_open_and_nothing_is_lost(house: House) -> None:
    await audit(house, "first")
    async with open_transaction(house) as late:
        await audit(house, "second")

        assert (await seal(house) or fail()).entries == 1
        assert await seal(house) is None
        await late.commit()

    assert (await seal(house) or fail()).entries == 2
    waiting = await rows_of(house, "SELECT count(*) FROM kernel.audit_unsealed")
    sealed = await rows_of(
        house,
        """
        SELECT s.number, e.subject FROM kernel.audit_seal s, unnest(s.entry_ids) AS l(id)
          JOIN kernel.audit_entry e ON e.id = l.id ORDER BY s.number, e.subject
        """,
    )
    assert waiting == [(0,)]
    assert sealed == [(1, "test:first"), (2, "test:late"), (2, "test:second")]


async def test_an_entry_whose_write_is_undone_is_never_sealed(house: House) -> None:
    await audit(house, "first")
    async with open_transaction(house) as late:
        await late.rollback()

    assert (await seal(house) or fail()).entries == 1
    assert await check(house) == Report(seals=1, entries=1)


async def test_only_one_sealer_works_at_a_time(house: House) -> None:
    await audit(house, "first")

    async with house.database.write(KEEPER) as one:
        assert await seal_entries(one) is not None
        assert await seal(house) is None

    assert await check(house) == Report(seals=1, entries=1)


def fail() -> Any:
    raise AssertionError("nothing was sealed")


async def test_every_seal_is_also_written_outside_the_database(house: House) -> None:
    await audit(house, "first")
    await run_sealing(house)
    await audit(house, "second")
    seals_file = await run_sealing(house)
    await run_sealing(house)

    lines = [orjson.loads(line) for line in seals_file.read_bytes().splitlines()]
    hashes = await rows_of(house, "SELECT number, encode(hash, 'hex') FROM kernel.audit_seal ORDER BY number")

    assert [(line["number"], line["hash"]) for line in lines] == hashes
    assert await check(house, seals_file) == Report(seals=2, entries=2, outside_seals=2)


def test_the_file_outside_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    write_outside(tmp_path / "var" / SEALS_FILE, [UnwrittenRow(1, datetime.now(UTC), b"h", 1)])

    assert (tmp_path / "var" / SEALS_FILE).stat().st_mode & 0o777 == 0o600


def test_a_seal_depends_on_each_of_its_parts() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    one, two = (UUID(int=1), b"a" * 32), (UUID(int=2), b"b" * 32)
    hashes = {
        hash_of(b"x", 1, sealed_at=at, entries=[one, two]),
        hash_of(b"y", 1, sealed_at=at, entries=[one, two]),
        hash_of(b"x", 2, sealed_at=at, entries=[one, two]),
        hash_of(b"x", 1, sealed_at=at.replace(microsecond=1), entries=[one, two]),
        hash_of(b"x", 1, sealed_at=at, entries=[two, one]),
        hash_of(b"x", 1, sealed_at=at, entries=[one]),
    }

    assert len(hashes) == 6


@pytest.mark.parametrize("table", ["kernel.audit_entry", "kernel.audit_seal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("role", ["app", "owner"])
async def test_the_record_refuses_change(
    three_seals: House, clean: EmbeddedServer, table: str, statement: str, role: str
) -> None:
    column = "reason = 'x'" if table.endswith("entry") else "hash = 'x'"
    url = clean.app_url if role == "app" else clean.owner_url

    with psycopg.connect(url) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(statement.format(table, column).encode())

    assert refused.value.sqlstate == ("42501" if role == "app" else "BO003")


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)


JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


ENTRY: dict[str, Any] = {"id": UUID(int=1), "at": datetime(2026, 1, 1, tzinfo=UTC), "after": None}


@given(facts=st.dictionaries(TEXT, JSON, max_size=4))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_digest_is_the_same_once_its_values_were_stored(house: House, facts: dict[str, Any]) -> None:
    async with house.database.read() as db:
        stored = await db.value(dict, "SELECT %(facts)s::jsonb", facts=facts)

    assert digest_of({**ENTRY, "before": stored}) == digest_of({**ENTRY, "before": facts})
