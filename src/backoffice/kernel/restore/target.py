"""The database that a dump goes into: an empty one, or the house's own; looked at before anything is fetched."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from backoffice.kernel.backup.source import Db
from backoffice.kernel.database.migrations import SCHEMAS, refuse_old_server
from backoffice.kernel.journal.book import Journal
from backoffice.kernel.proof.seal import SEALS_FILE
from backoffice.kernel.restore import rules
from backoffice.settings import Settings

CONNECT_SECONDS = 10
LOOKS = 20
SEARCH_PATH = "-c search_path=public,procrastinate"
"""The job queue's functions name their tables without a schema; only the application's role has it as its setting."""


@dataclass(frozen=True, slots=True)
class Target:
    """`holds` names what stands in it; it is empty where nothing does."""

    url: str
    holds: tuple[str, ...]

    @property
    def name(self) -> str:
        """As people may see it: without user and password."""
        known = conninfo_to_dict(self.url)
        return f"{known.get('dbname', '')} on {known.get('host', 'this machine')}"

    def connect(self) -> Db:
        return psycopg.connect(self.url, autocommit=True, connect_timeout=CONNECT_SECONDS)

    def url_as(self, owner: str) -> str:
        """The address for whatever works there as this role; empty means as whoever connects."""
        role = f" -c role={_escaped(owner)}" if owner else ""
        return make_conninfo(self.url, options=SEARCH_PATH + role)


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace(" ", "\\ ")


def find_target(settings: Settings) -> Target:
    """Where these settings would have a dump restored: DATABASE_RESTORE_URL, else the house's own.

    TargetNotEmpty, TargetInUse, OwnDatabaseLives; psycopg.OperationalError where it does not answer.
    """
    named = settings.database_restore_url
    url = named.get_secret_value() if named else settings.owner_url
    with psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS) as db:
        refuse_old_server(db)
        target = Target(url, _held_by(db))
        if named and target.holds:
            raise rules.TargetNotEmpty(database=target.name, found=", ".join(target.holds[:3]))
        refuse_in_use(db, target)
        if named:
            _refuse_beside_the_living(settings, db)
    return target


def _held_by(db: Db) -> tuple[str, ...]:
    """Schemas, tables and functions that somebody made there; what belongs to extensions does not count."""
    found = db.execute(
        """
        WITH made AS (
            SELECT 'pg_namespace'::regclass AS kind, oid, format('schema %I', nspname) AS name, nspname
              FROM pg_namespace WHERE nspname <> 'public'
            UNION ALL
            SELECT 'pg_class'::regclass, c.oid, format('%I.%I', nspname, relname), nspname
              FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
             WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
            UNION ALL
            SELECT 'pg_proc'::regclass, p.oid, format('%I.%I', nspname, proname), nspname
              FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
        )
        SELECT name FROM made
         WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = kind AND d.objid = made.oid AND d.deptype = 'e')
         ORDER BY kind DESC, name
        """
    )
    return tuple(name for (name,) in found)


def refuse_in_use(db: Db, target: Target) -> None:
    """TargetInUse names who is connected besides us. Whoever has just left is there for a moment longer."""
    for _ in range(LOOKS):
        if not (others := _others(db)):
            return
        db.execute("SELECT pg_sleep(0.1)")
    raise rules.TargetInUse(database=target.name, others=others)


def _others(db: Db) -> str:
    """Roles, and how often each. What our role may not see of them is not asked."""
    found = db.execute(
        """
        SELECT usename::text, count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL
           AND coalesce(backend_type, 'client backend') = 'client backend'
         GROUP BY usename ORDER BY usename
        """
    ).fetchall()
    return ", ".join(f"{role} ({count})" for role, count in found)


def _refuse_beside_the_living(settings: Settings, db: Db) -> None:
    """What follows a restore is written into the data folder's journal and file of seals: not into those of a database
    that goes on elsewhere. OwnDatabaseLives.
    """
    if not _is_followed(settings.data_folder.absolute()):
        return
    try:
        with psycopg.connect(settings.direct_url, autocommit=True, connect_timeout=CONNECT_SECONDS) as own:
            lives = _identity(own) != _identity(db)
    except psycopg.OperationalError:
        return
    if lives:
        raise rules.OwnDatabaseLives(folder=str(settings.data_folder))


def _is_followed(data: Path) -> bool:
    return (data / SEALS_FILE).exists() or bool(Journal(data).tail())


def _identity(db: Db) -> Any:
    return db.execute("SELECT system_identifier, current_database() FROM pg_control_system()").fetchone()


def emptied(holds: Collection[str], also: Collection[str] = ()) -> list[str]:
    """Of the house's own schemas, and of `also`, those that are there: they make room for what is restored."""
    return [name for name in sorted({*SCHEMAS, *also}) if f"schema {name}" in holds]
