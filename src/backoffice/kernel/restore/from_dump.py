"""A logical backup back into a database of somebody's own server: an empty one, or the house's own.

1. safety backup    of the house's own database as it is; an empty one needs none
2. fetching         the dump, opened and proved, written down as SQL
3. roles            those that its rights name: made where they are missing, with their settings
4. restoring        one transaction: own schemas go, the dump comes, and the hold with it. Its commit decides
5. settling         brought to this version, and the restore noted
6. recovering       what must be true after any restore

Whatever fails before the commit leaves the database as it was. What fails after it leaves it held, and `backoffice
recover` goes on.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from psycopg.sql import SQL, Composed, Identifier, Literal
from pydantic import SecretStr

from backoffice.kernel import recovery
from backoffice.kernel.actor import system
from backoffice.kernel.backup import Backup, Form, Kind, Order, Shelf, fetch_dump, make
from backoffice.kernel.backup.making import workplace
from backoffice.kernel.backup.source import environment_of, run_tool
from backoffice.kernel.backup.unpacking import DUMP, ROLES
from backoffice.kernel.database.migrations import migrate, verify
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.journal import hold
from backoffice.kernel.journal.hold import HoldAct
from backoffice.kernel.restore import roles, rules
from backoffice.kernel.restore.preparing import HELD_BECAUSE
from backoffice.kernel.restore.rules import RestoreAct
from backoffice.kernel.restore.target import Target, emptied, refuse_in_use
from backoffice.settings import Settings

WORK = "restore-work"
QUIET = {"PGOPTIONS": "-c client_min_messages=warning"}
Doing = Callable[[str], None]


@dataclass(slots=True)
class Restored:
    """What came of it: the report of `recovery`, the safety backup, and roles that have no password yet."""

    report: recovery.Report
    safety_backup: UUID | None = None
    made_roles: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Dump:
    """A fetched dump: its files, and who will own its tables; empty means whoever connects."""

    folder: Path
    schemas: set[str]
    made_roles: list[str]
    owner: str

    @property
    def script(self) -> Path:
        return self.folder / "script.sql"


def find_dump(settings: Settings, backup_id: UUID | None) -> Backup:
    """NeedsBackup, NotADump; BackupNotFound, KeyMissing, BackupDamaged, BackupStoreAway."""
    if backup_id is None:
        raise rules.NeedsBackup
    backup = Shelf(settings).get(backup_id)
    if backup.form is not Form.LOGICAL:
        raise rules.NotADump(backup_id=str(backup_id))
    return backup


def restore_dump(
    settings: Settings, backup: Backup, *, target: Target, with_safety_backup: bool, doing: Doing
) -> Restored:
    """Fill the database; `doing` hears of each step as it begins. It waits: a large dump takes its hours.

    NeedsAdministrator, TargetInUse, ToolFailed, BackupFailedItsCheck, BackupStoreAway, MigrationRefused.
    """
    safety = None
    if with_safety_backup and emptied(target.holds):
        doing("safety backup")
        safety = make(settings, Order(Kind.FULL, description=f"before restore of {backup.id}")).id
    with workplace(settings, WORK) as work:
        doing("fetching")
        contents, named = _written_down(settings, backup, work)
        doing("roles")
        dump = _with_roles(target, work, contents=contents, named=named)
        doing("restoring")
        _fill(target, dump, backup)
    doing("settling")
    theirs = _settings_there(settings, target.url_as(dump.owner))
    if verify(theirs.owner_url):
        migrate(theirs.owner_url, app_role=settings.database_app_role or None)
    asyncio.run(_note(theirs, backup, safety))
    with target.connect() as db:
        db.execute("ANALYZE")
    doing("recovering")
    report = asyncio.run(recovery.after(theirs, backup.ended_at))
    return Restored(report, safety, dump.made_roles)


def _written_down(settings: Settings, backup: Backup, work: Path) -> tuple[list[str], set[str]]:
    """The dump as SQL, in a file; its list of contents, and whom its statements give rights.

    Comments on extensions are left out: they belong to whoever made the extension there.
    """
    fetched = work / "dump"
    fetch_dump(settings, backup, into=fetched)
    listed, wanted, outline = work / "list", work / "wanted", work / "outline.sql"
    run_tool("pg_restore", "--list", f"--file={listed}", str(fetched / DUMP))
    contents = listed.read_text().splitlines()
    wanted.write_text("".join(f"{line}\n" for line in contents if " COMMENT - EXTENSION " not in line))
    common = ("--no-owner", f"--use-list={wanted}", str(fetched / DUMP))
    run_tool("pg_restore", "--schema-only", f"--file={outline}", *common)
    run_tool("pg_restore", f"--file={work / 'script.sql'}", *common)
    (fetched / DUMP).unlink()
    with outline.open() as lines:
        return contents, roles.granted_in(lines)


def _with_roles(target: Target, work: Path, *, contents: list[str], named: set[str]) -> Dump:
    """The server made ready for the dump. NeedsAdministrator."""
    known = roles.read_roles((work / "dump" / ROLES).read_text().splitlines())
    owner = roles.owner_in(contents)
    with target.connect() as db:
        made = roles.make_ready(db, [known[name] for name in sorted({*named, owner} & known.keys())], owner=owner)
        return Dump(work, roles.schemas_in(contents), made, owner if roles.may_become(db, owner) else "")


def _fill(target: Target, dump: Dump, backup: Backup) -> None:
    """All of it or nothing. The hold is there before anybody can look: nothing leaves in between.

    One that was open when the dump was made begins anew: what was settled and compared then says nothing of now.
    TargetInUse where somebody came while the dump was fetched.
    """
    before, after = dump.folder / "before.sql", dump.folder / "after.sql"
    with target.connect() as db:
        refuse_in_use(db, target)
        room: list[SQL | Composed] = [SQL("SET ROLE {};").format(Identifier(dump.owner))] if dump.owner else []
        room.append(SQL("SET lock_timeout = '10s';"))
        going = emptied(target.holds, dump.schemas)
        room += [SQL("DROP SCHEMA {} CASCADE;").format(Identifier(name)) for name in going]
        if "public.applied_migration" in target.holds:
            room.append(SQL("DROP TABLE public.applied_migration;"))
        before.write_text(SQL("\n").join(room).as_string(db))
        held = SQL(
            """
            INSERT INTO kernel.hold AS h (because, moment) VALUES ({because}, {moment}::timestamptz)
            ON CONFLICT ((true)) WHERE released_at IS NULL DO UPDATE
               SET settled_at = NULL, compared_at = NULL, compared = NULL, moment = least(h.moment, excluded.moment);
            """
        ).format(because=Literal(HELD_BECAUSE), moment=Literal(backup.ended_at.isoformat()))
        after.write_text(held.as_string(db))
    files = [f"--file={one}" for one in (before, dump.script, after)]
    how = ("--no-psqlrc", "--quiet", "--no-password", "--single-transaction", "--set=ON_ERROR_STOP=1")
    run_tool("psql", *how, *files, environment=environment_of(target.url) | QUIET)


def _settings_there(settings: Settings, url: str) -> Settings:
    secret = SecretStr(url)
    return settings.model_copy(
        update={
            "database_url": secret,
            "database_direct_url": None,
            "database_owner_url": secret,
            "database_replica_urls": [],
        }
    )


async def _note(settings: Settings, backup: Backup, safety_backup: UUID | None) -> None:
    """The database knows of its own restore."""
    house = House.build(settings, database_url=settings.direct_url)
    await house.database.open()
    facts = {
        "backup_id": str(backup.id),
        "target_timestamp": backup.ended_at.isoformat(),
        "safety_backup_id": str(safety_backup or ""),
    }
    try:
        async with house.database.write(system("kernel", "restore")) as tx:
            held = await hold.lock_hold(tx)
            assert held is not None, "it came with the dump, in one transaction"
            tx.audit(HoldAct.BEGUN, held.id, after={"because": held.because, "moment": backup.ended_at.isoformat()})
            tx.audit(RestoreAct.RESTORED, uuid7(), after=facts)
    finally:
        await house.close()
