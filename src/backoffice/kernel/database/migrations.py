"""Numbered SQL migrations: applied once each, in order, under an advisory lock; refused when edited afterwards.

What can share a transaction does: all of it or nothing. One that must run outside comes after what stands before it is
committed, and what follows waits for its end.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from backoffice.kernel.database.migration import (
    FOLDER,
    AppliedRow,
    Migration,
    MigrationRefused,
    known_migrations,
    refuse_edited,
    refuse_newer,
)
from backoffice.products import LISTED

LOCK = 0x6261636B
CONNECT_SECONDS = 10
MINIMUM_VERSION = 180000
SCHEMAS = ("kernel", "procrastinate", *LISTED)
APPLIED: LiteralString = "SELECT name, checksum, to_jsonb(a) ->> 'needs' AS needs FROM public.applied_migration a"
"""Read as JSON: a table that an earlier version made has no such column."""
APPEND_ONLY = (
    "kernel.audit_cut",
    "kernel.audit_cut_seal",
    "kernel.audit_entry",
    "kernel.audit_epoch",
    "kernel.audit_seal",
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a migration waits: for one lock, between two tries, and in all before it gives up."""

    lock_seconds: float = 2.0
    pause_seconds: float = 1.0
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class _Run:
    """One call of migrate()."""

    connection: psycopg.Connection
    app_role: str | None
    patience: Patience
    tell: Callable[[str], None]
    give_up_at: float

    def wait(self, holders: str, failure: Exception | None) -> None:
        """Before another try; MigrationRefused when there has been time enough."""
        if time.monotonic() > self.give_up_at:
            raise MigrationRefused(
                f"A migration could not lock its tables within {self.patience.seconds:g} s: {holders}."
            ) from failure
        self.tell(f"waiting for {holders}")
        time.sleep(self.patience.pause_seconds)


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
    tried again, until `patience` ends in MigrationRefused. `tell` hears what is waited for. Where a newer version has
    migrated already, and this one still works there, nothing is done.
    """
    with psycopg.connect(owner_url, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
        refuse_old_server(connection)
        run = _Run(connection, app_role, patience, tell, time.monotonic() + patience.seconds)
        with _alone(run):
            known = known_migrations(folder)
            applied = _applied(connection)
            missing = _missing(applied, known)
            if {row.name for row in applied} - {migration.name for migration in known}:
                return []
            for outside, some in groupby(missing, key=lambda migration: migration.outside):
                if outside:
                    _apply_outside(run, list(some))
                else:
                    _apply_together(run, list(some))
            if not missing or missing[-1].outside:
                _apply_together(run, [])
            return [migration.name for migration in missing]


@contextmanager
def _alone(run: _Run) -> Iterator[None]:
    """The only one that migrates. Asked for again and again: whoever waited inside a statement would hold a snapshot,
    and an index that is built concurrently waits for every snapshot."""
    while run.connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone() != (True,):
        run.wait("another `backoffice migrate`", None)
    try:
        yield
    finally:
        if not run.connection.broken:
            run.connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _apply_together(run: _Run, migrations: list[Migration]) -> None:
    connection = run.connection
    while True:
        try:
            with connection.transaction():
                _set_lock_timeout(connection, run.patience.lock_seconds)
                _ensure_record(connection)
                for migration in migrations:
                    connection.execute(migration.text.encode())
                    _record(connection, migration)
                if run.app_role:
                    _grant(connection, run.app_role)
                _set_search_path(connection, run.app_role)
                return
        except psycopg.errors.LockNotAvailable as exc:
            run.wait(_holders(connection), exc)


def _apply_outside(run: _Run, migrations: list[Migration]) -> None:
    """Statement by statement. They may wait for their locks as long as patience lasts: nobody queues behind the kind
    of lock that they take."""
    connection = run.connection
    _ensure_record(connection)
    _set_lock_timeout(connection, run.patience.seconds, local=False)
    try:
        for migration in migrations:
            for statement in migration.statements:
                connection.execute(statement.encode())
            _record(connection, migration)
    except psycopg.errors.LockNotAvailable as exc:
        raise MigrationRefused(
            f"A migration could not lock its tables within {run.patience.seconds:g} s: {_holders(connection)}."
        ) from exc
    finally:
        if not connection.broken:
            connection.execute("RESET lock_timeout")


def _ensure_record(connection: psycopg.Connection) -> None:
    """The table of what was applied. One that an earlier version made lacks a column."""
    connection.execute(
        """
        CREATE TABLE IF NOT EXISTS public.applied_migration (
            name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    has_needs = connection.execute(
        "SELECT FROM pg_attribute WHERE attrelid = 'public.applied_migration'::regclass AND attname = 'needs'"
    )
    if has_needs.fetchone() is None:
        connection.execute("ALTER TABLE public.applied_migration ADD COLUMN needs text")


def _record(connection: psycopg.Connection, migration: Migration) -> None:
    connection.execute(
        "INSERT INTO public.applied_migration (name, checksum, needs) VALUES (%s, %s, %s)",
        [migration.name, migration.checksum, migration.needs],
    )


def _set_lock_timeout(connection: psycopg.Connection, seconds: float, *, local: bool = True) -> None:
    connection.execute("SELECT set_config('lock_timeout', %s, %s)", [f"{round(seconds * 1000)}ms", local])


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
    named = [f"process {pid} of {role}, which holds {table}" for pid, role, table in found]
    return "; ".join(named) or "another `backoffice migrate`"


def verify(owner_url: str, folder: Path = FOLDER) -> list[str]:
    """The names still to be applied; raises when an applied one was edited."""
    with psycopg.connect(owner_url, connect_timeout=CONNECT_SECONDS) as connection:
        refuse_old_server(connection)
        return [migration.name for migration in _missing(_applied(connection), known_migrations(folder))]


def refuse_old_server(connection: psycopg.Connection) -> None:
    version = connection.info.server_version
    if version < MINIMUM_VERSION:
        raise MigrationRefused(
            f"PostgreSQL 18 or newer is needed; DATABASE_URL names a server of version {version // 10000}."
        )


def _applied(connection: psycopg.Connection) -> list[AppliedRow]:
    if connection.execute("SELECT to_regclass('public.applied_migration')").fetchone() == (None,):
        return []
    with connection.cursor(row_factory=class_row(AppliedRow)) as rows:
        return rows.execute(APPLIED).fetchall()


def _missing(applied: list[AppliedRow], known: list[Migration]) -> list[Migration]:
    checksums = {migration.name: migration.checksum for migration in known}
    refuse_newer(applied, checksums)
    refuse_edited(applied, checksums)
    names = {row.name for row in applied}
    return [migration for migration in known if migration.name not in names]


def _grant(connection: psycopg.Connection, app_role: str) -> None:
    """In the transaction of every change: who serves meanwhile needs the rights at once, and a later step may fail."""
    role = sql.Identifier(app_role)
    for schema in map(sql.Identifier, SCHEMAS):
        for right in (
            "GRANT USAGE ON SCHEMA {schema} TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {role}",
        ):
            connection.execute(sql.SQL(right).format(schema=schema, role=role))
    there = connection.execute(
        "SELECT t FROM unnest(%s::text[]) t WHERE to_regclass(t) IS NOT NULL", [list(APPEND_ONLY)]
    )
    for (table,) in there.fetchall():
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
