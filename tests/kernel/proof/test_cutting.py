"""The oldest part of the log is cut off: its file proves what it holds, the chain is proven from its beginning, and
what goes missing otherwise is still found.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
import pytest

from backoffice.kernel.audit.listing import LOG, filtered
from backoffice.kernel.database.embedded import OWNER, EmbeddedServer
from backoffice.kernel.house import House
from backoffice.kernel.proof.cutting import CutRefused, Keeper, NothingToCut, cut_before
from backoffice.kernel.proof.export import get_seal
from backoffice.kernel.proof.seal import hash_of
from backoffice.kernel.proof.verify import Breach, Report, verify
from tests.conftest import superuser
from tests.kernel.proof.chain import KEEPER, Recorded, audit, check, run_sealing

THEN, BOUND = datetime(2019, 6, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
OLD_PART = f"""
    ALTER TABLE kernel.audit_entry DETACH PARTITION parts.audit_entry_before;
    CREATE TABLE parts.audit_entry_old (LIKE kernel.audit_entry, PRIMARY KEY (id));
    ALTER TABLE parts.audit_entry_old OWNER TO {OWNER};
    ALTER TABLE kernel.audit_entry ATTACH PARTITION parts.audit_entry_old FOR VALUES FROM (MINVALUE) TO ('2020-01-01Z');
    ALTER TABLE kernel.audit_entry ATTACH PARTITION parts.audit_entry_before FOR VALUES FROM ('2020-01-01Z') TO ('%s')
"""
AS_BEFORE = """
    DROP TABLE IF EXISTS parts.audit_entry_old;
    ALTER TABLE kernel.audit_entry DETACH PARTITION parts.audit_entry_before;
    ALTER TABLE kernel.audit_entry ATTACH PARTITION parts.audit_entry_before FOR VALUES FROM (MINVALUE) TO ('%s')
"""


@pytest.fixture
def old_part(clean: EmbeddedServer, house: House) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A part that ended in 2019, and somebody whom no trigger stops. Afterwards the parts are as they were."""
    with superuser(clean) as connection:
        until = connection.execute("SELECT until FROM kernel.audit_month WHERE name = 'audit_entry_before'").fetchone()
        connection.execute((OLD_PART % until).encode())
        connection.execute("SET session_replication_role = replica")
        yield connection
        connection.execute("DELETE FROM kernel.audit_entry WHERE at < %s", [BOUND])
        connection.execute((AS_BEFORE % until).encode())


async def audit_then(house: House, *subjects: str) -> None:
    async with house.database.write(KEEPER) as tx:
        for subject in subjects:
            tx.audit(Recorded.DONE, subject).at = THEN


async def total(house: House) -> int:
    async with house.database.read() as db:
        return await LOG.total(db, filtered("helpdesk"))


def refuses_what_its_file_does_not_prove(file: Path, sha256: str) -> None:
    lines = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    entries = {line["stored"]["id"]: line for line in lines if "stored" in line}
    seals = [line for line in lines if "entries" in line]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == sha256
    for line in entries.values():
        assert hashlib.sha256(orjson.dumps(line["stored"], option=orjson.OPT_SORT_KEYS)).hexdigest() == line["digest"]
    for seal in seals:
        listed = [(UUID(one), bytes.fromhex(digest)) for one, digest in seal["entries"]]
        before, at = bytes.fromhex(seal["previous_hash"]), datetime.fromisoformat(seal["sealed_at"])
        assert hash_of(before, seal["seal"], sealed_at=at, entries=listed).hex() == seal["hash"]
    assert {one: line["digest"] for one, line in entries.items()}.items() <= {
        one: digest for seal in seals for one, digest in seal["entries"]
    }.items()


async def test_what_is_cut_off_is_proven_by_its_file_and_the_chain_from_its_beginning(
    house: House, old_part: psycopg.Connection[Any], clean: EmbeddedServer, tmp_path: Path
) -> None:
    await audit_then(house, "old a", "old b")
    await audit(house, "beside them")
    await run_sealing(house)
    await audit(house, "new")
    seals_file = await run_sealing(house)
    before = await total(house)
    keeper = Keeper(clean.owner_url, tmp_path / "cut", [seals_file])

    with pytest.raises(NothingToCut):
        await cut_before(house, keeper, before=datetime(2019, 12, 31, tzinfo=UTC))
    with pytest.raises(CutRefused, match="permission denied"):
        await cut_before(house, Keeper(clean.app_url, tmp_path / "app", [seals_file]), before=BOUND)
    [cut] = await cut_before(house, keeper, before=BOUND)
    await run_sealing(house)

    said = old_part.execute("SELECT after FROM kernel.audit_entry WHERE action = 'audit.cut' ORDER BY at").fetchall()
    assert (cut.part, cut.entries, cut.file.name) == ("audit_entry_old", 2, "audit_entry_old.jsonl")
    assert said[-1][0] == {"until": "2020-01-01T00:00:00+00:00", "entries": 2, "sha256": said[-1][0]["sha256"]}
    refuses_what_its_file_does_not_prove(cut.file, said[-1][0]["sha256"])
    assert await check(house, seals_file) == Report(seals=3, entries=6, cut=2, outside_seals=3)
    assert await total(house) == before - 2
    async with house.database.read() as db:
        seal = await get_seal(db, 1)
    assert hash_of(
        seal.previous_hash, 1, sealed_at=seal.sealed_at, entries=zip(seal.entry_ids, seal.digests, strict=True)
    ) == (seal.hash)


@pytest.mark.parametrize(
    "found",
    [
        ("DELETE FROM kernel.audit_entry WHERE subject = 'test:new'", Breach.ENTRY_DELETED),
        ("DELETE FROM kernel.audit_entry WHERE subject = 'test:beside'", Breach.CUT_UNEXPLAINED),
        ("DELETE FROM kernel.audit_cut", Breach.CUT_UNEXPLAINED),
        ("UPDATE kernel.audit_cut SET entries = 2, entry_id = uuidv7()", Breach.CUT_UNEXPLAINED),
        ("UPDATE kernel.audit_cut_seal SET digests = sha256(digests)", Breach.SEAL_CHANGED),
        ("DELETE FROM kernel.audit_cut_seal", Breach.ENTRY_DELETED),
    ],
)
async def test_what_goes_missing_beside_a_cut_is_found(
    house: House,
    old_part: psycopg.Connection[Any],
    clean: EmbeddedServer,
    tmp_path: Path,
    found: tuple[Any, Breach],
) -> None:
    await audit_then(house, "old")
    await audit(house, "beside")
    await run_sealing(house)
    await audit(house, "new")
    seals_file = await run_sealing(house)
    await cut_before(house, Keeper(clean.owner_url, tmp_path, [seals_file]), before=BOUND)
    await run_sealing(house)

    old_part.execute(found[0])

    async with house.database.read() as db:
        report = await verify(db)
    assert report.broken
    assert report.broken.breach is found[1]


async def test_a_broken_log_is_not_cut(
    house: House, old_part: psycopg.Connection[Any], clean: EmbeddedServer, tmp_path: Path
) -> None:
    await audit_then(house, "old")
    keeper = Keeper(clean.owner_url, tmp_path, [house.settings.data_folder / "audit-seals.log"])
    with pytest.raises(CutRefused, match="1 of its entries wait for their seal"):
        await cut_before(house, keeper, before=BOUND)
    await run_sealing(house)
    old_part.execute("UPDATE kernel.audit_entry SET reason = 'another'")

    with pytest.raises(CutRefused, match="it is broken, an entry was changed"):
        await cut_before(house, keeper, before=BOUND)


async def test_months_are_made_ahead_once_and_hold_the_walls_of_the_log(house: House, clean: EmbeddedServer) -> None:
    with superuser(clean) as connection, connection.transaction(force_rollback=True):
        made = [connection.execute("SELECT kernel.make_audit_months(6)").fetchone() for _ in range(2)]
        parts = connection.execute("SELECT part::text, until FROM kernel.audit_month ORDER BY until").fetchall()
        guarded = connection.execute(
            """
            SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger
             WHERE tgfoid = 'kernel.refuse_change'::regproc AND tgrelid::regclass::text LIKE 'parts.%'
            """
        ).fetchall()
        rights = connection.execute("SELECT has_schema_privilege('backoffice_app', 'parts', 'USAGE')").fetchone()

    assert made == [(3,), (0,)]
    assert {name for (name,) in guarded} == {name for name, _ in parts}
    assert rights == (False,)
    ends = [until for _, until in parts if until]
    assert all(
        (later.year * 12 + later.month) - (sooner.year * 12 + sooner.month) == 1 for sooner, later in pairwise(ends)
    )
