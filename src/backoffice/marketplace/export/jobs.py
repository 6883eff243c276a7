"""Writing customers out, as whoever asked may see them at that moment."""

from functools import partial
from uuid import UUID

from backoffice.kernel.export import Export, Wanted, write_out
from backoffice.kernel.identity.roles import permissions_now
from backoffice.kernel.jobs.queue import JobRun, job
from backoffice.kernel.task import ATTEMPTS, Made, Working, carry_out
from backoffice.marketplace.export import rules, store
from backoffice.marketplace.export.rules import cells_of
from backoffice.marketplace.export.schemas import ExportIn
from backoffice.marketplace.permissions import BOOK, Market


@job(rules.EXPORT_USERS, attempts=ATTEMPTS)
async def export_users(run: JobRun, *, task_id: str) -> None:
    """Write the file of this task."""
    await carry_out(run, UUID(task_id), work=write_users)


async def write_users(working: Working) -> Made:
    """All customers under the filters. Whoever lost the permission meanwhile gets none: MayNotExport."""
    asked = {name: value for name, value in working.task.metadata.items() if name in ExportIn.model_fields}
    wanted = ExportIn.model_validate(asked)
    async with working.run.read() as db:
        permissions = await permissions_now(db, working.task.creator_id, book=BOOK)
    if Market.USERS_LIST not in permissions:
        raise rules.MayNotExport
    is_masked = working.task.metadata["masked"] or Market.USERS_VIEW_PII not in permissions
    shown = wanted.filters.shown
    export = Export(
        name="users",
        columns=[field.value for field in wanted.fields],
        count=partial(store.count_users, shown=shown),
        rows=partial(store.stream_users, shown=shown),
        cells=cells_of(wanted.fields, is_masked=is_masked),
    )
    return await write_out(working, export, wanted=Wanted(wanted.format, with_mark=wanted.bom))
