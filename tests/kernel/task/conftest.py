"""A task and whoever works on it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.database import Db
from backoffice.kernel.errors import NotFound
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.task import NewTask, TaskRow, begin, cancel, get_task, hold

KEEPER = system("shield", "tests")


@dataclass
class Tasks:
    """What a test does with tasks, and what it finds of them."""

    house: House

    def run(self, attempt: int = 0) -> JobRun:
        return JobRun(self.house, KEEPER, Context(request_id="job-7"), attempt)

    async def new(self, kind: str = "trial") -> UUID:
        async with self.house.database.write(KEEPER) as tx:
            tx.record("task asked for", kind)
            return await begin(tx, NewTask(kind, {"format": "csv"}))

    async def cancel(self, task_id: UUID) -> None:
        async with self.house.database.write(KEEPER) as tx:
            await cancel(tx, await hold(tx, task_id, missing=NotFound()), reason="no longer needed")

    async def find(self, task_id: UUID) -> TaskRow:
        async with self.house.database.read() as db:
            return await get_task(db, task_id, product=KEEPER.product, missing=NotFound())

    async def look(self, find: Callable[[Db], Awaitable[Any]]) -> Any:
        async with self.house.database.read() as db:
            return await find(db)

    async def change(self, sql: Any, **params: Any) -> None:
        """Past all rules."""
        async with self.house.database.write(KEEPER) as tx:
            tx.record("made", "for a test")
            await tx.run(sql, **params)

    def files(self) -> list[str]:
        """The names of all files that are kept."""
        folder = self.house.settings.data_folder / "files"
        return sorted(file.name for file in folder.rglob("*") if file.is_file())


@pytest.fixture
def tasks(house: House) -> Tasks:
    return Tasks(house)
