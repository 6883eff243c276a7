"""What is true after a restore: sessions, numbers, keys of writes, the audit chain, turns of the clock, the report."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import psycopg
import pytest

from backoffice.kernel import recovery
from backoffice.kernel.actor import Context, system
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.house import House
from backoffice.kernel.identity.api_keys import KeyAct
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.journal import hold, standing
from backoffice.kernel.journal.book import Kind, line
from backoffice.kernel.recovery.after import RESERVE
from backoffice.kernel.recovery.jobs import keep_journal
from backoffice.kernel.web.front import Front
from tests.kernel.proof.chain import audit, check, run_sealing
from tests.kernel.web.conftest import SignIn, sign_in, trial
from tests.kernel.web.test_door import PHONE, count
from tests.making import Make
from tests.restoring import Past

__all__ = ["sign_in", "trial"]
KEY = {"Idempotency-Key": "key-1"}


@pytest.fixture
def past(clean: EmbeddedServer) -> Iterator[Past]:
    with Past(clean) as remembered:
        yield remembered


async def follow(house: House) -> None:
    await keep_journal(JobRun(house, system("kernel", "tests"), Context(), 0))


async def value(house: House, sql: Any) -> Any:
    async with house.database.read() as db:
        found = await (await db.connection.execute(sql)).fetchone()
    return found and found[0]


async def test_every_session_ends_also_one_that_had_ended_after_the_moment(
    house: House, make: Make, past: Past
) -> None:
    member = await make.member()
    await make.token(member)
    past.remember()
    async with house.database.write(system("helpdesk", "tests")) as tx:
        await tx.run("UPDATE kernel.session SET ended_at = now(), ended_because = 'signed out'")
    past.restore()

    report = await recovery.after(house.settings)

    assert report.sessions_ended == 1
    assert await value(house, "SELECT count(*) FROM kernel.session WHERE ended_at IS NULL") == 0


async def test_numbers_that_went_out_after_the_moment_are_given_to_nobody_else(house: House, past: Past) -> None:
    await follow(house)
    past.remember()
    async with house.database.write(system("marketplace", "tests")) as tx:
        for _ in range(3):
            await tx.value(str, "SELECT kernel.next_reference('BKG', 6)")
        gone = await tx.value(str, "SELECT kernel.next_reference('ZZZ', 6)")
        outbox = await tx.value(int, "SELECT nextval('helpdesk.outbound_id_seq')")
    await follow(house)
    past.restore()

    await recovery.after(house.settings)
    async with house.database.write(system("marketplace", "tests")) as tx:
        again = await tx.value(str, "SELECT kernel.next_reference('ZZZ', 6)")
        next_outbox = await tx.value(int, "SELECT nextval('helpdesk.outbound_id_seq')")

    assert again > gone
    assert next_outbox > outbox


async def test_run_again_it_changes_nothing(house: House, make: Make, past: Past) -> None:
    await follow(house)
    past.remember()
    await follow(house)
    await follow(house)
    past.restore()
    await recovery.after(house.settings)
    before = await value(house, "SELECT last_value FROM kernel.staff_id_seq")
    token_of = await make.member()
    await make.token(token_of)

    report = await recovery.after(house.settings)

    assert await value(house, "SELECT last_value FROM kernel.staff_id_seq") == before + 1
    assert report.sessions_ended == 0
    assert await value(house, "SELECT count(*) FROM kernel.hold") == 1


async def test_what_was_settled_and_compared_before_a_restore_counts_no_more_after_it(house: House, past: Past) -> None:
    await recovery.settle(house)
    await recovery.compare(house)
    past.remember()
    for _ in range(3):
        await follow(house)
    past.restore()
    before = await value(house, "SELECT last_value FROM kernel.hold_id_seq")

    await recovery.after(house.settings)

    assert await value(house, "SELECT compared_at IS NULL AND settled_at IS NOT NULL FROM kernel.hold")
    assert await value(house, "SELECT last_value FROM kernel.hold_id_seq") >= before + RESERVE


async def test_who_looked_before_another_process_settled_does_not_open_the_hold_again(house: House) -> None:
    async with house.database.read() as db:
        seen = (await standing.look(db, house.journal)).standing
    await recovery.settle(house)
    await recovery.compare(house)

    async with house.database.write(recovery.RESTORER) as tx:
        await hold.begin_anew(tx, "restored", moment=seen.at, looked_at=seen.looked_at)

    assert await value(house, "SELECT settled_at IS NOT NULL AND compared_at IS NOT NULL FROM kernel.hold")


async def test_of_processes_that_start_at_once_after_a_restore_one_settles_it(house: House, make: Make) -> None:
    async with house.database.write(recovery.RESTORER) as tx:
        await hold.begin(tx, "restored", moment=None)
    before = await value(house, "SELECT last_value FROM kernel.hold_id_seq")
    others = [House.build(house.settings) for _ in range(3)]
    for other in others:
        await other.database.open()

    try:
        await asyncio.gather(*(recovery.settle_if_held(one) for one in (house, *others)))
    finally:
        for other in others:
            await other.close()

    advanced = await value(house, "SELECT last_value FROM kernel.hold_id_seq") - before
    assert advanced // RESERVE == 1, "each that settles leaves the reserve out once more"
    assert await value(house, "SELECT settled_at IS NOT NULL FROM kernel.hold")


async def test_a_write_whose_key_was_used_in_the_lost_window_is_told_so(
    trial: Front, sign_in: SignIn, past: Past
) -> None:
    client: httpx.AsyncClient = await sign_in()
    past.remember()
    assert (await client.post("/customers", json=PHONE, headers=KEY)).status_code == 201
    await follow(trial.house)
    past.restore()
    await recovery.after(trial.house.settings)
    async with trial.house.database.write(system("helpdesk", "tests")) as tx:
        await tx.run("UPDATE kernel.session SET ended_at = NULL, ended_because = NULL")

    answer = await client.post("/customers", json=PHONE, headers=KEY)

    assert (answer.status_code, answer.json()["refused"]) == (409, "KeyLost")
    assert await count(trial) == 0


async def test_the_audit_chain_is_proven_across_a_restore_and_says_that_there_was_one(house: House, past: Past) -> None:
    await audit(house, "kept")
    seals_file = await run_sealing(house)
    past.remember()
    await audit(house, "lost")
    await run_sealing(house)
    past.restore()
    assert (await check(house, seals_file)).broken is not None

    report = await recovery.after(house.settings)
    await audit(house, "new")
    await run_sealing(house)
    proven = await check(house, seals_file)

    assert (report.seals_given_up, report.epoch) == (1, 2)
    assert proven.broken is None
    assert [epoch.after_seal for epoch in proven.epochs] == [1]
    assert proven.given_up == 1


async def test_an_epoch_that_only_the_database_tells_of_excuses_nothing(
    house: House, past: Past, watcher: psycopg.Connection[Any]
) -> None:
    await audit(house, "kept")
    seals_file = await run_sealing(house)
    past.remember()
    await audit(house, "lost")
    await run_sealing(house)
    past.restore()
    watcher.execute("INSERT INTO kernel.audit_epoch VALUES (2, now(), 1, now())")

    assert (await check(house, seals_file)).broken is not None


async def test_turns_of_the_clock_that_waited_do_not_all_come_at_once(
    house: House, past: Past, watcher: psycopg.Connection[Any]
) -> None:
    watcher.execute("SET search_path = public, procrastinate")
    watcher.execute(
        """
        INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
        SELECT 'clock', name, name, name, '{}' FROM unnest(ARRAY['shield.begin_enrolments', 'kernel.seal_audit']) name
        """
    )
    past.remember()
    past.restore()

    report = await recovery.after(house.settings)

    assert report.turns_forgotten == 2
    assert await value(house, "SELECT count(*) FROM procrastinate.procrastinate_jobs") == 0


async def test_the_report_names_keys_and_people_that_were_changed_in_the_window(house: House, past: Past) -> None:
    await follow(house)
    past.remember()
    async with house.database.write(system("shield", "tests")) as tx:
        tx.audit(KeyAct.REVOKED, 7)
    await follow(house)
    await house.journal.write(line(Kind.SENT, job=0, name="kernel.send_notification", arguments={"notice_id": "one"}))
    past.restore()

    report = await recovery.after(house.settings)
    (saved,) = house.settings.data_folder.glob("restore-report-*.json")

    assert [(one["act"], one["subject"]) for one in report.access] == [("api_key.revoked", "api_key:7")]
    assert orjson.loads(saved.read_bytes())["sent"] == {"kernel.send_notification": 1}
    assert saved.stat().st_mode & 0o077 == 0


async def test_a_moment_that_was_typed_too_late_hides_nothing_that_was_sent(house: House, past: Past) -> None:
    await follow(house)
    past.remember()
    await house.journal.write(line(Kind.SENT, job=0, name="kernel.send_notification", arguments={"notice_id": "one"}))
    past.restore()

    report = await recovery.after(house.settings, datetime.now(UTC) + timedelta(hours=5, minutes=30))

    assert report.sent == {"kernel.send_notification": 1}


async def test_another_server_without_a_journal_is_held(house: House, watcher: psycopg.Connection[Any]) -> None:
    watcher.execute("UPDATE kernel.journal_mark SET system_identifier = '7', timeline = 1, number = 3")

    await recovery.settle_if_held(house)

    assert await value(house, "SELECT count(*) FROM kernel.hold WHERE released_at IS NULL") == 1


async def test_a_server_that_was_promoted_and_lacks_nothing_is_not_held(
    house: House, watcher: psycopg.Connection[Any]
) -> None:
    await recovery.settle_if_held(house)
    watcher.execute(
        "UPDATE kernel.journal_mark SET system_identifier = '7', timeline = 1, number = number + 1, at = now()"
    )

    await recovery.settle_if_held(house)
    await follow(house)

    assert await value(house, "SELECT count(*) FROM kernel.hold") == 0


async def test_a_file_newer_than_the_database_is_named(house: House, past: Past) -> None:
    known = await house.files.keep(b"known", "image/png")
    moment = datetime.fromtimestamp(int(known[:12], 16) / 1000, UTC) + timedelta(milliseconds=1.5)
    past.remember()
    while datetime.now(UTC) < moment:
        past.remember()
    newer = await house.files.keep(b"picture", "image/jpeg")
    past.restore()

    assert (await recovery.after(house.settings, moment)).files == [newer]


async def test_restored_once_more_while_it_is_held_all_is_made_true_anew(house: House, make: Make, past: Past) -> None:
    await recovery.settle(house)
    await make.token(await make.member())
    await follow(house)
    past.remember()
    for _ in range(3):
        await follow(house)
    past.restore()

    report = await recovery.after(house.settings)

    assert report.sessions_ended == 1
    assert await value(house, "SELECT count(*) FROM kernel.hold") == 1
