"""Starting a bulk act, and starting to take one back. Its rows are chosen now; a job changes them one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from backoffice.kernel.bulk import rules, store
from backoffice.kernel.bulk.act import Acts, BulkAct
from backoffice.kernel.bulk.rules import BulkStart
from backoffice.kernel.bulk.store import BulkRow
from backoffice.kernel.export import Format
from backoffice.kernel.lanes import JobName
from backoffice.kernel.task import HeldRow, NewTask, begin
from backoffice.kernel.task.rules import ENDED
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows, each once. `expected` is how many of them somebody saw; `said` is how they were chosen, as shown."""

    subjects: Sequence[str]
    expected: int | None = None
    said: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """`job` works through it, and `opens` are the permissions that reading its file asks for."""

    act: BulkAct[Any]
    params: BaseModel
    job: JobName
    form: Format
    opens: frozenset[str]


async def start(tx: Tx, selection: Selection, wanted: Wanted) -> UUID:
    """The task of the bulk act. MayNotDo, NothingSelected, TooManySelected, SelectionChanged."""
    _require(tx, wanted.act)
    subjects = list(dict.fromkeys(selection.subjects))
    rules.check_size(len(subjects), expected=selection.expected)
    asked = {"act": wanted.act.name, "format": wanted.form, "total": len(subjects), **(selection.said or {})}
    task_id = await begin(tx, NewTask(rules.TYPE, asked, job=wanted.job, opens=wanted.opens))
    params = wanted.params.model_dump(mode="json")
    await store.insert_bulk(tx, BulkRow(task_id, wanted.act.name, params, wanted.form, None, None))
    await store.insert_rows(tx, task_id, subjects)
    tx.audit(BulkStart.STARTED, task_id, after=asked)
    return task_id


async def start_undo(tx: Tx, held: HeldRow, *, acts: Acts, job: JobName) -> UUID:
    """A task that takes back what a bulk act that has ended did, once. BulkNotFound, MayNotDo, CannotUndo."""
    bulk = await store.find_bulk(tx, held.id)
    if bulk is None:
        raise rules.BulkNotFound(job_id=str(held.id))
    act = acts.named(bulk.act)
    _require(tx, act)
    _check_may_undo(held, bulk, act)
    asked = {"act": act.name, "format": bulk.file_format, "undo_of": str(held.id)}
    task_id = await begin(tx, NewTask(rules.TYPE, asked, job=job, opens=frozenset(held.opens)))
    await store.insert_bulk(tx, BulkRow(task_id, act.name, {}, bulk.file_format, held.id, None))
    total = await store.copy_done(tx, held.id, into=task_id)
    if total == 0:
        raise rules.CannotUndo(because="it changed nothing")
    await store.set_undone(tx, held.id, task_id)
    tx.audit(BulkStart.UNDO_STARTED, task_id, after={**asked, "total": total})
    return task_id


def _require(tx: Tx, act: BulkAct[Any]) -> None:
    if not tx.actor.can(act.permission):
        raise rules.MayNotDo(required_permission=act.permission)


def _check_may_undo(held: HeldRow, bulk: BulkRow, act: BulkAct[Any]) -> None:
    if act.undo is None or bulk.undo_of is not None:
        raise rules.CannotUndo(because="there is no act that is its opposite")
    if held.status not in ENDED:
        raise rules.CannotUndo(because="it has not ended; cancel it first")
    if bulk.undone_as is not None:
        raise rules.CannotUndo(because="it was taken back already", undone_as=str(bulk.undone_as))
