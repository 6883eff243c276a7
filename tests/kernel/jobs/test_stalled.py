"""Jobs that a dead worker was doing: they run again, whatever else waits, and nobody else's are touched."""

from collections.abc import Iterator

import psycopg
import pytest

from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.house import House
from backoffice.kernel.jobs.worker import take_up_stalled_jobs
from tests.conftest import superuser

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def db(server: EmbeddedServer, house: House) -> Iterator[Connection]:
    """Past the queue's functions, for jobs in any state."""
    with superuser(server) as connection:
        connection.execute("SET search_path TO public, procrastinate")
        yield connection


def worker(db: Connection, *, silent_seconds: int) -> int:
    """A worker whose heartbeat is so old."""
    registered = db.execute(
        """
        INSERT INTO procrastinate.procrastinate_workers (last_heartbeat)
             VALUES (now() - make_interval(secs => %s)) RETURNING id
        """,
        [silent_seconds],
    ).fetchone()
    assert registered is not None
    return int(str(registered[0]))


def job(db: Connection, status: str, *, worker_id: int | None = None, queueing_lock: str | None = None) -> None:
    db.execute(
        """
        INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, lock, queueing_lock, status, worker_id)
             VALUES ('default', 'helpdesk.trial', 'one', %s, %s, %s)
        """,
        [queueing_lock, status, worker_id],
    )


def jobs(db: Connection) -> list[tuple[object, ...]]:
    return db.execute("SELECT status::text, attempts FROM procrastinate.procrastinate_jobs ORDER BY id").fetchall()


async def test_a_job_of_a_dead_worker_waits_again_and_counts_one_more_try(db: Connection, house: House) -> None:
    job(db, "doing", worker_id=worker(db, silent_seconds=60))

    await take_up_stalled_jobs(house)

    assert jobs(db) == [("todo", 1)]


async def test_a_job_whose_worker_is_forgotten_already_waits_again(db: Connection, house: House) -> None:
    job(db, "doing")

    await take_up_stalled_jobs(house)

    assert jobs(db) == [("todo", 1)]


async def test_a_job_of_a_worker_that_lives_is_left_to_it(db: Connection, house: House) -> None:
    job(db, "doing", worker_id=worker(db, silent_seconds=-3600))

    await take_up_stalled_jobs(house)

    assert jobs(db) == [("doing", 0)]


async def test_a_job_by_the_clock_whose_next_turn_waits_behind_it_makes_room(db: Connection, house: House) -> None:
    """Its next turn can't begin before it ends, and it can't wait itself as long as that one does."""
    job(db, "doing", worker_id=worker(db, silent_seconds=60), queueing_lock="one")
    job(db, "todo", queueing_lock="one")

    await take_up_stalled_jobs(house)

    assert jobs(db) == [("todo", 0)]


async def test_a_job_by_the_clock_does_not_keep_other_jobs_from_being_taken_up(db: Connection, house: House) -> None:
    dead = worker(db, silent_seconds=60)
    job(db, "doing", worker_id=dead, queueing_lock="one")
    job(db, "todo", queueing_lock="one")
    db.execute("UPDATE procrastinate.procrastinate_jobs SET lock = 'another' WHERE status = 'todo'")
    db.execute("UPDATE procrastinate.procrastinate_jobs SET lock = NULL WHERE status = 'doing'")
    job(db, "doing", worker_id=dead)

    await take_up_stalled_jobs(house)

    assert jobs(db) == [("todo", 0), ("todo", 1)]
