"""Verifying the audit log: what is whole is said to be, and every kind of tampering is found and named."""

from typing import Any

import psycopg
import pytest

from backoffice.kernel.audit.entry import digest_of
from backoffice.kernel.house import House
from backoffice.kernel.proof.verify import Breach, Report, verify
from tests.kernel.proof.chain import audit, check, rows_of, run_sealing, seal

Connection = psycopg.Connection[tuple[Any, ...]]


async def test_an_untouched_log_is_whole_and_its_unsealed_tail_is_counted(three_seals: House) -> None:
    report = await check(three_seals)

    assert report == Report(seals=3, entries=6, unsealed=1)


async def test_an_empty_log_is_whole(house: House) -> None:
    assert await seal(house) is None
    assert await check(house) == Report()


async def test_progress_hears_how_many_entries_were_checked(three_seals: House) -> None:
    heard: list[int] = []

    async with three_seals.database.read() as db:
        await verify(db, progress=heard.append)

    assert heard == [6]


TAMPERINGS: list[tuple[str, str, Breach, int | None]] = [
    (
        "a changed entry",
        "UPDATE kernel.audit_entry SET reason = 'another' WHERE subject = 'test:1a'",
        Breach.ENTRY_CHANGED,
        2,
    ),
    (
        "a changed amount",
        "UPDATE kernel.audit_entry SET after = '{\"amount\": 7}' WHERE subject = 'test:1a'",
        Breach.ENTRY_CHANGED,
        2,
    ),
    ("a deleted entry", "DELETE FROM kernel.audit_entry WHERE subject = 'test:1a'", Breach.ENTRY_DELETED, 2),
    (
        "a changed waiting entry",
        "UPDATE kernel.audit_entry SET agent = 'x' WHERE subject = 'test:waiting'",
        Breach.ENTRY_CHANGED,
        None,
    ),
    (
        "a deleted waiting entry",
        "DELETE FROM kernel.audit_entry WHERE subject = 'test:waiting'",
        Breach.ENTRY_DELETED,
        None,
    ),
    ("an entry that no longer waits", "DELETE FROM kernel.audit_unsealed", Breach.ENTRY_SLIPPED_IN, None),
    (
        "a reordered list",
        "UPDATE kernel.audit_seal SET entry_ids = ARRAY[entry_ids[2], entry_ids[1]] WHERE number = 2",
        Breach.SEAL_CHANGED,
        2,
    ),
    (
        "an entry taken from a list",
        "UPDATE kernel.audit_seal SET entry_ids = entry_ids[1:1] WHERE number = 3",
        Breach.SEAL_CHANGED,
        3,
    ),
    (
        "an emptied list",
        "UPDATE kernel.audit_seal SET entry_ids = '{}' WHERE number = 2",
        Breach.SEAL_CHANGED,
        2,
    ),
    ("another time", "UPDATE kernel.audit_seal SET sealed_at = now() WHERE number = 1", Breach.SEAL_CHANGED, 1),
    ("a seal cut out", "DELETE FROM kernel.audit_seal WHERE number = 2", Breach.SEAL_MISSING, 2),
    ("the first seal cut off", "DELETE FROM kernel.audit_seal WHERE number = 1", Breach.SEAL_MISSING, 1),
    (
        "swapped seals",
        "UPDATE kernel.audit_seal SET number = CASE number WHEN 2 THEN -3 ELSE -2 END WHERE number IN (2, 3);"
        "UPDATE kernel.audit_seal SET number = -number WHERE number < 0",
        Breach.SEAL_UNCHAINED,
        2,
    ),
    ("the newest seal cut off", "DELETE FROM kernel.audit_seal WHERE number = 3", Breach.ENTRY_SLIPPED_IN, None),
]


@pytest.mark.parametrize(
    ("sql", "breach", "number"), [case[1:] for case in TAMPERINGS], ids=[case[0] for case in TAMPERINGS]
)
async def test_tampering_is_found_and_named(
    three_seals: House, past_the_walls: Connection, sql: str, breach: Breach, number: int | None
) -> None:
    past_the_walls.execute(sql.encode())

    broken = (await check(three_seals)).broken

    assert broken is not None
    assert (broken.breach, broken.seal) == (breach, number)


async def test_the_changed_entry_is_named(three_seals: House, past_the_walls: Connection) -> None:
    past_the_walls.execute("UPDATE kernel.audit_entry SET actor_id = 5 WHERE subject = 'test:2b'")
    [(entry_id,)] = await rows_of(three_seals, "SELECT id FROM kernel.audit_entry WHERE subject = 'test:2b'")

    broken = (await check(three_seals)).broken

    assert broken is not None
    assert str(broken) == f"an entry was changed after it was written (seal 3, entry {entry_id})"


async def test_an_entry_that_was_changed_together_with_its_digest_breaks_its_seal(
    three_seals: House, past_the_walls: Connection
) -> None:
    names = "id, at, product, actor_kind, actor_id, actor_label, action, subject, data_subject, before, after, reason, "
    names += "address, agent, request_id"
    cursor = past_the_walls.execute(f"SELECT {names} FROM kernel.audit_entry WHERE subject = 'test:1b'".encode())
    values = dict(zip(names.split(", "), cursor.fetchone() or (), strict=True))
    forged = {**values, "reason": "forged"}
    past_the_walls.execute(
        "UPDATE kernel.audit_entry SET reason = 'forged', digest = %s WHERE id = %s", [digest_of(forged), forged["id"]]
    )

    broken = (await check(three_seals)).broken

    assert broken is not None
    assert (broken.breach, broken.seal) == (Breach.SEAL_CHANGED, 2)


async def test_a_chain_cut_off_with_its_entries_is_found_by_the_file_outside(
    house: House, past_the_walls: Connection
) -> None:
    for subject in ("first", "second"):
        await audit(house, subject)
        seals_file = await run_sealing(house)
    past_the_walls.execute("DELETE FROM kernel.audit_entry WHERE subject = 'test:second'")
    past_the_walls.execute("DELETE FROM kernel.audit_seal WHERE number = 2")

    assert (await check(house)).broken is None
    broken = (await check(house, seals_file)).broken
    assert broken is not None
    assert (broken.breach, broken.seal) == (Breach.SEALS_CUT_OFF, 2)


async def test_a_chain_that_was_sealed_anew_is_found_by_the_file_outside(
    house: House, past_the_walls: Connection
) -> None:
    for subject in ("first", "second"):
        await audit(house, subject)
        seals_file = await run_sealing(house)
    past_the_walls.execute("DELETE FROM kernel.audit_seal WHERE number = 2")
    past_the_walls.execute(
        "INSERT INTO kernel.audit_unsealed SELECT id FROM kernel.audit_entry WHERE subject = 'test:second'"
    )
    await seal(house)

    assert (await check(house)).broken is None
    broken = (await check(house, seals_file)).broken
    assert broken is not None
    assert (broken.breach, broken.seal) == (Breach.SEALS_REPLACED, 2)


async def test_a_line_torn_by_a_crash_does_not_spoil_the_file(house: House) -> None:
    await audit(house, "first")
    seals_file = await run_sealing(house)
    with seals_file.open("ab") as file:
        file.write(b'{"number": 2, "ha')
    await audit(house, "second")
    await run_sealing(house)

    report = await check(house, seals_file)

    assert (report.broken, report.outside_seals, report.unreadable_lines) == (None, 2, 1)


async def test_an_entry_that_is_slipped_in_beside_a_sealed_one_is_found(
    three_seals: House, past_the_walls: Connection
) -> None:
    """As many lines as entries, but not the same: the forged one waits under the id of one that was sealed."""
    [(sealed_id,)] = await rows_of(three_seals, "SELECT id FROM kernel.audit_entry WHERE subject = 'test:0a'")
    copied = (
        "at, product, actor_kind, actor_id, actor_label, action, data_subject, before, after, reason, address, agent"
    )
    past_the_walls.execute(
        f"INSERT INTO kernel.audit_entry (id, subject, request_id, digest, {copied})"
        f" SELECT uuidv7(), 'test:forged', request_id, digest, {copied}"
        " FROM kernel.audit_entry WHERE subject = 'test:0a'".encode()
    )
    past_the_walls.execute("INSERT INTO kernel.audit_unsealed (entry_id) VALUES (%s)", [sealed_id])

    broken = (await check(three_seals)).broken

    [(forged_id,)] = await rows_of(three_seals, "SELECT id FROM kernel.audit_entry WHERE subject = 'test:forged'")
    assert broken is not None
    assert (broken.breach, broken.entry_id) == (Breach.ENTRY_SLIPPED_IN, forged_id)


async def test_an_entry_that_is_sealed_and_waits_again_is_found(three_seals: House, past_the_walls: Connection) -> None:
    past_the_walls.execute("INSERT INTO kernel.audit_unsealed SELECT entry_ids[1] FROM kernel.audit_seal LIMIT 1")

    broken = (await check(three_seals)).broken

    assert broken is not None
    assert broken.breach is Breach.ENTRY_LISTED_TWICE
