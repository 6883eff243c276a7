"""Starting a bulk act on what a selection names, and taking one back."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from backoffice.kernel import bulk, task
from backoffice.kernel.bulk import Selection
from backoffice.kernel.export import Format
from backoffice.kernel.write import Tx
from backoffice.marketplace.bulk import rules
from backoffice.marketplace.bulk.acting import ACTS
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.task import rules as task_rules


def read_act(do: Any) -> tuple[bulk.BulkAct[Any], BaseModel]:
    """The act that a body names, and what it says of it."""
    act = ACTS.named(do.act)
    return act, act.params.model_validate(do.model_dump(exclude={"act"}))


async def start(tx: Tx, selection: Selection, do: Any, *, form: Format, opens: Market) -> UUID:
    """ExpectedCountMissing, and what the kernel refuses of a selection."""
    if selection.expected is None and (selection.said or {}).get("selected_by") == "filter":
        raise rules.ExpectedCountMissing
    act, params = read_act(do)
    wanted = bulk.Wanted(act, params, job=rules.RUN_BULK, form=form, opens=frozenset({opens}))
    return await bulk.start(tx, selection, wanted)


async def undo(tx: Tx, job_id: UUID) -> UUID:
    """One's own, or anybody's with jobs:view_all. JobNotFound, NotYourJob, and what the kernel refuses of it."""
    held = await task.hold(tx, job_id, missing=task_rules.not_found(job_id))
    task_rules.check_may(tx.actor, held.creator_id, permission=Market.JOBS_VIEW_ALL)
    return await bulk.start_undo(tx, held, acts=ACTS, job=rules.RUN_BULK)
