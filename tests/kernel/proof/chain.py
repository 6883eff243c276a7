"""Working on the audit chain in tests: recording, sealing, checking."""

from pathlib import Path
from typing import Any

from backoffice.kernel.actor import Context, system
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.proof.jobs import seal_audit
from backoffice.kernel.proof.seal import SEALS_FILE, seal_entries
from backoffice.kernel.proof.store import UnwrittenRow
from backoffice.kernel.proof.verify import Report, verify

KEEPER = system("helpdesk", "tests")


class Recorded(Act):
    DONE = "test.done"


async def audit(house: House, *subjects: object, **facts: Any) -> None:
    """One write with an entry about each subject."""
    async with house.database.write(KEEPER) as tx:
        for subject in subjects:
            tx.audit(Recorded.DONE, subject, **facts)


async def seal(house: House, *, most: int = 10_000) -> UnwrittenRow | None:
    async with house.database.write(KEEPER) as tx:
        return await seal_entries(tx, most=most)


async def check(house: House, *seals_files: Path) -> Report:
    """Without a file the chain alone."""
    async with house.database.read() as db:
        return await verify(db, seals_files=seals_files or None)


async def rows_of(house: House, sql: Any) -> list[tuple[Any, ...]]:
    async with house.database.read() as db:
        return await (await db.connection.execute(sql)).fetchall()


async def run_sealing(house: House) -> Path:
    await seal_audit(JobRun(house, system("kernel", "seal"), Context(), 0))
    return house.settings.data_folder / SEALS_FILE
