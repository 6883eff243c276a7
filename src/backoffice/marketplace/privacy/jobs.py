"""Files of whoever was forgotten leave the place where files lie."""

from backoffice.kernel.jobs.queue import JobRun, job
from backoffice.marketplace.privacy import rules


@job(rules.DELETE_EVIDENCE, attempts=50)
async def delete_evidence(run: JobRun, *, file_ids: list[str]) -> None:
    """Run again it finds those gone that it deleted before."""
    for file_id in file_ids:
        await run.house.files.delete(file_id)
