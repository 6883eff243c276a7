"""Working through bulk acts."""

from functools import partial
from uuid import UUID

from backoffice.kernel.bulk import work_through
from backoffice.kernel.jobs.queue import JobRun, job
from backoffice.kernel.task import ATTEMPTS, carry_out
from backoffice.marketplace.bulk import rules
from backoffice.marketplace.bulk.acting import ACTS


@job(rules.RUN_BULK, attempts=ATTEMPTS)
async def run_bulk(run: JobRun, *, task_id: str) -> None:
    """Do what is left to be done of this task, row by row, and write the file of what became of them."""
    await carry_out(run, UUID(task_id), work=partial(work_through, acts=ACTS))
