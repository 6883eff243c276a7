"""Bulk acts: what a door does to one row, done to many by a job, each row by itself.

    SUSPEND = BulkAct("users.suspend", permission=..., params=SuspendIn, act=suspend, foresee=..., undo=reactivate)
    ACTS = Acts([SUSPEND, ...], book=BOOK, code_of=code_of)

    await foresee(db, ids, params, act=SUSPEND, acts=ACTS)                       before: how many would, why others not
    task_id = await start(tx, Selection(ids), Wanted(SUSPEND, params, ...))      in an action

    @job(rules.RUN_BULK, attempts=ATTEMPTS)                                       in jobs.py
    async def run_bulk(run: JobRun, *, task_id: str) -> None:
        await carry_out(run, UUID(task_id), work=partial(work_through, acts=ACTS))

The rows are chosen when it starts, ten thousand at most. Each is changed by the action of its own door, as whoever
started it: their permission is asked again for each row, and once it is gone the rest stays as it is. A row that
refuses stops no other. What was done is taken back once, where the act has an opposite and the row is still as it was
left.

Audited: bulk.started, bulk.undo_started; each row as its own door audits it.
"""

from backoffice.kernel.bulk.act import Acts, BulkAct, Kept, One, Refused
from backoffice.kernel.bulk.actions import Selection, Wanted, start, start_undo
from backoffice.kernel.bulk.foreseeing import Foreseen, foresee
from backoffice.kernel.bulk.rules import BulkStart, ChangedSince, Outcome
from backoffice.kernel.bulk.running import work_through

__all__ = [
    "Acts",
    "BulkAct",
    "BulkStart",
    "ChangedSince",
    "Foreseen",
    "Kept",
    "One",
    "Outcome",
    "Refused",
    "Selection",
    "Wanted",
    "foresee",
    "start",
    "start_undo",
    "work_through",
]
