"""Folding kept sums: every write appends its differences, and this job joins those with the same keys."""

from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.jobs.queue import JobRun, periodic
from backoffice.kernel.write import Tx


@periodic("kernel.fold_kept_sums", every_seconds=5)
async def fold_kept_sums(run: JobRun) -> None:
    """Fold every sum that a migration declared by `kernel.tally` or `kernel.keep_sums`, each in a write of its own."""
    await run.each(list_sums, fold)


def list_sums(db: Db) -> Query[list[str]]:
    """The tables to which writes append differences."""
    return db.values(str, "SELECT differences FROM kernel.kept_sum ORDER BY differences")


def fold(tx: Tx, differences: str) -> Query[int]:
    """Fold one of them. How many rows were written."""
    return tx.value(
        int,
        "SELECT kernel.fold_sums(k) FROM kernel.kept_sum k WHERE k.differences = %(differences)s",
        differences=differences,
    )
