"""The worker process: runs jobs until told to stop, and takes up those that a dead worker left behind."""

import asyncio
import contextlib
import signal

import procrastinate
import structlog
from psycopg_pool import AsyncConnectionPool

from backoffice.kernel.house import House
from backoffice.kernel.jobs.app import queue
from backoffice.kernel.jobs.queue import JobRun, periodic
from backoffice.settings import Settings

log = structlog.get_logger("backoffice.jobs")
HEARTBEAT_SECONDS = 5.0
DEAD_AFTER_SECONDS = 20.0
GRACE_SECONDS = 8.0


@periodic("kernel.take_up_stalled_jobs", cron="* * * * * */10")
async def take_up_stalled_jobs(run: JobRun) -> None:
    """Queue again what a worker was doing when its heartbeat stopped: at most 40 seconds after it died."""
    for stalled in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
        log.warning("job taken up again", stalled_job=stalled.id, task=stalled.task_name)
        await queue.job_manager.retry_job(stalled)


class WorkerStopped(Exception):
    """The worker ended by itself; whoever runs it starts it again."""


async def run_worker(settings: Settings) -> None:
    """Run jobs until SIGINT or SIGTERM. Ends with an error when the database goes away: run it under restart."""
    working = asyncio.create_task(_work(settings))
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, working.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await working
        raise WorkerStopped("the worker lost its database")


async def _work(settings: Settings) -> None:
    house = House.build(settings, database_url=settings.direct_url)
    await house.open()
    try:
        async with queue_pool(settings) as pool, queue.open_async(pool):
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


def queue_pool(settings: Settings) -> AsyncConnectionPool:
    """The job queue's own connections: its functions take integers of other sizes than our statements do."""
    return AsyncConnectionPool(
        settings.direct_url,
        min_size=1,
        max_size=settings.worker_concurrency + 2,
        open=False,
        kwargs={"application_name": "backoffice jobs"},
    )
