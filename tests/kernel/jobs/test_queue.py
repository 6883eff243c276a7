"""Jobs in the queue: there only if their write commits, run as the system, tried again, and in turn under one lock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import procrastinate
import pytest
from croniter import croniter
from procrastinate.exceptions import AlreadyEnqueued

from backoffice.kernel.actor import ActorKind, Context, system
from backoffice.kernel.errors import Conflict
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import DAY, HOUR, JobRun, job, periodic, schedule
from backoffice.kernel.jobs.worker import LaneWorker, queue_pool
from backoffice.kernel.lanes import BEFORE_LANES, JobName, Lane, places_of, queue, queues_of
from backoffice.kernel.process import Watchdog
from backoffice.kernel.write import Tx

HOUSE = system("helpdesk", "tests")
NOTE, FAIL = JobName("helpdesk.note_down", Lane.SENDING), JobName("helpdesk.fail", Lane.MODEL)
TURN, MEET = JobName("helpdesk.take_turns", Lane.BULK), JobName("helpdesk.meet", Lane.BULK)
UNHEARD_OF = JobName("helpdesk.unheard_of", Lane.BULK)
TICK = "kernel.tick_once"
seen: list[Any] = []
both_met = asyncio.Event()
Work = Callable[[], Awaitable[None]]


@job(NOTE)
async def note_down(run: JobRun, *, word: str) -> None:
    seen.append((word, run))


@job(FAIL, attempts=3)
async def fail(run: JobRun) -> None:
    seen.append(run.attempt)
    raise ConnectionError("nobody answers")


@job(TURN)
async def take_turns(run: JobRun, *, number: int) -> None:
    """Says when it begins and ends; in between, others could begin."""
    seen.append(("begins", number))
    async with run.read() as db:
        await db.run("SELECT pg_sleep(0.02)")
    seen.append(("ends", number))


@job(MEET, attempts=1)
async def meet(run: JobRun, *, number: int) -> None:
    """Ends only once another has begun."""
    seen.append(number)
    if len(seen) == 2:
        both_met.set()
    async with asyncio.timeout(20):
        await both_met.wait()


@periodic(TICK, every_seconds=DAY)
async def tick_once(run: JobRun) -> None:
    seen.append(run.actor.product)


@pytest.fixture
async def work(house: House) -> AsyncIterator[Work]:
    """`await work()`: a worker runs what is due, and returns when nothing is."""
    seen.clear()

    async def run_what_is_due() -> None:
        await queue.run_worker_async(
            wait=False,
            concurrency=4,
            listen_notify=False,
            install_signal_handlers=False,
            delete_jobs="successful",
            additional_context={"house": house},
        )

    async with queue_pool(house.settings) as pool:
        with queue.replace_connector(procrastinate.PsycopgConnector()):
            await queue.open_async(pool)
            yield run_what_is_due


async def defer(house: House, name: JobName, **facts: Any) -> None:
    async with house.database.write(HOUSE) as tx:
        tx.defer(name, **facts)


async def jobs(house: House) -> list[tuple[Any, ...]]:
    """The jobs of these tests; the worker's clock may have queued others beside them."""
    async with house.database.read() as db:
        rows = await db.connection.execute(
            "SELECT task_name, status::text, attempts FROM procrastinate.procrastinate_jobs"
            " WHERE task_name = ANY (%(names)s) ORDER BY id",
            {"names": [NOTE, FAIL, TURN, TICK, MEET, UNHEARD_OF]},
        )
        return await rows.fetchall()


async def test_a_job_is_there_once_its_write_has_committed(house: House, work: Work) -> None:
    async with house.database.write(HOUSE) as tx:
        tx.defer(NOTE, word="hello")
        assert await jobs(house) == []
    assert await jobs(house) == [(NOTE, "todo", 0)]

    await work()

    assert [word for word, _ in seen] == ["hello"]
    assert await jobs(house) == []


async def test_a_job_waits_in_the_lane_of_its_name_or_in_the_one_it_is_given(house: House, work: Work) -> None:
    await defer(house, NOTE, word="hello")
    await defer(house, NOTE, word="hello all", lane=Lane.BULK)
    async with house.database.read() as db:
        lanes = await db.values(str, "SELECT queue_name FROM procrastinate.procrastinate_jobs ORDER BY id")

    assert lanes == [Lane.SENDING, Lane.BULK]


def test_every_lane_has_places_and_one_does_what_was_queued_before_there_were_lanes(house: House) -> None:
    assert all(places_of(lane, house.settings) >= 1 for lane in Lane)
    assert [name for lane in Lane for name in queues_of(lane)].count(BEFORE_LANES) == 1


async def test_a_job_of_a_write_that_is_undone_never_was(house: House, work: Work) -> None:
    with pytest.raises(Conflict):
        async with house.database.write(HOUSE) as tx:
            tx.defer(NOTE, word="hello")
            raise Conflict

    assert await jobs(house) == []


async def test_a_job_acts_as_the_system_and_says_which_job_it_is(house: House, work: Work) -> None:
    await defer(house, NOTE, word="who")
    await work()

    [(_, run)] = seen
    assert (run.actor.kind, run.actor.product, run.actor.label) == (ActorKind.SYSTEM, "helpdesk", NOTE)
    assert run.context.request_id.startswith("job-")
    assert run.house is house


async def test_a_job_that_fails_is_tried_again_later_and_kept_when_it_was_tried_enough(
    house: House, work: Work
) -> None:
    await defer(house, FAIL)
    for tried in range(1, 4):
        await work()
        assert seen == list(range(tried))
        await work()
        assert len(seen) == tried, "it waits before it is tried again"
        async with house.database.write(HOUSE) as tx:
            await tx.run("UPDATE procrastinate.procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    await work()

    assert seen == [0, 1, 2]
    assert await jobs(house) == [(FAIL, "failed", 3)]


async def test_a_job_for_later_waits(house: House, work: Work) -> None:
    await defer(house, NOTE, word="later", after_seconds=60)
    await defer(house, NOTE, word="now")
    await work()

    assert [word for word, _ in seen] == ["now"]
    assert await jobs(house) == [(NOTE, "todo", 0)]


async def test_jobs_under_one_lock_run_one_after_the_other_in_their_order(house: House, work: Work) -> None:
    for number in range(4):
        await defer(house, TURN, lock="one customer", number=number)

    while await jobs(house):
        await work()

    assert seen == [(what, number) for number in range(4) for what in ("begins", "ends")]


async def test_jobs_under_different_locks_run_side_by_side(house: House, work: Work) -> None:
    for number in range(2):
        await defer(house, MEET, lock=f"customer {number}", number=number)
    await work()

    assert sorted(seen) == [0, 1]
    assert await jobs(house) == []


async def test_what_waits_behind_a_lock_begins_as_soon_as_the_job_before_it_has_ended(house: House, work: Work) -> None:
    for number in range(3):
        await defer(house, TURN, lock="customer", number=number)
    lane = LaneWorker(Lane.BULK, house, watchdog=Watchdog("tests", still_seconds=60))
    lane.fetch_job_polling_interval = HOUR
    working = asyncio.create_task(lane.work())
    async with asyncio.timeout(20), house.database.read() as db:
        while seen[-1:] != [("ends", 2)]:
            await db.run("SELECT pg_sleep(0.01)")
    lane.end()
    await working

    assert seen == [(word, number) for number in range(3) for word in ("begins", "ends")]


async def test_a_step_of_the_queue_commits_by_itself_and_does_not_wait_for_the_disk(house: House) -> None:
    async with queue_pool(house.settings) as pool, pool.connection() as connection:
        assert connection.autocommit
        assert await (await connection.execute("SHOW synchronous_commit")).fetchone() == ("off",)
    async with house.database.write(HOUSE) as tx:
        assert await tx.value(str, "SHOW synchronous_commit") == "on"


async def test_a_job_by_the_clock_waits_only_once(house: House, work: Work) -> None:
    task = queue.tasks[TICK]
    await task.defer_async(timestamp=0)
    with pytest.raises(AlreadyEnqueued):
        await task.defer_async(timestamp=1)
    await work()

    assert seen == ["kernel"]


async def test_a_name_nobody_declared_leaves_its_job_to_be_looked_at(house: House, work: Work) -> None:
    await defer(house, UNHEARD_OF)
    await asyncio.wait_for(work(), timeout=20)

    assert await jobs(house) == [(UNHEARD_OF, "failed", 1)]


async def test_of_many_writes_one_that_fails_holds_up_no_other(house: House) -> None:
    run = JobRun(house, HOUSE, Context(), 0)
    done = []

    async def act(tx: Tx, number: int) -> None:
        if number == 1:
            await tx.value(int, "SELECT 1 / 0")
        done.append(number)

    with pytest.raises(ExceptionGroup, match="1 of 3 failed"):
        await run.each(lambda db: db.values(int, "SELECT generate_series(1, 3)::bigint"), act)

    assert done == [2, 3]


@pytest.mark.parametrize(
    ("every", "at", "first"),
    [(5, 0, 5), (15, 0, 15), (60, 0, 60), (60, 45, 45), (HOUR, 17 * 60, 17 * 60), (DAY, 3 * HOUR + 90, 3 * HOUR + 90)],
)
def test_a_job_by_the_clock_runs_as_often_as_it_says(every: int, at: int, first: int) -> None:
    runs = croniter(schedule(every, at), 0)

    assert [runs.get_next() for _ in range(3)] == [first, first + every, first + 2 * every]


@pytest.mark.parametrize(("every", "at"), [(7, 0), (120, 0), (60, 60), (15, 5), (HOUR, DAY)])
def test_what_no_cron_line_can_say_is_refused_when_it_is_declared(every: int, at: int) -> None:
    with pytest.raises(ValueError, match="no cron line"):
        schedule(every, at)
