"""Whether a database is behind its journal, asked while others write both, and of a journal that is old."""

from functools import partial
from typing import Any

import orjson
import psycopg
import pytest
from procrastinate.jobs import Job

from backoffice.kernel import recovery
from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.leaving import may_leave
from backoffice.kernel.journal import standing
from backoffice.kernel.journal.book import Journal, Kind, Line, line
from backoffice.kernel.journal.standing import OtherServer
from backoffice.kernel.recovery import RESTORER


class Busy(Journal):
    """A job is queued and sent by somebody else whenever the journal is looked at."""

    def __init__(self, ours: Journal, watcher: psycopg.Connection[Any]) -> None:
        super().__init__(ours.folder.parent)
        self._watcher = watcher

    def tail(self) -> list[Line]:
        found = self._watcher.execute("SELECT nextval('procrastinate.procrastinate_jobs_id_seq')").fetchone()
        assert found is not None
        self.append([line(Kind.SENT, job=found[0], tries=0, name="kernel.deliver_webhook", arguments={})])
        return super().tail()


async def test_a_job_that_is_queued_and_sent_while_somebody_looks_holds_nothing(
    house: House, watcher: psycopg.Connection[Any]
) -> None:
    busy = Busy(house.journal, watcher)
    async with house.database.read() as db:
        assert not (await standing.look(db, busy)).is_behind


async def test_money_between_two_marks_counts_as_a_step(house: House, watcher: psycopg.Connection[Any]) -> None:
    async with house.database.write(system("shield", "tests")) as tx:
        step = await standing.step(tx, house.journal)
        tx.record("about to pay", 1)
    await house.journal.write(step)
    async with house.database.read() as db:
        assert not (await standing.look(db, house.journal)).is_behind
    watcher.execute("UPDATE kernel.journal_mark SET number = number - 1")
    async with house.database.read() as db:
        assert (await standing.look(db, house.journal)).is_behind


async def test_money_that_moves_in_two_writes_at_once_waits_for_neither_and_each_is_known(
    house: House, watcher: psycopg.Connection[Any]
) -> None:
    async with house.database.write(system("shield", "tests")) as one, house.database.write(RESTORER) as other:
        for tx in (one, other):
            await tx.run("SET LOCAL lock_timeout = '20ms'")
            await house.journal.write(await standing.step(tx, house.journal))
            tx.record("about to pay", 1)
    async with house.database.read() as db:
        assert not (await standing.look(db, house.journal)).is_behind
    watcher.execute("DELETE FROM kernel.journal_step WHERE id = (SELECT id FROM kernel.journal_step LIMIT 1)")
    async with house.database.read() as db:
        assert (await standing.look(db, house.journal)).is_behind
    await recovery.settle(house)
    await house.journal.write(*house.journal.tail()[:2])
    async with house.database.read() as db:
        assert not (await standing.look(db, house.journal)).is_behind, "it was given up, and is known as that"


async def test_nothing_moves_on_a_server_that_was_promoted_since_somebody_looked(house: House) -> None:
    house.journal.server = "7/1"
    job = Job(id=1, queue="kernel", lock=None, queueing_lock=None, task_name="kernel.deliver_webhook", attempts=0)

    with pytest.raises(OtherServer):
        async with house.database.write(RESTORER) as tx:
            await standing.step(tx, house.journal)
    with pytest.raises(OtherServer):
        await may_leave(house, job, write=partial(house.database.write, RESTORER))
    assert await may_leave(house, job, write=partial(house.database.write, RESTORER), look=recovery.settle_if_held)


async def test_a_crash_does_not_take_back_that_a_job_began_once_its_line_is_written(
    house: House, watcher: psycopg.Connection[Any]
) -> None:
    watcher.execute("SET synchronous_commit = off")
    watcher.execute("UPDATE kernel.journal_mark SET number = number + 1")
    begun = watcher.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
    job = Job(id=1, queue="kernel", lock=None, queueing_lock=None, task_name="kernel.deliver_webhook", attempts=0)

    assert await may_leave(house, job, write=partial(house.database.write, system("kernel", "tests")))

    on_disk = watcher.execute("SELECT pg_current_wal_flush_lsn() >= %s::pg_lsn", begun).fetchone()
    assert on_disk == (True,)
    assert house.journal.tail()[-1]["kind"] == Kind.SENT


@pytest.mark.parametrize(("is_worker", "holds"), [(True, 1), (False, 0)])
async def test_an_old_journal_proves_nothing_to_a_worker_on_a_server_that_it_does_not_know(
    house: House, watcher: psycopg.Connection[Any], is_worker: bool, holds: int
) -> None:
    await recovery.settle_if_held(house)
    watcher.execute("UPDATE kernel.journal_mark SET system_identifier = '7', timeline = 1, at = now() + interval '1h'")

    await recovery.settle_if_held(house, is_worker=is_worker)

    found = watcher.execute("SELECT count(*) FROM kernel.hold WHERE released_at IS NULL").fetchone()
    assert found == (holds,)


async def test_a_journal_of_another_house_holds_once_and_not_again_after_the_release(house: House) -> None:
    foreign = [line(Kind.MARK, number=900, sequences={}), line(Kind.SENT, job=10**6, tries=0, name="x", arguments={})]
    file = house.journal.folder / f"{foreign[0]['at'][:10]}.log"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b'{"torn": \n' + b"".join(orjson.dumps(one) + b"\n" for one in foreign) + b'{"at": "2026')
    await house.hold_if_behind()
    await recovery.settle_if_held(house)

    async with house.database.read() as db:
        found = await standing.look(db, house.journal)

    assert found.has_journal
    assert not found.is_behind
