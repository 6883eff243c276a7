"""Numbered SQL migrations: applied once each, in order, under an advisory lock; refused when edited afterwards."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from backoffice.products import LISTED

PACKAGED = Path(__file__).parents[2] / "migrations"
FOLDER = PACKAGED if PACKAGED.exists() else Path(__file__).parents[4] / "migrations"
"""A wheel brings the migrations inside the package; a checkout has them at its top."""
LOCK = 0x6261636B
CONNECT_SECONDS = 10
MINIMUM_VERSION = 180000
SCHEMAS = ("kernel", "procrastinate", *LISTED)
APPEND_ONLY = ("kernel.audit_entry", "kernel.audit_epoch", "kernel.audit_seal")


class MigrationRefused(Exception):
    """The database can't be brought to this version; the message says why in one sentence."""


class DatabaseNewer(MigrationRefused):
    """A later version has migrated it."""


@dataclass(frozen=True, slots=True)
class Migration:
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a migration waits: for one lock, between two tries, and in all before it gives up."""

    lock_seconds: float = 2.0
    pause_seconds: float = 1.0
    seconds: float = 300.0


def known_migrations(folder: Path = FOLDER) -> list[Migration]:
    return [Migration(path.stem, path.read_text()) for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))]


def migrate(
    owner_url: str,
    *,
    app_role: str | None = None,
    folder: Path = FOLDER,
    patience: Patience = Patience(),
    tell: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Apply what is missing and grant the application role its rights. Returns the names applied.

    No lock is waited for longer than a moment: whoever reads meanwhile would queue behind us. All is undone instead and
    tried again, until `patience` ends in MigrationRefused. `tell` hears what is waited for.
    """
    give_up_at = time.monotonic() + patience.seconds
    with psycopg.connect(owner_url, connect_timeout=CONNECT_SECONDS) as connection:
        refuse_old_server(connection)
        while True:
            try:
                with connection.transaction():
                    return _apply(connection, app_role=app_role, folder=folder, patience=patience)
            except psycopg.errors.LockNotAvailable as exc:
                holders = _holders(connection)
                if time.monotonic() > give_up_at:
                    raise MigrationRefused(
                        f"A migration could not lock its tables within {patience.seconds:g} s: {holders}."
                    ) from exc
            tell(f"waiting for {holders}")
            time.sleep(patience.pause_seconds)


def _apply(connection: psycopg.Connection, *, app_role: str | None, folder: Path, patience: Patience) -> list[str]:
    _set_lock_timeout(connection, patience.seconds)
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    _set_lock_timeout(connection, patience.lock_seconds)
    missing = _missing(_applied(connection, create=True), known_migrations(folder))
    for migration in missing:
        connection.execute(migration.text.encode())
        connection.execute(
            "INSERT INTO public.applied_migration (name, checksum) VALUES (%s, %s)",
            [migration.name, migration.checksum],
        )
    if app_role:
        _grant(connection, app_role)
    _set_search_path(connection, app_role)
    return [migration.name for migration in missing]


def _set_lock_timeout(connection: psycopg.Connection, seconds: float) -> None:
    connection.execute("SELECT set_config('lock_timeout', %s, true)", [f"{round(seconds * 1000)}ms"])


def _holders(connection: psycopg.Connection) -> str:
    """Who holds our tables right now, as far as anybody may know: processes of the server and what they hold."""
    found = connection.execute(
        """
        SELECT l.pid, min(coalesce(a.usename, 'unknown')), min(l.relation::regclass::text)
          FROM pg_locks l JOIN pg_class c ON c.oid = l.relation LEFT JOIN pg_stat_activity a USING (pid)
         WHERE l.granted AND l.pid <> pg_backend_pid() AND c.relnamespace::regnamespace::text = ANY(%s)
               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
         GROUP BY l.pid ORDER BY l.pid LIMIT 3
        """,
        [list(SCHEMAS)],
    ).fetchall()
    connection.rollback()
    named = [f"process {pid} of {role}, which holds {table}" for pid, role, table in found]
    return "; ".join(named) or "another `backoffice migrate`"


def verify(owner_url: str, folder: Path = FOLDER) -> list[str]:
    """The names still to be applied; raises when an applied one was edited."""
    with psycopg.connect(owner_url, connect_timeout=CONNECT_SECONDS) as connection:
        refuse_old_server(connection)
        return [migration.name for migration in _missing(_applied(connection, create=False), known_migrations(folder))]


def refuse_old_server(connection: psycopg.Connection) -> None:
    version = connection.info.server_version
    if version < MINIMUM_VERSION:
        raise MigrationRefused(
            f"PostgreSQL 18 or newer is needed; DATABASE_URL names a server of version {version // 10000}."
        )


def _applied(connection: psycopg.Connection, *, create: bool) -> dict[str, str]:
    if create:
        connection.execute(
            """
            CREATE TABLE IF NOT EXISTS public.applied_migration (
                name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
            )
            """
        )
    elif connection.execute("SELECT to_regclass('public.applied_migration')").fetchone() == (None,):
        return {}
    return dict(connection.execute("SELECT name, checksum FROM public.applied_migration").fetchall())


def _missing(applied: dict[str, str], known: list[Migration]) -> list[Migration]:
    checksums = {migration.name: migration.checksum for migration in known}
    refuse_newer(applied, checksums)
    refuse_edited(applied, checksums)
    return [migration for migration in known if migration.name not in applied]


def refuse_newer(applied: dict[str, str], known: dict[str, str]) -> None:
    if unknown := sorted(applied.keys() - known.keys()):
        raise DatabaseNewer(
            f"The database is newer than this version, which does not know its migration {unknown[-1]}. "
            "Start the version that it was migrated to."
        )


def refuse_edited(applied: dict[str, str], known: dict[str, str]) -> None:
    for name in sorted(applied.keys() & known.keys()):
        if applied[name] != known[name]:
            raise MigrationRefused(f"Migration {name} was edited after it was applied. Add a new one instead.")


def _grant(connection: psycopg.Connection, app_role: str) -> None:
    role = sql.Identifier(app_role)
    for schema in map(sql.Identifier, SCHEMAS):
        for right in (
            "GRANT USAGE ON SCHEMA {schema} TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {role}",
        ):
            connection.execute(sql.SQL(right).format(schema=schema, role=role))
    for table in APPEND_ONLY:
        name = sql.Identifier(*table.split("."))
        connection.execute(sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(name, role))
    connection.execute(sql.SQL("GRANT SELECT ON public.applied_migration TO {}").format(role))


def _set_search_path(connection: psycopg.Connection, app_role: str | None) -> None:
    """The job queue's functions name their tables without a schema, so the role that runs jobs must find them."""
    name = app_role or connection.info.user
    known = connection.execute(
        "SELECT coalesce(array_to_string(rolconfig, ' '), '') FROM pg_roles WHERE rolname = %s", [name]
    )
    if "procrastinate" in str(known.fetchone()):
        return
    alter = sql.SQL("ALTER ROLE {} SET search_path = public, procrastinate").format(sql.Identifier(name))
    try:
        with connection.transaction():
            connection.execute(alter)
    except psycopg.errors.InsufficientPrivilege as exc:
        raise MigrationRefused(f"Ask the database's administrator to run: {alter.as_string()};") from exc
