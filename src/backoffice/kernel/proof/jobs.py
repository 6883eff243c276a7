"""The sealing of the audit log, the counting of its days and the making of its months, by the clock."""

import asyncio
from datetime import UTC, datetime, timedelta

from backoffice.kernel.audit import store as audit_store
from backoffice.kernel.jobs.queue import DAY, HOUR, JobRun, periodic
from backoffice.kernel.lanes import Lane
from backoffice.kernel.proof import cut_store, store
from backoffice.kernel.proof.seal import MOST_ENTRIES, SEALS_FILE, seal_entries, write_outside

SEALS_AT_ONCE = 1_000
MONTHS_AHEAD = 3


@periodic("kernel.seal_audit", every_seconds=10)
async def seal_audit(run: JobRun) -> None:
    """Every entry is sealed about ten seconds after its transaction, and every seal is written outside the database."""
    while True:
        async with run.write() as tx:
            seal = await seal_entries(tx)
        await write_unwritten(run)
        if seal is None or seal.entries < MOST_ENTRIES:
            return


async def write_unwritten(run: JobRun) -> None:
    """Write outside what is not there yet, oldest first: also what a worker could not write whose disk was full.

    A line may come twice, after a crash in between, and never not at all.
    """
    seals_file = run.house.settings.data_folder / SEALS_FILE
    while True:
        async with run.read() as db:
            seals = await store.list_unwritten(db, most=SEALS_AT_ONCE)
        if not seals:
            return
        await asyncio.to_thread(write_outside, seals_file, seals)
        async with run.write() as tx:
            await store.set_written(tx, [seal.number for seal in seals])


@periodic("kernel.count_audit_days", every_seconds=HOUR, lane=Lane.BULK)
async def count_audit_days(run: JobRun) -> None:
    """Count each day that has been over for an hour, so that no list has to count it again."""
    before = (datetime.now(UTC) - timedelta(hours=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    counted = 1
    while counted:
        async with run.write() as tx:
            counted = await audit_store.count_days(tx, before=before)


@periodic("kernel.make_audit_months", every_seconds=DAY, lane=Lane.BULK)
async def make_audit_months(run: JobRun) -> None:
    """The parts that entries of the next months will lie in."""
    async with run.write() as tx:
        await cut_store.make_months(tx, ahead=MONTHS_AHEAD)
