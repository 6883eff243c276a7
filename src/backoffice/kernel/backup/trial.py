"""The trial: a backup is fetched, opened, put together, started on a server of its own, and compared with the live one.

It is proved by PostgreSQL's own list of all files, by rows and sums of money, by the audit log's chain with the seals
that were kept beside it, and by the checksum of every page.
"""

import asyncio
import json
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from backoffice.kernel.backup import scratch
from backoffice.kernel.backup.figures import Figures, difference, figures
from backoffice.kernel.backup.record import Backup, Checked
from backoffice.kernel.backup.rules import BackupDamaged, BackupFailedItsCheck, BackupHoldsNoMore, Form, ToolFailed
from backoffice.kernel.backup.shelf import Shelf
from backoffice.kernel.backup.source import Watch, run_tool
from backoffice.kernel.backup.unpacking import fetch_dump, unpack
from backoffice.kernel.database.data_folder import EmbeddedServerError
from backoffice.kernel.database.pool import ReadDatabase
from backoffice.kernel.errors import Refusal
from backoffice.kernel.proof.verify import Report, verify
from backoffice.settings import Settings

SEALS = "audit-seals.log"


@dataclass(frozen=True, slots=True)
class Live:
    """What the live database held of before this moment: asked before the backup began, and after it had ended."""

    moment: datetime
    before: Figures
    after: Figures


def check(
    settings: Settings, backup: Backup, *, home: Path, live: Live | None = None, watch: Watch | None = None
) -> Checked:
    """Restore it in `home`, which is removed afterwards, and compare. BackupFailedItsCheck says what is not as it was.

    Without `live` it is compared with what its own first trial found, and BackupHoldsNoMore says so. What comes from
    outside (a store that is away, a missing key) is raised as it is.
    """
    began, watch = time.monotonic(), watch or Watch()
    try:
        if backup.form is Form.LOGICAL:
            files = fetch_dump(settings, backup, into=home / "dump", watch=watch)
        else:
            files = unpack(settings, backup, into=home / "postgres", watch=watch)
        watch.begin("checking")
        tables, report = _looked_into(settings, backup, home, live)
        run_tool("pg_checksums", "--check", "-D", str(home / "postgres"), watch=watch.look)
    except (BackupDamaged, EmbeddedServerError, psycopg.Error, ToolFailed) as failure:
        raise _refused(backup, live, str(failure)) from failure
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if wrong := _wrong(backup, tables, report, live):
        raise _refused(backup, live, wrong)
    return Checked(
        checked_at=datetime.now(UTC),
        counted_before=_moment_of(backup, live),
        seconds=round(time.monotonic() - began, 1),
        files=files,
        tables=dict(tables),
        seals=report.seals,
        entries=report.entries + report.unsealed,
    )


def _refused(backup: Backup, live: Live | None, reason: str) -> Refusal:
    return BackupFailedItsCheck(reason=reason) if live else BackupHoldsNoMore(backup_id=str(backup.id), reason=reason)


def _looked_into(settings: Settings, backup: Backup, home: Path, live: Live | None) -> tuple[Figures, Report]:
    """What the restored database holds, and whether its audit log is whole."""
    moment = _moment_of(backup, live)
    start = scratch.started_from_dump if backup.form is Form.LOGICAL else scratch.started
    with start(home) as server:
        url = scratch.url_of(server, backup.database)
        with psycopg.connect(url, autocommit=True) as db:
            found = figures(db, moment)
            newest = db.execute("SELECT coalesce(max(number), 0) FROM kernel.audit_seal").fetchone()
        seals = home / SEALS
        with seals.open("wb") as out:
            if backup.has(SEALS):
                out.writelines(_up_to(newest[0] if newest else 0, settings, backup))
        return found, asyncio.run(_verified(url, [seals] if backup.has(SEALS) else None))


def _moment_of(backup: Backup, live: Live | None) -> datetime:
    if live:
        return live.moment
    assert backup.checked is not None
    return backup.checked.counted_before


def _up_to(newest: int, settings: Settings, backup: Backup) -> list[bytes]:
    """The seals that were kept beside the backup, as far as the backup goes: some were made after it ended."""
    lines = b"".join(Shelf(settings).fetch_part(backup, SEALS)).splitlines(keepends=True)
    return [line for line in lines if _number_in(line) <= newest]


def _number_in(line: bytes) -> int:
    try:
        return int(json.loads(line)["number"])
    except (ValueError, KeyError, TypeError):
        return 0


async def _verified(url: str, seals: list[Path] | None) -> Report:
    database = ReadDatabase(url, size=1)
    await database.open()
    try:
        async with database.read() as db:
            return await verify(db, seals_files=seals)
    finally:
        await database.close()


def _wrong(backup: Backup, tables: Figures, report: Report, live: Live | None) -> str | None:
    if report.broken:
        return f"its audit log is broken: {report.broken}"
    if live:
        return difference(tables, before=live.before, after=live.after)
    assert backup.checked is not None
    return difference(tables, before=backup.checked.tables, after=backup.checked.tables)
