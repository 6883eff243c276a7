"""Making the other database ready beside the one that runs, up to the decision. Nothing before it touches the old one.

1. safety backup     a full backup of the database as it is, where it runs
2. unpacking         the backup, whole, in DATA/restoring
3. replaying         a server on it, with the archived log up to the moment
4. settling          brought to this version, held, and the restore noted in it; then a clean stop
5. decision          one file (kernel/database/swap.py)

A crash anywhere before the fifth leaves nothing but a folder to delete.
"""

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import structlog
from psycopg.sql import SQL, Identifier
from pydantic import SecretStr

from backoffice.kernel import recovery
from backoffice.kernel.actor import system
from backoffice.kernel.backup import Backup, Kind, Order, make, unpack
from backoffice.kernel.backup.rules import SEGMENT, BackupUnderWay, ToolFailed
from backoffice.kernel.backup.source import Source
from backoffice.kernel.database.data_folder import DataFolder
from backoffice.kernel.database.embedded import APP, OWNER, SUPERUSER, EmbeddedServer
from backoffice.kernel.database.migrations import migrate
from backoffice.kernel.database.swap import decide_swap
from backoffice.kernel.house import House
from backoffice.kernel.journal import hold
from backoffice.kernel.restore import actions, store
from backoffice.kernel.restore.interlude import SCRATCH, clear
from backoffice.kernel.restore.record import Record, Records, Step
from backoffice.kernel.restore.rules import RestoreAct, Status, kept_as
from backoffice.settings import Settings

LONGEST_SECONDS = 7 * 24 * 3600.0
"""A log of months takes its time; a server that gives up is noticed at once."""
PATIENCE_SECONDS = 60.0
HELD_BECAUSE = "the database was restored"
TRUST = "trust.conf"
OF_RECOVERY = (
    "restore_command",
    "recovery_target",
    "recovery_target_action",
    "recovery_target_inclusive",
    "recovery_target_lsn",
    "recovery_target_name",
    "recovery_target_time",
    "recovery_target_timeline",
    "recovery_target_xid",
)
"""Settings of a recovery that is over; left behind they would contradict those of the next one."""
log = structlog.get_logger("backoffice.restore")


class Steps:
    """The file of a restore, kept up with what is being done."""

    def __init__(self, records: Records, record: Record) -> None:
        self._records = records
        self.record = record

    def change(self, **changes: object) -> None:
        self.record = self._records.write(self.record.changed(**changes))

    @contextmanager
    def doing(self, name: str) -> Iterator[None]:
        """One step, timed. What ends it is why the restore failed."""
        began = time.monotonic()
        self.change(doing=name)
        log.info("restore goes on", restore=str(self.record.id), step=name)
        try:
            yield
        except Exception as failure:
            self.change(why=f"{name}: {failure}")
            raise
        step = Step(name, round(time.monotonic() - began, 2))
        self.change(doing="", steps=(*self.record.steps, step))


def prepare(settings: Settings, record: Record, *, with_safety_backup: bool = True) -> None:
    """All five steps. Whatever it raises, nothing was decided and the file says why."""
    data = settings.data_folder.absolute()
    steps = Steps(Records(data), record)
    clear(data)
    if with_safety_backup:
        with steps.doing("safety backup"):
            hand_over_log(settings)
            steps.change(safety_backup=_make_safety_backup(settings, record).id)
    scratch = _scratch(data)
    with steps.doing("unpacking"):
        goal = actions.goal_of(settings, record.wish)
        _make_room(data, scratch)
        unpack(settings, goal.backup, into=scratch.folder.cluster, until=goal.until)
        if goal.is_beside:
            _stay_on_timeline(scratch.folder.cluster)
        if not with_safety_backup:
            _add_log_of(data / "postgres", to=log_beside(scratch.folder.cluster))
    try:
        with steps.doing("replaying"):
            scratch.start(timeout=LONGEST_SECONDS)
            _forget_recovery(scratch)
            shutil.rmtree(log_beside(scratch.folder.cluster))
        with steps.doing("settling"):
            migrate(scratch.owner_url, app_role=APP)
            asyncio.run(_note(_of_scratch(settings, scratch), steps.record))
            with psycopg.connect(scratch.superuser_url, autocommit=True) as db:
                db.execute("CHECKPOINT")
    finally:
        scratch.stop()
    with steps.doing("deciding"):
        steps.change(kept_as=kept_as(datetime.now(UTC)))
        decide_swap(data, new=scratch.folder.cluster, keep_as=steps.record.kept_as)
    steps.change(status=Status.DECIDED)


def finish(settings: Settings, record: Record) -> recovery.Report:
    """After the swap and before anything opens: what must be true after any restore."""
    steps = Steps(Records(settings.data_folder.absolute()), record)
    with steps.doing("recovering"):
        report = asyncio.run(recovery.after(settings, record.moment))
    steps.change(report=report.path_in(settings.data_folder).name)
    return report


def _scratch(data: Path) -> EmbeddedServer:
    """A server of its own place, that lets in whoever reaches its private socket: passwords may be others by now.

    It is ready only once it has reached its moment. What it writes to its log is archived once it is the real one:
    until then nobody may see it. Summaries are not made: of an incremental backup it would wait for those in vain.
    """
    root = data / SCRATCH
    trust = {"hba_file": str(root / TRUST), "hot_standby": "off", "summarize_wal": "off"}
    return EmbeddedServer(root, settings={**trust, "archive_mode": "on", "archive_command": ""})


def _make_room(data: Path, scratch: EmbeddedServer) -> None:
    """The folder with today's passwords, which the restored roles are given."""
    ours, root = DataFolder(data), scratch.folder.root
    (root / "secrets").mkdir(mode=0o700, parents=True)
    for role in (SUPERUSER, OWNER, APP):
        ours.ensure_password(role)
        shutil.copy2(data / "secrets" / f"postgresql-{role}", root / "secrets")
    (root / TRUST).write_text("local all all trust\n")
    (root / TRUST).chmod(0o644)


def _make_safety_backup(settings: Settings, record: Record) -> Backup:
    """One that the worker was making ends with it, in a moment."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return make(settings, Order(Kind.FULL, description=f"before restore {record.id}"))
        except BackupUnderWay:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def log_beside(cluster: Path) -> Path:
    """Where the log for the recovery of an unpacked cluster lies."""
    return cluster.with_name(f"{cluster.name}.wal")


def hand_over_log(settings: Settings) -> None:
    """Have everything that is committed by now in the archive, and one more transaction, by which a recovery sees that
    it has reached its moment.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    with psycopg.connect(Source.of(settings).url, autocommit=True) as db:
        db.execute("SELECT pg_current_xact_id()")
        (segment,) = db.execute("SELECT pg_walfile_name(pg_switch_wal() - 1)").fetchone() or ("",)
        while (DataFolder(settings.data_folder).spool).is_dir() and not _is_archived(db, segment):
            if time.monotonic() > deadline:
                raise ToolFailed(tool="archive_command", reason=f"{segment} was not archived in {PATIENCE_SECONDS:g} s")
            time.sleep(0.05)


def _is_archived(db: psycopg.Connection[tuple[Any, ...]], segment: str) -> bool:
    row = db.execute("SELECT coalesce(last_archived_wal, '') >= %s FROM pg_stat_archiver", [segment]).fetchone()
    return row is not None and bool(row[0])


def _add_log_of(cluster: Path, *, to: Path) -> None:
    """What a server that doesn't start any more had written and not yet handed over: it may hold the last minute."""
    for file in (cluster / "pg_wal").glob("*"):
        if SEGMENT.fullmatch(file.name) and not (to / file.name).exists():
            copied = shutil.copy2(file, to)
            shutil.chown(copied, to.stat().st_uid, to.stat().st_gid)


def _stay_on_timeline(cluster: Path) -> None:
    """The newest timeline left this past at an earlier restore: it would lead past the moment, or nowhere."""
    with (cluster / "postgresql.auto.conf").open("a") as file:
        file.write("recovery_target_timeline = 'current'\n")


def _forget_recovery(scratch: EmbeddedServer) -> None:
    with psycopg.connect(scratch.superuser_url, autocommit=True) as db:
        for name in OF_RECOVERY:
            db.execute(SQL("ALTER SYSTEM RESET {}").format(Identifier(name)))


def _of_scratch(settings: Settings, scratch: EmbeddedServer) -> Settings:
    return settings.model_copy(
        update={
            "database_url": SecretStr(scratch.app_url),
            "database_direct_url": None,
            "database_owner_url": SecretStr(scratch.owner_url),
        }
    )


async def _note(settings: Settings, record: Record) -> None:
    """The new database knows of its own restore, and lets nothing out before people have compared the money."""
    house = House.build(settings, database_url=settings.direct_url)
    await house.database.open()
    facts = {"target_timestamp": record.moment.isoformat(), "safety_backup_id": str(record.safety_backup or "")}
    try:
        async with house.database.write(system(record.product or "kernel", "restore")) as tx:
            await hold.begin_anew(tx, HELD_BECAUSE, moment=record.moment)
            if record.product:
                await store.insert_done(tx, record.id, staff_id=record.staff_id, asked_at=record.asked_at, facts=facts)
            tx.audit(RestoreAct.RESTORED, record.id, after={**facts, "asked_by": record.staff_id})
    finally:
        await house.close()
