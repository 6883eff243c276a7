"""Numbered SQL migrations: applied once each, in order, under an advisory lock; refused when edited afterwards."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

PACKAGED = Path(__file__).parents[2] / "migrations"
FOLDER = PACKAGED if PACKAGED.exists() else Path(__file__).parents[4] / "migrations"
"""A wheel brings the migrations inside the package; a checkout has them at its top."""
LOCK = 0x6261636B
MINIMUM_VERSION = 180000
SCHEMAS = ("kernel", "procrastinate", "helpdesk", "shield")
APPEND_ONLY = ("kernel.audit_entry", "kernel.audit_seal")


class MigrationRefused(Exception):
    """The database can't be brought to this version; the message says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Migration:
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def known_migrations(folder: Path = FOLDER) -> list[Migration]:
    return [Migration(path.stem, path.read_text()) for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))]


def migrate(owner_url: str, *, app_role: str | None = None, folder: Path = FOLDER) -> list[str]:
    """Apply what is missing and grant the application role its rights. Returns the names applied."""
    with psycopg.connect(owner_url) as connection:
        refuse_old_server(connection)
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        applied = _applied(connection, create=True)
        missing = _missing(applied, known_migrations(folder))
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


def verify(owner_url: str, folder: Path = FOLDER) -> list[str]:
    """The names still to be applied; raises when an applied one was edited."""
    with psycopg.connect(owner_url) as connection:
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
    for migration in known:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise MigrationRefused(
                f"Migration {migration.name} was edited after it was applied. Add a new one instead."
            )
    return [migration for migration in known if migration.name not in applied]


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
