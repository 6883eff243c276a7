"""The worker process: runs jobs until told to stop, and takes up those that a dead worker left behind.

    one process --> a house, a pool for the queue, a watchdog
                --> sending | clock | model | bulk: each lane with its own places, its own heartbeat

It never outlives its usefulness: when a lane's heartbeat can't be written, the loop stands still, or an end takes
too long, the watchdog ends it.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool

from backoffice.kernel.actor import system
from backoffice.kernel.database.batch import Connection
from backoffice.kernel.database.limits import bounded
from backoffice.kernel.database.query import Db, together
from backoffice.kernel.failures import plain
from backoffice.kernel.house import House, Opened
from backoffice.kernel.jobs import store
from backoffice.kernel.lanes import Lane, places_of, queue, queues_of
from backoffice.kernel.process import Watchdog
from backoffice.settings import Settings

log = structlog.get_logger("backoffice.jobs")
HEARTBEAT_SECONDS = 2.0
DEAD_AFTER_SECONDS = 8.0
LOOK_EVERY_SECONDS = 2.0
STILL_SECONDS = 15.0
"""How long a worker whose heartbeat can't be written goes on before it is ended."""
GRACE_SECONDS = 7.0
"""How long jobs may go on once the worker is told to stop; then they are cancelled, and run again elsewhere."""
END_WITHIN_SECONDS = 9.0
"""Below the 10 seconds that `backoffice run` waits before it kills."""
QUEUE_CONNECTIONS = 6


Beside = Callable[[House], AbstractAsyncContextManager[None]]
"""What a worker process does beside its jobs, as long as it runs."""


class LaneEnded(Exception):
    """A lane stopped by itself; the reason is in the log above."""


class LaneWorker(Worker):
    """The worker of one lane. Of all lanes one reads the clock, so that each turn is asked for once.

    When it ends, for whatever reason, the process does: the watchdog sees to it that this takes no longer than it may.
    """

    def __init__(self, lane: Lane, house: House, *, watchdog: Watchdog, opened: Opened | None = None) -> None:
        super().__init__(
            queue,
            queues=queues_of(lane),
            name=lane,
            concurrency=places_of(lane, house.settings),
            delete_jobs=procrastinate.jobs.DeleteJobCondition.SUCCESSFUL,
            additional_context={"house": house, "opened": opened},
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=DEAD_AFTER_SECONDS,
            shutdown_graceful_timeout=GRACE_SECONDS,
            fetch_job_polling_interval=2.0,
            install_signal_handlers=False,
        )
        self._lane = lane
        self._watchdog = watchdog

    async def work(self) -> None:
        await self.run()  # type: ignore[no-untyped-call]

    def end(self) -> None:
        self.stop()  # type: ignore[no-untyped-call]

    async def _persist_job_status(self, *job: Any, **ended: Any) -> None:
        """Look again once a job has ended: nobody announces what waits behind its lock."""
        await super()._persist_job_status(*job, **ended)
        self._new_job_event.set()

    async def _shutdown(self, side_tasks: list[asyncio.Task[Any]]) -> None:
        self._watchdog.end_within(END_WITHIN_SECONDS)
        await super()._shutdown(side_tasks)

    async def _periodic_deferrer(self) -> None:
        if self._lane is Lane.CLOCK:
            await super()._periodic_deferrer()  # type: ignore[no-untyped-call]
        else:
            await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def _nothing(_: House) -> AsyncIterator[None]:
    yield


async def run_worker(settings: Settings, *, opened: Opened | None = None, beside: Beside = _nothing) -> None:
    """Run jobs until SIGINT or SIGTERM. Exits with 1 when the database goes away: run it under restart."""
    watchdog = Watchdog("worker", still_seconds=STILL_SECONDS)
    working = asyncio.create_task(_work(settings, watchdog, opened=opened, beside=beside))

    def stop() -> None:
        watchdog.end_within(END_WITHIN_SECONDS)
        working.cancel()

    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop)
    try:
        await working
    except asyncio.CancelledError:
        return
    except (psycopg.OperationalError, procrastinate.exceptions.ConnectorException, LaneEnded) as lost:
        log.error("the worker lost its database", cause=plain(lost.__cause__ or lost))
    raise SystemExit(1)


async def _work(settings: Settings, watchdog: Watchdog, *, opened: Opened | None, beside: Beside) -> None:
    house = House.build(settings, database_url=settings.direct_url)
    await house.open()
    try:
        if opened:
            await opened(house)
        async with queue_pool(settings) as pool, queue.open_async(pool), beside(house):
            watchdog.start()
            lanes = [LaneWorker(lane, house, watchdog=watchdog, opened=opened) for lane in Lane]
            async with _beside(_look_for_stalled_jobs(house), _vouch(pool, lanes, watchdog)):
                await _run(lanes)
    finally:
        await house.close()


async def _run(lanes: Sequence[LaneWorker]) -> None:
    """Run until one of them ends, which none does by itself as long as all is well; then end the others."""
    running = [asyncio.create_task(lane.work()) for lane in lanes]
    try:
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for lane in lanes:
            lane.end()
        ends = await asyncio.gather(*running, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            raise end
    raise LaneEnded("a lane ended by itself")


@contextlib.asynccontextmanager
async def _beside(*watches: "asyncio._CoroutineLike[None]") -> AsyncIterator[None]:
    """Not as jobs: these could be left behind themselves, and then nobody would look."""
    looking = [asyncio.create_task(watch) for watch in watches]
    try:
        yield
    finally:
        for look in looking:
            look.cancel()
        await asyncio.gather(*looking, return_exceptions=True)


async def _look_for_stalled_jobs(house: House) -> None:
    while True:
        try:
            await take_up_stalled_jobs(house)
        except Exception as failure:
            _end_if_cancelled()
            log.warning("stalled jobs could not be looked for", cause=plain(failure))
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def _vouch(pool: AsyncConnectionPool[Connection], lanes: Sequence[LaneWorker], watchdog: Watchdog) -> None:
    """Let the watchdog rest as long as the heartbeat of every lane reaches the database."""
    while True:
        try:
            async with pool.connection() as connection:
                ids = [lane.worker_id for lane in lanes if lane.worker_id is not None]
                beating = await store.count_beating(Db(connection), worker_ids=ids, within_seconds=DEAD_AFTER_SECONDS)
            if beating == len(lanes):
                watchdog.beat()
        except Exception as failure:
            _end_if_cancelled()
            log.warning("the worker's heartbeat could not be looked for", cause=plain(failure))
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def _end_if_cancelled() -> None:
    """A dead connection may answer a cancellation with its own failure: what was asked for counts."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def take_up_stalled_jobs(house: House) -> None:
    """Queue again what a worker was doing when its heartbeat stopped: at most ten seconds after it died.

    Of several workers that look at once, one takes each job up: the others find its row changed.
    """
    async with house.database.write(system("kernel", "worker")) as tx:
        waiting, missed = await together(
            store.set_waiting_again(tx, dead_after_seconds=DEAD_AFTER_SECONDS),
            store.delete_missed_turns(tx, dead_after_seconds=DEAD_AFTER_SECONDS),
        )
    for stalled in (*waiting, *missed):
        log.warning("job taken up again", stalled_job=stalled.id, task=stalled.task_name)


async def _configure(connection: Connection) -> None:
    """Each step of the queue is one statement that commits by itself, and none waits for the disk.

    What a job wrote does wait, and takes along what the queue wrote before it. A begin or an end that is lost with the
    server's memory lets the job run once more, as it does when a worker dies between its last write and its end.
    """
    await connection.set_autocommit(True)
    await Db(connection).run("SET synchronous_commit = off")


def queue_pool(settings: Settings) -> AsyncConnectionPool[Connection]:
    """The job queue's own connections: its functions take integers of other sizes than our statements do."""
    return AsyncConnectionPool(
        bounded(settings.direct_url),
        min_size=1,
        max_size=QUEUE_CONNECTIONS,
        timeout=5.0,
        open=False,
        connection_class=Connection,
        configure=_configure,
        kwargs={"application_name": "backoffice jobs"},
    )
