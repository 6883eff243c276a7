"""The worker process: runs jobs until told to stop, and takes up those that a dead worker left behind."""

import procrastinate
import structlog

from backoffice.kernel.house import House
from backoffice.kernel.jobs.app import queue
from backoffice.kernel.jobs.queue import JobRun, periodic

log = structlog.get_logger("backoffice.jobs")
HEARTBEAT_SECONDS = 5.0
DEAD_AFTER_SECONDS = 20.0
GRACE_SECONDS = 10.0


@periodic("kernel.take_up_stalled_jobs", cron="* * * * * */10")
async def take_up_stalled_jobs(run: JobRun) -> None:
    """Queue again what a worker was doing when its heartbeat stopped: at most 40 seconds after it died."""
    for stalled in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
        log.warning("job taken up again", stalled_job=stalled.id, task=stalled.task_name)
        await queue.job_manager.retry_job(stalled)


async def work(house: House) -> None:
    """Run jobs on this house's database until SIGINT or SIGTERM."""
    async with queue.open_async(house.database.pool):
        await queue.run_worker_async(
            concurrency=house.settings.worker_concurrency,
            delete_jobs=procrastinate.jobs.DeleteJobCondition.SUCCESSFUL,
            additional_context={"house": house},
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=DEAD_AFTER_SECONDS,
            shutdown_graceful_timeout=GRACE_SECONDS,
            fetch_job_polling_interval=2.0,
        )
