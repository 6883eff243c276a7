"""Writing customers and bookings out, as whoever asked may see them at that moment."""

from functools import partial
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from backoffice.kernel.export import Export, Wanted, write_out
from backoffice.kernel.identity.roles import permissions_now
from backoffice.kernel.jobs.queue import JobRun, job
from backoffice.kernel.task import ATTEMPTS, Made, Working, carry_out
from backoffice.marketplace.export import booked, rules, store
from backoffice.marketplace.export.rules import cells_of
from backoffice.marketplace.export.schemas import BookingsExportIn, ExportIn
from backoffice.marketplace.permissions import BOOK, Market


@job(rules.EXPORT_USERS, attempts=ATTEMPTS)
async def export_users(run: JobRun, *, task_id: str) -> None:
    """Write the file of this task."""
    await carry_out(run, UUID(task_id), work=write_users)


@job(rules.EXPORT_BOOKINGS, attempts=ATTEMPTS)
async def export_bookings(run: JobRun, *, task_id: str) -> None:
    """Write the file of this task."""
    await carry_out(run, UUID(task_id), work=write_bookings)


async def write_users(working: Working) -> Made:
    """All customers under the filters. Whoever lost the permission meanwhile gets none: MayNotExport."""
    wanted = ExportIn.model_validate(_asked(working, ExportIn))
    is_masked = await _is_masked(working, Market.USERS_LIST)
    shown = wanted.filters.shown
    export = Export(
        name="users",
        columns=[field.value for field in wanted.fields],
        count=partial(store.count_users, shown=shown),
        rows=partial(store.stream_users, shown=shown),
        cells=cells_of(wanted.fields, is_masked=is_masked),
    )
    return await write_out(working, export, wanted=Wanted(wanted.format, with_mark=wanted.bom))


async def write_bookings(working: Working) -> Made:
    """All bookings under the filters, in the order in which they were made. MayNotExport, as above."""
    wanted = BookingsExportIn.model_validate(_asked(working, BookingsExportIn))
    is_masked = await _is_masked(working, Market.BOOKINGS_LIST)
    shown = wanted.filters.shown
    export = Export(
        name="bookings",
        columns=[field.value for field in wanted.fields],
        count=partial(booked.count_bookings, shown=shown),
        rows=partial(booked.stream_bookings, shown=shown),
        cells=cells_of(wanted.fields, is_masked=is_masked),
    )
    return await write_out(working, export, wanted=Wanted(wanted.format, with_mark=wanted.bom))


def _asked(working: Working, form: type[BaseModel]) -> dict[str, Any]:
    return {name: value for name, value in working.task.metadata.items() if name in form.model_fields}


async def _is_masked(working: Working, permission: Market) -> bool:
    """Whether personal columns are masked for whoever asked, by what they may now."""
    async with working.run.read() as db:
        permissions = await permissions_now(db, working.task.creator_id, book=BOOK)
    if permission not in permissions:
        raise rules.MayNotExport
    return bool(working.task.metadata["masked"]) or Market.USERS_VIEW_PII not in permissions
