"""What takes too long to be measured while somebody waits for the health door."""

from datetime import UTC, datetime, timedelta

from backoffice.kernel.health import rules, store
from backoffice.kernel.jobs.queue import MINUTE, JobRun, periodic
from backoffice.kernel.lanes import Lane

AGAIN_AFTER = timedelta(hours=1)


@periodic("kernel.measure_files", every_seconds=MINUTE, at_second=41, lane=Lane.BULK)
async def measure_files(run: JobRun) -> None:
    """Add up the sizes of all files, once an hour. It looks every minute, so that a new house need not wait so long."""
    async with run.read() as db:
        before = await store.find_measured(db, rules.FILE_BYTES)
    if before is not None and datetime.now(UTC) - before.measured_at < AGAIN_AFTER:
        return
    total = await run.house.files.total_bytes()
    async with run.write() as tx:
        await store.set_measured(tx, rules.FILE_BYTES, amount=total)
