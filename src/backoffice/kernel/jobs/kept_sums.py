"""Folding kept sums: every write appends its differences, and this job joins those with the same keys."""

from backoffice.kernel.database.query import Query
from backoffice.kernel.jobs.queue import JobRun, periodic
from backoffice.kernel.write import Tx


@periodic("kernel.fold_kept_sums", every_seconds=5)
async def fold_kept_sums(run: JobRun) -> None:
    async with run.write() as tx:
        await fold(tx)


def fold(tx: Tx) -> Query[list[int]]:
    """Fold every sum that a migration declared by `kernel.tally` or `kernel.keep_sums`. The rows written for each."""
    return tx.values(int, "SELECT kernel.fold_sums(k) FROM kernel.kept_sum k")
