"""Whether the database is at the version of this code: asked before a process begins, and again by its readiness."""

from functools import cache

import psycopg

from backoffice.kernel.database.migrations import MigrationRefused, known_migrations, refuse_edited, refuse_newer
from backoffice.kernel.database.query import Db


class SchemaDiffers(MigrationRefused):
    """The database is older or newer than this code, or not ours at all; the message is one sentence."""


@cache
def expected() -> dict[str, str]:
    """What this process was started with. The files may change under it, the code that it runs does not."""
    return {migration.name: migration.checksum for migration in known_migrations()}


async def refuse_other_schema(db: Db) -> None:
    """Return when exactly the migrations that this code knows are applied, else SchemaDiffers."""
    known = expected()
    try:
        found = await db.connection.execute("SELECT name, checksum FROM public.applied_migration")
        applied: dict[str, str] = dict(await found.fetchall())
    except psycopg.errors.UndefinedTable:
        applied = {}
    except psycopg.errors.InsufficientPrivilege as exc:
        raise SchemaDiffers(
            "This role may not read which migrations were applied. Run `backoffice migrate` with DATABASE_APP_ROLE."
        ) from exc
    try:
        refuse_newer(applied, known)
        refuse_edited(applied, known)
    except MigrationRefused as exc:
        raise SchemaDiffers(str(exc)) from None
    if not applied:
        raise SchemaDiffers(
            "The database is empty or not ours: no migration is applied. Run `backoffice migrate` first."
        )
    if missing := sorted(known.keys() - applied.keys()):
        more = f" and {len(missing) - 1} more are" if len(missing) > 1 else " is"
        raise SchemaDiffers(
            f"The database is older than this version: {missing[0]}{more} not applied. Run `backoffice migrate` first."
        )
