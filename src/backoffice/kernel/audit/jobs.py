"""The sealing of the audit log and the folding of its totals, by the clock."""

import asyncio

from backoffice.kernel.audit import store
from backoffice.kernel.audit.seal import MOST_ENTRIES, SEALS_FILE, seal_entries, write_outside
from backoffice.kernel.jobs.queue import JobRun, folding, periodic


@periodic("kernel.seal_audit", every_seconds=10)
async def seal_audit(run: JobRun) -> None:
    """Every entry is sealed about ten seconds after its transaction, and every seal is written outside the database."""
    seals_file = run.house.settings.data_folder / SEALS_FILE
    while True:
        async with run.write() as tx:
            seal = await seal_entries(tx)
        if seal is None:
            return
        await asyncio.to_thread(write_outside, seals_file, seal)
        if seal.entries < MOST_ENTRIES:
            return


fold_audit_tally = folding("kernel.fold_audit_tally", store.fold_tally, every_seconds=5)
