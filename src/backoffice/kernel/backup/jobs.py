"""Making backups that somebody asked for or that are due, shipping the log, clearing away. All of it in threads."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import psycopg
import structlog

from backoffice.kernel.backup import rules, store
from backoffice.kernel.backup.keeping import clear_away
from backoffice.kernel.backup.making import Order, make
from backoffice.kernel.backup.rules import BackupUnderWay, Kind
from backoffice.kernel.backup.shelf import Shelf
from backoffice.kernel.backup.shipping import ship
from backoffice.kernel.backup.source import Source, Watch, nature_of
from backoffice.kernel.backup.store import StateRow
from backoffice.kernel.errors import Refusal
from backoffice.kernel.failures import plain
from backoffice.kernel.jobs.queue import HOUR, MINUTE, JobRun, job, periodic
from backoffice.kernel.lanes import Lane
from backoffice.kernel.task import ATTEMPTS, Working, carry_out
from backoffice.settings import Settings

T = TypeVar("T")
ELSEWHERE = timedelta(days=31)
"""How long after it may go a backup of another place stays listed: a place that is given up is forgotten then."""
log = structlog.get_logger("backoffice.backups")


@job(rules.MAKE, attempts=ATTEMPTS)
async def make_backup(run: JobRun, *, task_id: str) -> None:
    """Make the backup of this task."""
    await carry_out(run, UUID(task_id), work=_made_for)


async def _made_for(working: Working) -> None:
    asked = working.task.metadata
    order = Order(Kind(asked["backup_type"]), bool(asked["include_uploads"]), str(asked["description"]))

    def tell(watch: Watch) -> None:
        working.rows, working.total = watch.percent, 100

    await _make(working.run, order, Watch(tell))
    working.rows = working.total = 100


async def _make(run: JobRun, order: Order, watch: Watch) -> None:
    """One backup, and a note of how it ended."""
    try:
        made = await _in_thread(lambda: make(run.house.settings, order, watch=watch), watch)
    except Exception as failure:
        async with run.write() as tx:
            await store.set_failed(tx, failure.sentence if isinstance(failure, Refusal) else plain(failure))
            tx.record("backup failed", order.kind)
        raise
    log.info("backup made", backup=str(made.id), kind=made.kind, bytes=made.kept_bytes)
    await follow_shelf(run)


async def _in_thread(work: Callable[[], T], watch: Watch) -> T:
    """Whoever stops waiting ends the work, too, and waits until it has cleared away what it had begun."""
    doing = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        watch.stopped = True
        await asyncio.gather(doing, return_exceptions=True)
        raise


async def follow_shelf(run: JobRun) -> None:
    """List what is kept: also what other machines made, and after a restore what was made since that moment.

    Only what is of this place is taken off the list: another machine may have a folder of its own.
    """
    settings = run.house.settings
    shelf = Shelf(settings)
    place, backups = await asyncio.to_thread(lambda: (shelf.place(), shelf.backups()))
    async with run.read() as db:
        known = set(await store.list_ids(db, place))
    kept = {one.id: one for one in backups}
    async with run.write() as tx:
        for backup_id in known - kept.keys():
            await store.delete_backup(tx, backup_id)
        for backup_id in kept.keys() - known:
            await store.insert_backup(tx, kept[backup_id], place=place)
        await store.set_place(tx, place, list(kept))
        oldest = datetime.now(UTC) - timedelta(days=settings.backup_keep_days) - ELSEWHERE
        await store.delete_elsewhere(tx, place, before=oldest)
        tx.record("backups listed", len(kept))


@periodic("kernel.look_at_shelf", every_seconds=MINUTE, at_second=15, lane=Lane.BULK)
async def look_at_shelf(run: JobRun) -> None:
    """The list follows within a minute where a command made a backup, or a restore brought an older list.

    Only labels that are not listed yet are read: what no key here opens stays unlisted, and is read again each time.
    """
    shelf = Shelf(run.house.settings)
    place, named = await asyncio.to_thread(lambda: (shelf.place(), set(shelf.named())))
    async with run.read() as db:
        known = set(await store.list_ids(db, place))
    is_new = await asyncio.to_thread(shelf.opens_any, named - known)
    if is_new or known - named:
        await follow_shelf(run)


@periodic("kernel.ship_log", every_seconds=MINUTE, at_second=5, lane=Lane.BULK)
async def ship_log(run: JobRun) -> None:
    """Bring the log to where backups are kept, and say how far it reaches. A worker that is handed none can't."""
    shipped = await asyncio.to_thread(ship, run.house.settings)
    form = await asyncio.to_thread(_form_of, run.house.settings)
    async with run.write() as tx:
        if shipped is not None:
            await store.set_shipped(tx, until=shipped.until, waiting=shipped.waiting)
        await store.set_form(tx, form)


def _form_of(settings: Settings) -> rules.Form:
    with psycopg.connect(Source.of(settings).url, autocommit=True) as db:
        return nature_of(db).form


@periodic("kernel.make_due_backups", every_seconds=MINUTE, at_second=25, lane=Lane.BULK)
async def make_due_backups(run: JobRun) -> None:
    """The backup that the settings ask for by now, if one is due."""
    async with run.read() as db:
        state = await store.get_state(db)
    kind = due(run.house.settings, state, now=datetime.now(UTC))
    if kind is None:
        return
    order = Order(kind, run.house.settings.backup_with_uploads, "by the clock")
    try:
        await _make(run, order, Watch())
    except BackupUnderWay:
        log.info("backup waits for another one", kind=kind)


def due(settings: Settings, state: StateRow, *, now: datetime) -> Kind | None:
    """What is to be made now. A try that failed is made again after ten minutes, then a full one: the newest backup may
    be of a past that a restore gave up, or of another cluster, so that nothing can follow it.
    """
    if state.failed_at and now - state.failed_at < timedelta(minutes=10):
        return None
    full, incremental = settings.backup_full_every_hours, settings.backup_incremental_every_hours
    if full and (state.newest_full_at is None or now - state.newest_full_at >= timedelta(hours=full)):
        return Kind.FULL
    may_follow = incremental and state.newest_at and state.form is not rules.Form.LOGICAL
    if may_follow and state.newest_at and now - state.newest_at >= timedelta(hours=incremental):
        has_failed = state.failed_at is not None and state.failed_at > state.newest_at
        return Kind.FULL if full and has_failed else Kind.INCREMENTAL
    return None


@periodic("kernel.clear_backups_away", every_seconds=HOUR, at_second=53 * MINUTE, lane=Lane.BULK)
async def clear_backups_away(run: JobRun) -> None:
    """Delete what nobody can need any more; then the list follows."""
    try:
        cleared = await asyncio.to_thread(clear_away, run.house.settings)
    except BackupUnderWay:
        return
    log.info("backups cleared away", backups=len(cleared.backups), log_files=cleared.log_files)
    await follow_shelf(run)
