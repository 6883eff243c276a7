"""Whether this code works on the database as it is: asked before a process begins, and again by its readiness.

It needs every migration that it knows. What a later version has added does not stop it, unless a migration that took
something away says so (see migration.py).
"""

from functools import cache

import psycopg
from psycopg.rows import class_row

from backoffice.kernel.database.migration import (
    AppliedRow,
    MigrationRefused,
    known_migrations,
    refuse_edited,
    refuse_newer,
)
from backoffice.kernel.database.migrations import APPLIED
from backoffice.kernel.database.query import Db


class SchemaDiffers(MigrationRefused):
    """The database is older than this code, too new for it, or not ours at all; the message is one sentence."""


@cache
def expected() -> dict[str, str]:
    """What this process was started with. The files may change under it, the code that it runs does not."""
    return {migration.name: migration.checksum for migration in known_migrations()}


def newest() -> str:
    """The newest migration that this code knows."""
    return max(expected(), default="none")


async def refuse_other_schema(db: Db) -> None:
    """Return when this code works there, else SchemaDiffers."""
    known = expected()
    try:
        async with db.connection.cursor(row_factory=class_row(AppliedRow)) as rows:
            applied = await (await rows.execute(APPLIED)).fetchall()
    except psycopg.errors.UndefinedTable:
        applied = []
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
    if missing := sorted(known.keys() - {row.name for row in applied}):
        more = f" and {len(missing) - 1} more are" if len(missing) > 1 else " is"
        raise SchemaDiffers(
            f"The database is older than this version: {missing[0]}{more} not applied. Run `backoffice migrate` first."
        )
