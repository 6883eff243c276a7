"""Working through a bulk act, row by row, each in a write of its own that also says what became of it.

So a worker that dies leaves no row done and not noted, or noted and not done: the next one goes on with those that
wait. Each write holds the row and, shared, its task: once the task is cancelled or somebody else's, no row changes.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg import errors

from backoffice.kernel.actor import Actor, ActorKind
from backoffice.kernel.bulk import rules, store
from backoffice.kernel.bulk.act import Acts, BulkAct, One
from backoffice.kernel.bulk.rules import Outcome
from backoffice.kernel.bulk.store import BulkRow, EndedRow, WaitingRow
from backoffice.kernel.database import together
from backoffice.kernel.errors import Refusal, Unavailable
from backoffice.kernel.export import Export, Wanted, write_out
from backoffice.kernel.failures import plain
from backoffice.kernel.task import Made, Working
from backoffice.kernel.task.rules import InternalError
from backoffice.kernel.task.running import NotOurs
from backoffice.kernel.write import Tx

COLUMNS = ("id", "outcome", "code", "message")
HELD = (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected)
TRIES_WHEN_HELD = 3
log = structlog.get_logger("backoffice.bulk")


@dataclass(frozen=True, slots=True)
class _Doing:
    working: Working
    bulk: BulkRow
    act: BulkAct[Any]
    acts: Acts


async def work_through(working: Working, *, acts: Acts) -> Made:
    """Every row that waits, then the file of all: a line each. PermissionLost, NothingLeft, WordsForgotten."""
    bulk = await _bulk_of(working)
    doing = _Doing(working, bulk, acts.named(bulk.act), acts)
    async with working.run.read() as db:
        counts = await store.count_outcomes(db, bulk.task_id)
    working.total = sum(counts.values())
    working.rows = working.total - rules.waiting_of(counts)
    while rows := await _waiting(working):
        for row in rows:
            await _end_row(doing, row)
            working.rows += 1
    return await _write_file(doing)


async def _bulk_of(working: Working) -> BulkRow:
    """The task's bulk act; a retry takes over what the task before it left."""
    async with working.run.read() as db:
        found = await store.find_bulk(db, working.task.id)
    if found is not None:
        return found
    before = UUID(working.task.metadata.get("retry_of", str(UUID(int=0))))
    async with working.run.write() as tx:
        bulk = await store.find_bulk(tx, before)
        if bulk is None:
            raise rules.NothingLeft
        if bulk.params is None:
            raise rules.WordsForgotten
        taken = BulkRow(working.task.id, bulk.act, bulk.params, bulk.file_format, bulk.undo_of, None)
        await store.insert_bulk(tx, taken)
        if await store.copy_left(tx, before, into=taken.task_id) == 0:
            raise rules.NothingLeft
        tx.record("bulk act taken over", taken.task_id)
    return taken


async def _waiting(working: Working) -> list[WaitingRow]:
    async with working.run.read() as db:
        return await store.list_waiting(db, working.task.id)


async def _end_row(doing: _Doing, row: WaitingRow) -> None:
    """Do it, or note why not. What is away for a moment is raised, and tried again with the whole task."""
    try:
        await _do_unless_held(doing, row)
    except (NotOurs, rules.PermissionLost, Unavailable, psycopg.OperationalError):
        raise
    except rules.RowHeld as held:
        await _note(doing, row, Outcome.FAILED, held)
    except Refusal as refusal:
        await _note(doing, row, Outcome.REFUSED, refusal)
    except Exception as failure:
        log.error("bulk row failed", task=str(doing.bulk.task_id), row=row.id, cause=plain(failure), exc_info=failure)
        unexpected = InternalError(request_id=doing.working.run.context.request_id)
        await _note(doing, row, Outcome.FAILED, unexpected)


async def _do_unless_held(doing: _Doing, row: WaitingRow) -> None:
    """RowHeld when others keep what it needs, each time for as long as a write waits at most: the next ones go on."""
    for _ in range(TRIES_WHEN_HELD):
        with suppress(*HELD):
            return await _do(doing, row)
    raise rules.RowHeld


async def _do(doing: _Doing, row: WaitingRow) -> None:
    """As whoever started it, with what they may do at this moment. PermissionLost, and what the act refuses."""
    run, task = doing.working.run, doing.working.task
    nobody_yet = Actor(ActorKind.STAFF, task.creator_id or 0, "", task.product)
    async with run.house.database.write(nobody_yet, run.context) as tx:
        claimed, person = await together(
            store.claim_row(tx, row.id, at_try=task.tries),
            store.find_person(tx, task.creator_id, product=task.product),
        )
        if claimed is None:
            raise NotOurs
        permissions = doing.acts.book.held_by(person.role, person.permissions) if person else frozenset()
        if person is None or doing.act.permission not in permissions:
            raise rules.PermissionLost(required_permission=doing.act.permission)
        tx.actor = Actor(
            ActorKind.STAFF, nobody_yet.id, person.username, task.product, person.role, frozenset(permissions)
        )
        kept = await _act_of(doing, row)(tx)
        await tx.ready()
        tx.send_ahead(store.set_done(tx, row.id, kept=kept))


def _act_of(doing: _Doing, row: WaitingRow) -> Callable[[Tx], Awaitable[Any]]:
    """What is done to the row: the act, or its opposite."""
    if doing.bulk.undo_of is None:
        params = doing.act.params.model_validate(doing.bulk.params)
        return partial(_forward, doing.act, One(row.subject, params, doing.working.run.house))
    return partial(_back, doing.act, row)


async def _forward(act: BulkAct[Any], one: One[Any], tx: Tx) -> Any:
    return await act.act(tx, one)


async def _back(act: BulkAct[Any], row: WaitingRow, tx: Tx) -> None:
    if act.undo is None or row.kept is None:
        raise rules.NoInverse
    await act.undo(tx, row.subject, row.kept)


async def _note(doing: _Doing, row: WaitingRow, outcome: Outcome, refusal: Refusal) -> None:
    async with doing.working.run.write() as tx:
        if await store.claim_row(tx, row.id, at_try=doing.working.task.tries) is None:
            raise NotOurs
        code = doing.acts.code_of(refusal)
        await store.set_not_done(tx, row.id, outcome, code=code, message=refusal.sentence)
        tx.record("bulk row not done", row.id)


async def _write_file(doing: _Doing) -> Made:
    """Its rows are counted anew while they are written."""
    bulk = doing.bulk
    export: Export[EndedRow] = Export(
        name=bulk.act.replace(".", "-"),
        columns=COLUMNS,
        count=partial(store.count_rows, task_id=bulk.task_id),
        rows=partial(store.stream_rows, task_id=bulk.task_id),
        cells=lambda row: (row.id, row.outcome, row.code, row.message),
    )
    doing.working.rows = 0
    return await write_out(doing.working, export, wanted=Wanted(bulk.file_format))
