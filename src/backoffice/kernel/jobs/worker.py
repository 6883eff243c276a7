"""The worker process: runs jobs until told to stop, and takes up those that a dead worker left behind."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator

import procrastinate
import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool

from backoffice.kernel.actor import system
from backoffice.kernel.database.query import together
from backoffice.kernel.house import House
from backoffice.kernel.jobs import store
from backoffice.kernel.jobs.app import queue
from backoffice.settings import Settings

log = structlog.get_logger("backoffice.jobs")
HEARTBEAT_SECONDS = 2.0
DEAD_AFTER_SECONDS = 8.0
LOOK_EVERY_SECONDS = 2.0
GRACE_SECONDS = 8.0


async def run_worker(settings: Settings) -> None:
    """Run jobs until SIGINT or SIGTERM. Exits with 1 when the database goes away: run it under restart."""
    working = asyncio.create_task(_work(settings))
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, working.cancel)
    cause = ""
    try:
        await working
    except asyncio.CancelledError:
        return
    except (psycopg.OperationalError, procrastinate.exceptions.ConnectorException) as lost:
        cause = str(lost.__cause__ or lost)
    log.error("the worker lost its database", cause=cause)
    raise SystemExit(1)


async def _work(settings: Settings) -> None:
    house = House.build(settings, database_url=settings.direct_url)
    await house.open()
    try:
        async with queue_pool(settings) as pool, queue.open_async(pool), _taking_up_stalled_jobs(house):
            await queue.run_worker_async(
                concurrency=settings.worker_concurrency,
                delete_jobs=procrastinate.jobs.DeleteJobCondition.SUCCESSFUL,
                additional_context={"house": house},
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=DEAD_AFTER_SECONDS,
                shutdown_graceful_timeout=GRACE_SECONDS,
                fetch_job_polling_interval=2.0,
                install_signal_handlers=False,
            )
    finally:
        await house.close()


@contextlib.asynccontextmanager
async def _taking_up_stalled_jobs(house: House) -> AsyncIterator[None]:
    """Every worker looks, beside its jobs: as a job this could be left behind itself, and then nobody would look."""
    looking = asyncio.create_task(_look_again_and_again(house))
    try:
        yield
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking


async def _look_again_and_again(house: House) -> None:
    while True:
        try:
            await take_up_stalled_jobs(house)
        except Exception as failure:
            log.warning("stalled jobs could not be looked for", cause=repr(failure))
        await asyncio.sleep(LOOK_EVERY_SECONDS)


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


def queue_pool(settings: Settings) -> AsyncConnectionPool:
    """The job queue's own connections: its functions take integers of other sizes than our statements do."""
    return AsyncConnectionPool(
        settings.direct_url,
        min_size=1,
        max_size=settings.worker_concurrency + 2,
        open=False,
        kwargs={"application_name": "backoffice jobs"},
    )
