"""A worker as a process of its own, with a bulk act that stops at a gate within a row. Run with `python -m`."""

import asyncio
from functools import partial
from uuid import UUID

from backoffice.kernel.bulk import Kept, One, work_through
from backoffice.kernel.jobs.queue import JobRun, job
from backoffice.kernel.jobs.worker import run_worker
from backoffice.kernel.task import ATTEMPTS, carry_out
from backoffice.kernel.write import Tx
from backoffice.settings import Settings
from tests.kernel.bulk.conftest import RUN, Params, acts_of, do

GATE = 4345


@job(RUN, attempts=ATTEMPTS)
async def run_trial_bulk(run: JobRun, *, task_id: str) -> None:
    await carry_out(run, UUID(task_id), work=partial(work_through, acts=acts_of(do_at_the_gate)))


async def do_at_the_gate(tx: Tx, one: One[Params]) -> Kept | None:
    kept = await do(tx, one)
    if one.subject == "gate":
        await tx.run("SELECT pg_advisory_xact_lock(%(gate)s)", gate=GATE)
    return kept


if __name__ == "__main__":
    asyncio.run(run_worker(Settings(_env_file=None)))
