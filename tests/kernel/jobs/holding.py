"""A worker as a process of its own, with a job that waits at a gate inside its write. Run with `python -m`."""

import asyncio

from backoffice.kernel.jobs.queue import JobRun, job
from backoffice.kernel.jobs.worker import run_worker
from backoffice.kernel.lanes import JobName, Lane
from backoffice.settings import Settings

HOLD_ON = JobName("helpdesk.hold_on", Lane.SENDING)
GATE = 4343


@job(HOLD_ON)
async def hold_on(run: JobRun, *, phone: str) -> None:
    """Write a customer down, once whoever holds the gate lets go."""
    async with run.write() as tx:
        await tx.run("SELECT pg_advisory_xact_lock(%(gate)s)", gate=GATE)
        await tx.run("INSERT INTO helpdesk.whatsapp_user (phone) VALUES (%(phone)s)", phone=phone)
        tx.record("customer seen", phone)


if __name__ == "__main__":
    asyncio.run(run_worker(Settings(_env_file=None)))
