"""A worker as a process of its own, with a task that keeps its file and then waits at a gate. Run with `python -m`."""

import asyncio
import io
from uuid import UUID

from backoffice.kernel.jobs.queue import JobRun, job
from backoffice.kernel.jobs.worker import run_worker
from backoffice.kernel.lanes import JobName, Lane
from backoffice.kernel.task import ATTEMPTS, Made, Working, carry_out
from backoffice.settings import Settings

KEEP_AND_WAIT = JobName("shield.keep_and_wait", Lane.BULK)
GATE = 4344


@job(KEEP_AND_WAIT, attempts=ATTEMPTS)
async def keep_and_wait(run: JobRun, *, task_id: str) -> None:
    await carry_out(run, UUID(task_id), work=work)


async def work(working: Working) -> Made:
    working.rows = 1
    made = await working.keep(io.BytesIO(b"id\n1\n"), name="trial.csv", content_type="text/csv")
    async with working.run.read() as db:
        await db.run("SELECT pg_advisory_xact_lock(%(gate)s)", gate=GATE)
    return made


if __name__ == "__main__":
    asyncio.run(run_worker(Settings(_env_file=None)))
